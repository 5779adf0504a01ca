/// Numbers the nodes of a tree by parent and label, from the root's 0 in the order of their first
/// appearance.
///
/// A node is looked for in the cache line of its parent, which a few neighbours share: parents that
/// are near in the tree have near numbers, so a pass over the tree finds its lines in the cache,
/// where one table of all nodes would miss at almost each of them. Children for which a line has no
/// room are in such a table.
package struct ChildNumbering {
  /// By number: the parent in the upper half, the label in the lower.
  package private(set) var keys: [UInt64]
  /// Lines of slots: the label in the upper half, the number in the lower; 0, the root, is empty.
  private var slots: [UInt64]
  /// Children that have no slot, and the number of each.
  private var others = KeyNumbering()
  private var numbersOfOthers: [UInt32] = []

  private static let lineSlots = 8
  /// Parents that share a line: on average a node has one child.
  private static let lineParents = 4

  /// - Parameters:
  ///   - rootLabel: a label that no child of the root has.
  ///   - capacity: nodes that fit before the memory grows.
  package init(rootLabel: UInt32, capacity: Int = 0) {
    keys = [UInt64(rootLabel)]
    keys.reserveCapacity(capacity)
    slots = Array(repeating: 0, count: Self.slots(for: capacity))
  }

  /// The number of nodes, the root included.
  package var count: Int { keys.count }

  package func parent(of node: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: keys[Int(node)] >> 32)
  }

  package func label(of node: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: keys[Int(node)])
  }

  /// The node with a label below a node; a new one if it is new. Amortized O(1).
  package mutating func child(of parent: UInt32, label: UInt32) -> UInt32 {
    let key = UInt64(parent) << 32 | UInt64(label)
    let line = Int(parent) / Self.lineParents * Self.lineSlots
    if line >= slots.count { grow() }
    for place in line..<line + Self.lineSlots {
      let slot = slots[place]
      if slot == 0 {
        slots[place] = UInt64(label) << 32 | UInt64(keys.count)
        return add(key)
      }
      let node = UInt32(truncatingIfNeeded: slot)
      if UInt32(truncatingIfNeeded: slot >> 32) == label, keys[Int(node)] == key { return node }
    }
    let other = Int(others.number(of: key))
    if other == numbersOfOthers.count { numbersOfOthers.append(add(key)) }
    return numbersOfOthers[other]
  }

  private mutating func add(_ key: UInt64) -> UInt32 {
    keys.append(key)
    return UInt32(keys.count - 1)
  }

  private static func slots(for nodes: Int) -> Int { (nodes / lineParents + 1) * lineSlots }

  private mutating func grow() {
    let wanted = Self.slots(for: keys.count * 2)
    slots.append(contentsOf: repeatElement(0, count: wanted - slots.count))
  }
}
