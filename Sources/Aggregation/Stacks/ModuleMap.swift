import CTraceFormat
import TraceFormat

/// Finds the module that a program counter belongs to.
struct ModuleMap {
  /// By incarnation, then by address.
  private let modules: [Module]
  /// Where several modules of the last incarnation stood: a counter there may be of any. Ascending.
  private let indistinct: [Range<UInt64>]

  private static let lastIncarnation = UInt16(MT_PC_INCARNATION_MAX)

  init(_ modules: [Module]) {
    self.modules = modules.sorted {
      ($0.incarnation, $0.addresses.lowerBound) < ($1.incarnation, $1.addresses.lowerBound)
    }
    var indistinct: [Range<UInt64>] = []
    var end: UInt64 = 0
    for module in self.modules.drop(while: { $0.incarnation < Self.lastIncarnation }) {
      let shared = module.addresses.clamped(to: 0..<end)
      end = max(end, module.addresses.upperBound)
      guard !shared.isEmpty else { continue }
      if let last = indistinct.last, last.upperBound >= shared.lowerBound {
        indistinct[indistinct.count - 1] =
          last.lowerBound..<max(last.upperBound, shared.upperBound)
      } else {
        indistinct.append(shared)
      }
    }
    self.indistinct = indistinct
  }

  /// How many modules stood where so many had been before that they cannot be told apart.
  static func indistinctCount(_ modules: [Module]) -> Int {
    let last = modules.count { $0.incarnation >= lastIncarnation }
    return last > 1 ? last : 0
  }

  /// The module, `nil` if none stood there. O(log modules).
  func module(of programCounter: ProgramCounter) -> ModuleID? {
    guard programCounter.isAddress else { return nil }
    let address = programCounter.lookupAddress
    var low = 0
    var high = modules.count
    while low < high {
      let middle = (low + high) / 2
      let key = (modules[middle].incarnation, modules[middle].addresses.lowerBound)
      if key <= (programCounter.incarnation, address) { low = middle + 1 } else { high = middle }
    }
    guard low > 0, modules[low - 1].incarnation == programCounter.incarnation,
      modules[low - 1].addresses.contains(address)
    else { return nil }
    if programCounter.incarnation >= Self.lastIncarnation, isIndistinct(address) { return nil }
    return modules[low - 1].id
  }

  private func isIndistinct(_ address: UInt64) -> Bool {
    var low = 0
    var high = indistinct.count
    while low < high {
      let middle = (low + high) / 2
      if indistinct[middle].lowerBound <= address { low = middle + 1 } else { high = middle }
    }
    return low > 0 && indistinct[low - 1].contains(address)
  }
}
