// One module's symbols: the lazily built index, the look-up of addresses in it, and the account of
// what was not found.

import Synchronization

/// Looks up the addresses of one module.
final class ModuleSymbols: Sendable {
  private struct State: Sendable {
    var index: ModuleIndex?
    var addresses = 0
    var unresolved = 0
    var withLines = 0
  }

  let module: ModuleImage
  private let options: SymbolizerOptions
  private let state = Mutex(State())

  /// Opens nothing yet.
  init(_ module: ModuleImage, options: SymbolizerOptions) {
    self.module = module
    self.options = options
  }

  /// The frames of each address of the process, which must be sorted and distinct.
  func resolve(_ addresses: [UInt64]) -> [[SourceFrame]] {
    let index = index()
    let lookup = ModuleLookup(module: module, index: index, options: options)
    let frames = lookup.frames(of: addresses.map { $0 &- index.bias })
    state.withLock { state in
      state.addresses += addresses.count
      for frames in frames {
        if !(frames.first?.isResolved ?? false) { state.unresolved += 1 }
        if frames.contains(where: { $0.line != nil }) { state.withLines += 1 }
      }
    }
    return frames
  }

  /// What a report should say about the module; `nil` when nothing was asked of it, or all of it
  /// was found.
  func diagnosis() -> SymbolizationDiagnostics.Module? {
    let state = state.withLock { $0 }
    guard let index = state.index, state.addresses > 0 else { return nil }
    let reason: SymbolizationDiagnostics.Reason
    if let known = index.reason {
      reason = known
    } else if state.unresolved > 0 {
      reason = .stripped
    } else if options.readsLines, state.withLines == 0 {
      reason = .noLines
    } else {
      return nil
    }
    return SymbolizationDiagnostics.Module(
      module: module.id, path: module.path, buildID: module.buildID, reason: reason,
      addresses: state.addresses, unresolved: state.unresolved,
      remedy: Remedy.sentence(for: reason, module: module))
  }

  private func index() -> ModuleIndex {
    state.withLock { state in
      if let index = state.index { return index }
      let index = ModuleIndex(module, options: options)
      state.index = index
      return index
    }
  }
}
