/// One frame of a stack as reports show it.
public struct PresentedFrame: Sendable, Hashable {
  /// The function's whole readable name, `module+0xoffset` without a symbol, or what stands in
  /// place of frames that were not recorded.
  public let function: String
  /// Path of the module; nil if the frame is in none.
  public let modulePath: String?
  /// Path of the source file; nil if unknown, or if this frame stands for several files' code.
  public let file: String?
  /// Line in `file`; nil if unknown, or if this frame stands for calls from several lines.
  public let line: Int?
  /// Those lines, in their order; empty if there is one, or if they are not known.
  public internal(set) var lines: [Int] = []
  /// Whether the compiler put the function's body into its caller's.
  public let isInlined: Bool
  /// Whether the function has left no frame on the stack: it was called, and jumped to the one below.
  public internal(set) var hasJumped = false
  /// Whether the frame stands for calls of the function by itself, too.
  public internal(set) var isRecursive = false
  /// What tells the function from others of its name and module, such as `parse.c:12`; nil if there
  /// are none.
  public internal(set) var distinction: String?
  /// What the rules say of the frame.
  public internal(set) var action: FrameAction

  /// Whether the frame is not the program's own code, as far as the rules know.
  public var isLibrary: Bool { action != .show }

  /// Whether the function is known by its address alone.
  var isUnnamed: Bool { Self.isUnnamed(function, modulePath: modulePath) }

  static func isUnnamed(_ function: String, modulePath: String?) -> Bool {
    modulePath.map { function.hasPrefix(baseName($0) + "+0x") } ?? false
  }

  /// The function's name, and what tells it from others of that name.
  var distinctName: String { distinction.map { "\(function) (\($0))" } ?? function }

  /// The module's base name.
  public var moduleName: String? { modulePath.map(Self.baseName) }

  /// The frame that stands for this and another of the same function.
  func common(with other: PresentedFrame) -> PresentedFrame {
    let hasFile = file == other.file
    return PresentedFrame(
      function: function, modulePath: modulePath, file: hasFile ? file : nil,
      line: hasFile && line == other.line ? line : nil,
      lines: hasFile && line != other.line ? Self.union(allLines, other.allLines) : [],
      isInlined: isInlined && other.isInlined, hasJumped: hasJumped && other.hasJumped,
      isRecursive: isRecursive || other.isRecursive,
      distinction: distinction, action: action)
  }

  private var allLines: [Int] { line.map { [$0] } ?? lines }

  private static func union(_ left: [Int], _ right: [Int]) -> [Int] {
    left.isEmpty || right.isEmpty ? [] : Set(left + right).sorted()
  }

  static func baseName(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    let name = path[path.index(after: slash)...]
    return name.isEmpty ? path : String(name)
  }
}
