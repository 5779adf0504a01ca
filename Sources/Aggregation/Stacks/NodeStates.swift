/// Where each node number of a trace has got to on its way into the stack tree.
///
/// Numbers are dense in every trace that a recorder wrote, so an array holds them. Numbers that are
/// not, as only damage brings, go to a dictionary: a number is no reason to reserve memory.
struct NodeStates {
  enum State {
    /// Never defined, as far as is known.
    case undefined
    /// Defined by the node at an index of the trace's nodes, its place in the tree not known yet.
    case defined(at: Int)
    /// The search for its callers is under way.
    case onPath
    case placed(UInt32)
  }

  // 0 is undefined, 1 on a path; then, each two numbers apart: even is defined, odd is placed.
  private var dense: [UInt32]
  private var stray: [UInt32: UInt32] = [:]

  /// - Parameter count: how many nodes there are.
  init(count: Int) { dense = Array(repeating: 0, count: count + count / 8 + 1024) }

  subscript(number: UInt32) -> State {
    get {
      let code = Int(number) < dense.count ? dense[Int(number)] : stray[number] ?? 0
      switch code {
      case 0: return .undefined
      case 1: return .onPath
      default:
        return code & 1 == 0
          ? .defined(at: Int(code >> 1) - 1) : .placed(code >> 1 - 1)
      }
    }
    set {
      let code: UInt32 =
        switch newValue {
        case .undefined: 0
        case .onPath: 1
        case .defined(let index): UInt32(index + 1) << 1
        case .placed(let id): (id + 1) << 1 | 1
        }
      if Int(number) < dense.count { dense[Int(number)] = code } else { stray[number] = code }
    }
  }
}
