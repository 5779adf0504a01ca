/// Applies what the rules say to a tree of whole stacks: gives a tree of the stacks to be shown.
///
/// A function without a name that a hidden one of its module calls is hidden, too: what allocates for its
/// callers has no parts that do anything else, and in a stripped program these have no names to go by.
///
/// A stack of which nothing would be left but folded frames keeps them all, and a stack of hidden
/// frames alone is left whole: a stack that cannot name the program's own code still says most
/// when it is not cut.
struct FrameFolding {
  /// The shown stacks, told apart by sites.
  private(set) var trie: FrameTrie
  /// For each node of the whole tree, the node of the shown stack.
  private(set) var shownNodes: [UInt32]

  /// What becomes of the stack that ends in one node of the whole tree.
  private struct Progress {
    /// The stack with all rules applied.
    var folded: UInt32 = 0
    /// The stack with hidden frames left out; as long as `hasOwn` is false.
    var unhidden: UInt32 = 0
    /// The stack as it is; as long as `hasUnhidden` is false.
    var whole: UInt32 = 0
    /// Whether the innermost frame in `folded` stands for a run that goes on.
    var isInRun = false
    /// The function of the innermost frame, if it was hidden.
    var hiding: UInt32?
    /// Whether a frame is shown for its own sake.
    var hasOwn = false
    /// Whether a frame is not hidden. Marks in place of missing frames count for neither.
    var hasUnhidden = false
  }

  /// Folds the stacks of a tree whose parents precede their children.
  init(_ nodes: [PresentedStacks.Node], functions: [PresentedStacks.RatedFunction]) {
    trie = FrameTrie(.site, capacity: nodes.count)
    var all = [Progress](repeating: Progress(), count: nodes.count)
    shownNodes = [UInt32](repeating: 0, count: nodes.count)
    let actions = functions.map(\.action)
    let isUnnamed = functions.map(\.isUnnamed)
    let isMark = functions.map(\.isMark)
    for (index, node) in nodes.enumerated().dropFirst() {
      var progress = all[Int(node.parent)]
      let function = Int(node.function)
      let frame = node.frame
      var action = actions[function]
      if isUnnamed[function], let hiding = progress.hiding,
        functions[Int(hiding)].function.modulePath == functions[function].function.modulePath
      {
        action = .hide
      }
      progress.hiding = action == .hide ? node.function : nil
      if !progress.hasUnhidden { progress.whole = trie.child(of: progress.whole, frame) }
      if !progress.hasOwn, action != .hide {
        progress.unhidden = trie.child(of: progress.unhidden, frame)
      }
      switch action {
      case .hide: break
      case .fold where progress.isInRun: break
      case .show, .dim, .fold:
        progress.folded = trie.child(of: progress.folded, frame)
        progress.isInRun = action == .fold
      }
      if action != .hide, !isMark[function] {
        progress.hasUnhidden = true
        if action != .fold { progress.hasOwn = true }
      }
      all[index] = progress
      shownNodes[index] =
        progress.hasOwn
        ? progress.folded : progress.hasUnhidden ? progress.unhidden : progress.whole
    }
  }
}
