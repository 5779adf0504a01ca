/// Decides which frames of a stack a reader should not have to look at.
///
/// An allocation's stack ends in the machinery that every allocation passes: `operator new`,
/// container allocators, a program's checked `malloc`. These *allocator frames* are taken off the
/// top of a stack, so that it begins with the function that wanted the memory. Frames further
/// down are never touched, and a stack of allocator frames alone is left whole.
///
/// *Library frames* belong to the language's runtime and standard library. They stay on the stack,
/// but the first frame that is none of them is the program's own, which reports point out.
public struct FrameRules: Sendable, Hashable {
  /// What counts as an allocator frame.
  public var allocatorFrames: [FramePattern]
  /// What counts as a library frame; functions are compared without their return types.
  public var libraryFrames: [FramePattern]

  /// Creates rules; empty lists leave every stack whole.
  public init(allocatorFrames: [FramePattern], libraryFrames: [FramePattern] = []) {
    self.allocatorFrames = allocatorFrames
    self.libraryFrames = libraryFrames
  }

  /// Rules for the C library, C++, Swift and Rust runtimes, CPython and widespread wrappers.
  public static let standard = FrameRules(
    allocatorFrames: StandardAllocatorFrames.patterns,
    libraryFrames: StandardLibraryFrames.patterns)

  /// The same rules, but every stack is left whole.
  public var keepingAllocatorFrames: FrameRules {
    FrameRules(allocatorFrames: [], libraryFrames: libraryFrames)
  }

  /// Whether a frame is part of the allocation machinery.
  ///
  /// Complexity: linear in the number of patterns; callers ask once for each distinct function.
  public func isAllocatorFrame(function: String, module: String?) -> Bool {
    allocatorFrames.contains { $0.matches(function: function, module: module) }
  }

  /// Whether a frame is part of a runtime or standard library. Complexity: as above.
  public func isLibraryFrame(function: String, module: String?) -> Bool {
    let name = FunctionName.withoutReturnType(function)
    return libraryFrames.contains { $0.matches(function: name, module: module) }
  }
}
