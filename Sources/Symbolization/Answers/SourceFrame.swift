/// One function on a stack, by the names its source gives it.
///
/// One address has several of these when the compiler put callees into their callers; all but the
/// outermost are marked `isInlined`.
///
/// Texts longer than `longestText` bytes are cut: whoever made the file decides how long they are.
public struct SourceFrame: Hashable, Sendable {
  /// The readable name: demangled, or `module+0xoffset` when nothing better is known. The offset
  /// is an address of the ELF file, the same in every run, as `addr2line` takes it: where the function
  /// begins, or where unwind tables do not say that, what was asked for.
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
  /// Tells the function from others of its name in the module; `nil` when there can be none.
  public let definition: FunctionDefinition?
  /// Whether this is no frame of its own, but the function that the call at the address enters. Ahead
  /// of all others, and only where a module's code is partly without names: the code that the function
  /// jumped to may be of that part.
  public let isCallee: Bool

  /// Most bytes of a name or a path, the mark of a cut included.
  public static let longestText = 64 << 10

  /// Describes one frame; see the properties for units.
  public init(
    function: String, linkageName: String? = nil, module: ModuleImage.ID? = nil,
    file: String? = nil, line: Int? = nil, column: Int? = nil, isInlined: Bool = false,
    definition: FunctionDefinition? = nil, isCallee: Bool = false
  ) {
    self.function = function.cut()
    self.linkageName = linkageName?.cut()
    self.module = module
    self.file = file?.cut()
    self.line = line
    self.column = column
    self.isInlined = isInlined
    self.definition = definition
    self.isCallee = isCallee
  }

  /// Whether a symbol was found; if not, `function` is `module+0xoffset`.
  public var isResolved: Bool { linkageName != nil }
}

extension String {
  /// The text, if it is not too long for a frame; else its beginning and a mark.
  fileprivate func cut() -> String {
    let mark = "…"
    guard utf8.count > SourceFrame.longestText else { return self }
    let end = utf8.index(startIndex, offsetBy: SourceFrame.longestText - mark.utf8.count)
    // The cut may go through a character.
    let start = String(decoding: utf8[..<end], as: UTF8.self)
    return (start.last == "\u{FFFD}" ? String(start.dropLast()) : start) + mark
  }
}
