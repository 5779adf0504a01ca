// One module's symbols: the lazily built index, the look-up of addresses in it, and the account of
// what was not found.

import Dispatch
import Synchronization

/// Looks up the addresses of one module.
final class ModuleSymbols: Sendable {
  /// All answers given until now, by address.
  private struct State: Sendable {
    var index: ModuleIndex?
    var addresses: [UInt64] = []
    var frames: [[SourceFrame]] = []
    var unresolved = 0
    var hasLines = false
  }

  let module: ModuleImage
  private let options: SymbolizerOptions
  private let state = Mutex(State())

  /// Opens nothing yet.
  init(_ module: ModuleImage, options: SymbolizerOptions) {
    self.module = module
    self.options = options
  }

  /// The frames of each address of the process, in the order given. Another caller who asks the
  /// same module waits: it mostly wants the same answers.
  func symbolize(_ addresses: [UInt64]) -> [[SourceFrame]] {
    state.withLock { state in
      var missing = Self.distinct(addresses)
      if !state.addresses.isEmpty {
        missing.removeAll { address in
          let place = state.addresses.lowerBound(of: address)
          return place < state.addresses.count && state.addresses[place] == address
        }
      }
      if !missing.isEmpty { resolve(missing, &state) }
      if addresses == state.addresses { return state.frames }
      // Addresses are mostly asked for in their order.
      var place = 0
      return addresses.map { address in
        if place >= state.addresses.count || state.addresses[place] != address {
          place = state.addresses.lowerBound(of: address)
        }
        defer { place += 1 }
        return state.frames[place]
      }
    }
  }

  private static func distinct(_ addresses: [UInt64]) -> [UInt64] {
    var sorted = addresses.sorted()
    var count = 0
    for index in sorted.indices where count == 0 || sorted[index] != sorted[count - 1] {
      sorted[count] = sorted[index]
      count += 1
    }
    sorted.removeLast(sorted.count - count)
    return sorted
  }

  private func resolve(_ addresses: [UInt64], _ state: inout State) {
    let (index, dwarf) =
      state.index.map { ($0, $0.openDwarf(options)) } ?? ModuleIndex.read(module, options: options)
    state.index = index
    let lookup = ModuleLookup(module: module, index: index, dwarf: dwarf)
    let (frames, unresolved) = lookup.frames(of: addresses.map { $0 &- index.bias })
    // Giving back what was unpacked takes a while, and nobody has to wait for it.
    DispatchQueue.global().async { withExtendedLifetime(dwarf) {} }
    state.unresolved += unresolved
    state.hasLines = state.hasLines || frames.contains { $0.contains { $0.line != nil } }
    insert(addresses, frames, &state)
  }

  /// Merges two sorted lists that have no address in common.
  private func insert(_ addresses: [UInt64], _ frames: [[SourceFrame]], _ state: inout State) {
    guard !state.addresses.isEmpty else {
      state.addresses = addresses
      state.frames = frames
      return
    }
    let old = (addresses: state.addresses, frames: state.frames)
    var merged = (addresses: [UInt64](), frames: [[SourceFrame]]())
    merged.addresses.reserveCapacity(old.addresses.count + addresses.count)
    merged.frames.reserveCapacity(old.addresses.count + addresses.count)
    var next = 0
    for (place, address) in old.addresses.enumerated() {
      while next < addresses.count, addresses[next] < address {
        merged.addresses.append(addresses[next])
        merged.frames.append(frames[next])
        next += 1
      }
      merged.addresses.append(address)
      merged.frames.append(old.frames[place])
    }
    merged.addresses += addresses[next...]
    merged.frames += frames[next...]
    state.addresses = merged.addresses
    state.frames = merged.frames
  }

  /// How many addresses were asked for, and how many of them have no name.
  var counts: (addresses: Int, unresolved: Int) {
    state.withLock { ($0.addresses.count, $0.unresolved) }
  }

  /// Why the module gave less than everything; `nil` when nothing was asked of it, or all of it was
  /// found.
  var trouble: SymbolizationDiagnostics.Reason? {
    state.withLock { state in
      guard let index = state.index, !state.addresses.isEmpty else { return nil }
      if let known = index.reason { return known }
      if state.unresolved > 0 { return .stripped }
      return options.readsLines && !state.hasLines ? .noLines : nil
    }
  }

  /// What a report should say about the module; `nil` when it has no trouble.
  func diagnosis(_ packages: DebugPackages?) -> SymbolizationDiagnostics.Module? {
    guard let trouble else { return nil }
    let counts = counts
    return SymbolizationDiagnostics.Module(
      module: module.id, path: module.path, buildID: module.buildID, reason: trouble,
      addresses: counts.addresses, unresolved: counts.unresolved,
      remedy: Remedy.sentence(for: trouble, module: module, packages: packages))
  }
}
