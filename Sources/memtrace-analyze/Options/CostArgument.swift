import ArgumentParser
import Reports

extension CostKind: ExpressibleByArgument {
  /// The cost of a name that the command line offers.
  public init?(argument: String) { self.init(rawValue: argument) }

  public static var allValueStrings: [String] { allCases.map(\.rawValue) }

  public var defaultValueDescription: String { rawValue }

  /// The costs with what they are, for help.
  static let list = allCases.map { kind in
    let lines = TextWrap.lines(of: kind.abstract, columns: 64)
    let indent = "\n" + String(repeating: " ", count: 15)
    return "  \(kind.rawValue.padded(to: 12)) " + lines.joined(separator: indent)
  }.joined(separator: "\n")

  /// Refuses to add up what has no sum.
  func checkAdditive() throws {
    if !isAdditive {
      throw ValidationError(
        "Stacks reach their own peaks at different moments: they do not add up.")
    }
  }
}

extension CostGrouping: ExpressibleByArgument {
  /// Checks whether groups can be told with all that they call.
  func check(inclusive: Bool, _ kind: CostKind) throws {
    guard inclusive else { return }
    if !hasFrames {
      throw ValidationError("--inclusive needs --group-by function, file, line or module.")
    }
    try kind.checkAdditive()
  }
}
