import Aggregation

/// Numbers stacks so that those which differ only in how a recursion winds have one number. Where
/// several functions call each other, as a parser's do, every input takes other ways through them, and
/// `RecursionFolding`, which leaves one of the rounds that are the same, does not make one stack of
/// these.
///
/// Frames that the rules hide or fold count for nothing, whether or not the stacks still have them: what
/// is one stack does not depend on how much of it a report shows.
struct RecursionWindings {
  private let names: PresentedStacks
  /// The stacks by the rules.
  private let shown: FrameFolding
  private var numbers = ChildNumbering(rootLabel: .max)
  /// By function: where the stack that is looked at has it innermost.
  private var lastPlaces: [Int]

  init(_ names: PresentedStacks) {
    self.names = names
    shown = FrameFolding(names.nodes, functions: names.functions)
    lastPlaces = Array(repeating: 0, count: names.functions.count)
  }

  /// A number for the callers of the program's innermost own function, of a recursion the outermost
  /// alone, by which it began; and for all functions from that one on. O(frames).
  mutating func number(of stack: PresentedStack) -> UInt32 { number(ofNode: stack.id.node) }

  /// The number of the stack that ends in a node.
  mutating func number(ofNode node: UInt32) -> UInt32 {
    let path = path(toNode: node)
    let functions = path.map(\.function)
    guard let own = functions.lastIndex(where: { names.functions[Int($0)].action == .show }) else {
      return functions.reduce(0) { numbers.child(of: $0, label: $1) }
    }
    for place in 0...own { lastPlaces[Int(functions[place])] = place }
    func recurs(_ place: Int) -> Bool {
      path[place].isRecursive || lastPlaces[Int(functions[place])] > place
    }
    var number: UInt32 = 0
    var place = 0
    while place < own || place == own && recurs(own) {
      number = numbers.child(of: number, label: functions[place])
      let isRecursion = recurs(place)
      var end = place
      repeat {
        end = max(end, lastPlaces[Int(functions[place])])
        place += 1
      } while place <= end || isRecursion && place <= own && recurs(place)
    }
    return functions[own...].reduce(number) { numbers.child(of: $0, label: $1) }
  }

  /// The frames of a stack that the rules leave, from the outermost.
  private func path(toNode last: UInt32) -> [PresentedStacks.Node] {
    var path: [PresentedStacks.Node] = []
    var node = shown.shownNodes[Int(last)]
    while node != 0 {
      path.append(shown.trie.nodes[Int(node)])
      node = path[path.count - 1].parent
    }
    return path.reversed()
  }
}
