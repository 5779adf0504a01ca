import Symbolization

/// What a page says to tell functions of one name and module apart: where each is declared, else its
/// address, or the build of its module.
struct FunctionDistinctions {
  private var texts: [Int: String] = [:]

  /// Compares the names of all functions. O(functions).
  init(_ functions: [PresentedStacks.Function]) {
    struct Name: Hashable {
      let name: String
      let modulePath: String?
    }
    var sharing: [Name: [Int]] = [:]
    for (index, function) in functions.enumerated() {
      sharing[Name(name: function.name, modulePath: function.modulePath), default: []]
        .append(index)
    }
    for indices in sharing.values where indices.count > 1 {
      // A column says something only where a line holds several of them.
      let lines = indices.map { functions[$0].definition.map { [$0.file ?? "", String($0.line)] } }
      let hasColumns = Set(lines).count < lines.count
      for index in indices { texts[index] = Self.text(functions[index], hasColumn: hasColumns) }
    }
  }

  /// By the function's index; nil if no other has its name.
  subscript(index: Int) -> String? { texts[index] }

  private static func text(_ function: PresentedStacks.Function, hasColumn: Bool) -> String? {
    if let build = function.build { return build.isEmpty ? nil : "build \(build.prefix(8))" }
    guard let definition = function.definition else { return nil }
    if let entry = definition.entry { return "+0x" + String(entry, radix: 16) }
    let file = definition.file.map(PresentedFrame.baseName) ?? "?"
    let column = hasColumn && definition.column > 0 ? ":\(definition.column)" : ""
    return "\(file):\(definition.line)\(column)"
  }
}
