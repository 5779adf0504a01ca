/// One function on a stack, by the names its source gives it.
///
/// One address has several of these when the compiler put callees into their callers; all but the
/// outermost are marked `isInlined`.
public struct SourceFrame: Hashable, Sendable {
  /// The readable name: demangled, or `module+0xoffset` when nothing better is known. The offset
  /// is an address of the ELF file, the same in every run, as `addr2line` takes it.
  public let function: String
  /// The name as the linker knows it, or as the source has it where the compiler kept no other;
  /// `nil` for an unresolved frame.
  public let linkageName: String?
  /// The module of the code; `nil` when the address was in none.
  public let module: ModuleImage.ID?
  /// Path of the source file as the compiler recorded it.
  public let file: String?
  /// Line in `file`, from 1; `nil` when unknown or when the compiler made the code up.
  public let line: Int?
  /// Column in `line`, from 1; `nil` when unknown.
  public let column: Int?
  /// Whether this function's body was inserted into the next frame's function.
  public let isInlined: Bool

  /// Describes one frame; see the properties for units.
  public init(
    function: String, linkageName: String? = nil, module: ModuleImage.ID? = nil,
    file: String? = nil, line: Int? = nil, column: Int? = nil, isInlined: Bool = false
  ) {
    self.function = function
    self.linkageName = linkageName
    self.module = module
    self.file = file
    self.line = line
    self.column = column
    self.isInlined = isInlined
  }

  /// Whether a symbol was found; if not, `function` is `module+0xoffset`.
  public var isResolved: Bool { linkageName != nil }
}
