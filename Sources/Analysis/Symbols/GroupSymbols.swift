import Aggregation
import Symbolization
import TraceFormat

/// The symbols that the traces of a group carry, at the places where the group has their code.
struct GroupSymbols {
  private(set) var framesByAddress: [CodeAddress: [SourceFrame]] = [:]
  /// What was first said of each module.
  private var troubles: [ModuleID: RecordedSymbols.Module] = [:]

  /// Adds the symbols of one trace. What another trace said of the same code stays.
  mutating func add(_ symbols: RecordedSymbols, at code: CodePlacement) {
    var placed = RecordedSymbols()
    placed.addresses = symbols.addresses.compactMap { Self.placed($0, code) }
    framesByAddress.merge(placed.framesByAddress) { first, _ in first }
    for var module in symbols.modules {
      guard let id = code.modules[module.module]?.id, troubles[id] == nil else { continue }
      module.module = id
      troubles[id] = module
    }
  }

  private static func placed(
    _ address: RecordedSymbols.Address, _ code: CodePlacement
  ) -> RecordedSymbols.Address? {
    var placed = address
    if let module = address.module {
      guard let place = code.modules[module] else { return nil }
      placed.module = place.id
      placed.address &+= place.distance
    } else {
      placed.module = code.outside
    }
    for index in placed.frames.indices {
      placed.frames[index].module = placed.frames[index].module.flatMap { code.modules[$0]?.id }
    }
    return placed
  }

  /// What was said when the symbols were looked up, with the group's own counts.
  func diagnostics(_ modules: [Module]) -> SymbolizationDiagnostics {
    let known = Set(modules.map { ModuleImage.ID($0.id.rawValue) })
    var lookedUp: [ModuleImage.ID: Int] = [:]
    var unresolved: [ModuleImage.ID: Int] = [:]
    var outside = 0
    for (address, frames) in framesByAddress {
      let isUnresolved = !(frames.first?.isResolved ?? false)
      guard let module = address.module, known.contains(module) else {
        if isUnresolved { outside += 1 }
        continue
      }
      lookedUp[module, default: 0] += 1
      if isUnresolved { unresolved[module, default: 0] += 1 }
    }
    var all = RecordedSymbols()
    all.lookedUp = framesByAddress.count
    all.unresolved = unresolved.values.reduce(outside, +)
    all.outside = outside
    all.modules = troubles.values.sorted { $0.module.rawValue < $1.module.rawValue }
    for index in all.modules.indices {
      let id = ModuleImage.ID(all.modules[index].module.rawValue)
      all.modules[index].lookedUp = lookedUp[id] ?? 0
      all.modules[index].unresolved = unresolved[id] ?? 0
    }
    return all.diagnostics(modules)
  }
}
