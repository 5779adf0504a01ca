/// One line of a rules file: what to do with the frames that it matches.
public struct FrameRule: Sendable, Hashable {
  public let action: FrameAction
  /// What the function's name must look like.
  public let function: FramePattern
  /// What the module's base name must look like, or its path if the pattern has a slash; nil if any
  /// will do, or none.
  public let module: FramePattern?
  /// Whether it counts only where stacks have frames of interpreted code, which is Python's.
  public let isForInterpretedCode: Bool

  /// A rule for functions, in one kind of module or in all.
  public init(
    _ action: FrameAction, function: String, module: String? = nil,
    isForInterpretedCode: Bool = false
  ) {
    self.action = action
    self.function = FramePattern(function)
    self.module = module.map { FramePattern($0) }
    self.isForInterpretedCode = isForInterpretedCode
  }

  /// Whether the rule may match frames of a module, which goes by its path or its base name.
  func applies(toModule path: String?) -> Bool {
    guard let module else { return true }
    return path.map { path in
      module.matches(module.text.contains("/") ? path : PresentedFrame.baseName(path))
    } ?? false
  }
}
