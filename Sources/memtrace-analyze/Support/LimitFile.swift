import Reports
import TOMLKit

/// A file of limits, in TOML: figures of the whole run, of phases and of functions.
///
///     peak = "24M"
///     allocations = 10000
///     [phase.load]
///     growth = 0
///     [function."parse_*"]
///     temporary = "50%"
enum LimitFile {
  private static let ofRun: [MemoryLimit.Figure] = [
    .peak, .leaked, .allocated, .allocations, .temporary, .resident,
  ]
  private static let ofPhases: [MemoryLimit.Figure] = [
    .peak, .growth, .allocated, .allocations, .temporary,
  ]
  private static let ofFunctions: [MemoryLimit.Figure] = [
    .peak, .leaked, .allocated, .allocations, .temporary,
  ]

  /// Reads the limits of a file.
  ///
  /// - Throws: `CommandFailure` with status 2, which names what is wrong and where.
  static func limits(_ path: String) throws -> [MemoryLimit] {
    let text = try TextFile.read(path).text
    func failure(_ cause: String) -> CommandFailure {
      CommandFailure("\(path): \(cause)", status: .usage)
    }
    let root: TOMLTable
    do {
      root = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      let place = error.source.begin
      throw CommandFailure(
        "\(path):\(place.line):\(place.column): \(SafeText.sanitized(error.description))",
        status: .usage)
    }
    var limits: [MemoryLimit] = []
    for key in root.keys {
      guard let value = root[key] else { continue }
      switch key {
      case "phase", "function":
        guard let tables = value.table else {
          throw failure("\(key) is a table of tables: [\(key).NAME]")
        }
        for name in tables.keys {
          let place = "\(key).\(SafeText.sanitized(name))"
          guard let table = tables[name]?.table, !name.isEmpty else {
            throw failure("\(place) is not a table of limits")
          }
          let isPhase = key == "phase"
          for figure in table.keys {
            guard let value = table[figure] else { continue }
            let limit = try limit(figure, value, isPhase ? ofPhases : ofFunctions) {
              failure("\(place).\($0)")
            }
            limits.append(
              MemoryLimit(
                limit.0, most: limit.1, phase: isPhase ? name : nil,
                function: isPhase ? nil : name))
          }
        }
      default:
        let limit = try limit(key, value, ofRun, failure)
        limits.append(MemoryLimit(limit.0, most: limit.1))
      }
    }
    if limits.isEmpty { throw failure("it has no limits; for example: peak = \"24M\"") }
    return limits
  }

  private static func limit(
    _ key: String, _ value: TOMLValueConvertible, _ figures: [MemoryLimit.Figure],
    _ failure: (String) -> CommandFailure
  ) throws -> (MemoryLimit.Figure, MemoryLimit.Amount) {
    guard let figure = figures.first(where: { $0.rawValue == key }) else {
      let known = figures.map(\.rawValue).joined(separator: ", ")
      throw failure("\(SafeText.sanitized(key)) is not one of \(known)")
    }
    let text = value.int.map(String.init) ?? value.string
    guard let text, let most = amount(text, of: figure) else {
      let example =
        switch figure {
        case .temporary: "1000 or \"50%\""
        case .allocations: "10000"
        default: "4096 or \"24M\""
        }
      throw failure("\(key) should be a limit such as \(example)")
    }
    return (figure, most)
  }

  private static func amount(_ text: String, of figure: MemoryLimit.Figure) -> MemoryLimit.Amount? {
    switch figure {
    case .temporary: TemporaryAmount(argument: text)?.amount
    case .allocations: Int(text).flatMap { $0 < 0 ? nil : .number($0) }
    default: ByteCount.bytes(text).map { .number($0) }
    }
  }
}
