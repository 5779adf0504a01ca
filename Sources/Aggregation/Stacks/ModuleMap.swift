import TraceFormat

/// Finds the module that a program counter belongs to.
struct ModuleMap {
  /// By incarnation, then by address.
  private let modules: [Module]

  init(_ modules: [Module]) {
    self.modules = modules.sorted {
      ($0.incarnation, $0.addresses.lowerBound) < ($1.incarnation, $1.addresses.lowerBound)
    }
  }

  /// The module, `nil` if none stood there. O(log modules).
  func module(of programCounter: ProgramCounter) -> ModuleID? {
    guard programCounter.marker == nil else { return nil }
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
    return modules[low - 1].id
  }
}
