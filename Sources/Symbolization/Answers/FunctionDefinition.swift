/// Tells a function from others of its name.
///
/// Functions with internal linkage (`static`, in an anonymous namespace, lambdas, closures) may share
/// their name with others of the same module. Debug information knows where each is declared; without
/// it the function's first address is known. An exported function has a name of its own, and no
/// definition.
public final class FunctionDefinition: Hashable, Sendable {
  /// Path of the source file that declares the function.
  public let file: String?
  /// From 1; 0 if unknown.
  public let line: Int
  /// From 1; 0 if unknown.
  public let column: Int
  /// First address in the ELF file, where no declaration is known.
  public let entry: UInt64?

  /// Describes a definition; see the properties.
  public init(file: String? = nil, line: Int = 0, column: Int = 0, entry: UInt64? = nil) {
    self.file = file
    self.line = line
    self.column = column
    self.entry = entry
  }

  public static func == (left: FunctionDefinition, right: FunctionDefinition) -> Bool {
    left === right
      || left.line == right.line && left.column == right.column && left.entry == right.entry
        && left.file == right.file
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(line)
    hasher.combine(column)
    hasher.combine(entry)
    hasher.combine(file)
  }
}
