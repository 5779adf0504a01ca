/// Decides which frames of a stack a reader should not have to look at.
///
/// An allocation's stack ends in the machinery that every allocation passes: `operator new`,
/// container allocators, a program's checked `malloc`. These *allocator frames* are taken off the
/// top of a stack, so that it begins with the function that wanted the memory. Frames further
/// down are never touched, and a stack of allocator frames alone is left whole.
public struct FrameRules: Sendable, Hashable {
  /// What counts as an allocator frame.
  public var allocatorFrames: [FramePattern]

  /// Creates rules; an empty list leaves every stack whole.
  public init(allocatorFrames: [FramePattern]) { self.allocatorFrames = allocatorFrames }

  /// Rules that leave every stack whole.
  public static let none = FrameRules(allocatorFrames: [])

  /// Rules for the C library, C++, Swift and Rust runtimes, CPython and widespread wrappers.
  public static let standard = FrameRules(allocatorFrames: StandardAllocatorFrames.patterns)

  /// Whether a frame is part of the allocation machinery.
  ///
  /// Complexity: linear in the number of patterns; callers ask once for each distinct function.
  public func isAllocatorFrame(function: String, module: String?) -> Bool {
    allocatorFrames.contains { $0.matches(function: function, module: module) }
  }
}
