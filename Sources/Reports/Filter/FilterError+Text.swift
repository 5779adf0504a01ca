import Aggregation

extension FilterError: CustomStringConvertible {
  /// Names that are listed one by one.
  private static let mostNames = 12

  /// What is wrong and what there is instead.
  public var description: String {
    switch cause {
    case .noMark(let label, let number, let known):
      let count = known.filter { $0 == label }.count
      if let number, count > 0 {
        return "there is no mark \(label)#\(number): the program set it "
          + Quantity.counted(count, "time")
      }
      return "there is no mark \(label) (a time is written 1.5s, 250ms or 40%); "
        + (known.isEmpty
          ? "the program set none" : "the program set \(Self.list(distinct(known)))")
    case .outsideRun(let time, let duration):
      return "\(Quantity.duration(nanoseconds: time)) is after the end: the run lasted "
        + Quantity.duration(nanoseconds: duration)
    case .emptyWindow(let from, let to):
      let start = Quantity.duration(nanoseconds: from)
      if to == .max { return "the window is empty: it starts at the end of the run, \(start)" }
      return "the window is empty: it starts at \(start) and ends at "
        + Quantity.duration(nanoseconds: to)
    case .noThread(let name, let known):
      return "no thread is called \(name); there are \(Self.list(known))"
    case .noFunction(let name, let similar):
      return "no function on any stack is called \(name) "
        + (similar.isEmpty
          ? "(* matches any text: *parse*)" : "('*\(name)*' would be \(Self.list(similar)))")
    case .noModule(let name, let similar):
      return "no module on any stack is called \(name) "
        + (similar.isEmpty
          ? "(* matches any text: libfoo*)" : "('*\(name)*' would be \(Self.list(similar)))")
    case .noneExcluded(let names):
      return "--exclude \(names) leaves nothing out: no function and no module on any stack is "
        + "called so (* matches any text: *parse*)"
    }
  }

  private func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  private static func list(_ names: [String]) -> String {
    let more = names.count - mostNames
    return names.prefix(mostNames).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
