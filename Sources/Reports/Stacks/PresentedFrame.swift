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
  /// Whether the compiler put the function's body into its caller's.
  public let isInlined: Bool
  /// What the rules say of the frame.
  public let action: FrameAction

  /// Whether the frame is not the program's own code, as far as the rules know.
  public var isLibrary: Bool { action != .show }

  /// The module's base name.
  public var moduleName: String? { modulePath.map(Self.baseName) }

  /// The frame that stands for this and another of the same function.
  func common(with other: PresentedFrame) -> PresentedFrame {
    let hasFile = file == other.file
    return PresentedFrame(
      function: function, modulePath: modulePath, file: hasFile ? file : nil,
      line: hasFile && line == other.line ? line : nil, isInlined: isInlined && other.isInlined,
      action: action)
  }

  static func baseName(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    let name = path[path.index(after: slash)...]
    return name.isEmpty ? path : String(name)
  }
}
