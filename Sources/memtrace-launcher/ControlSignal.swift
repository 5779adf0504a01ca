import ArgumentParser

/// A signal that may control the recorder: one that ends a program which has no use for it.
struct ControlSignal: ExpressibleByArgument, Equatable {
  private static let realTime = 0...30

  /// As the recorder reads it: `USR1`, `RTMIN+3`.
  let name: String

  init?(argument: String) {
    let name = argument.hasPrefix("SIG") ? String(argument.dropFirst(3)) : argument
    if name == "RTMIN" {
      self.name = "RTMIN+0"
      return
    }
    if name.hasPrefix("RTMIN+") {
      let digits = name.dropFirst(6)
      guard digits.count <= 2, digits.allSatisfy({ $0.isASCII && $0.isNumber }),
        let number = Int(digits), Self.realTime.contains(number)
      else { return nil }
      self.name = "RTMIN+\(number)"
      return
    }
    guard name == "USR1" || name == "USR2" else { return nil }
    self.name = name
  }
}
