// The symbolizer over ELF files: shares the work out over modules, and remembers every answer.

import Dispatch
import Synchronization

/// Finds functions, files and lines in the binaries and debug files of this machine.
///
/// Every distinct address is looked up once, however often it is asked for. Files are opened only
/// when an address of their module is asked for, and closed when the answer is there.
public final class Symbolizer: Symbolizing {
  private let modules: [ModuleImage.ID: ModuleSymbols]
  private let options: SymbolizerOptions
  private let known = Mutex<[CodeAddress: [SourceFrame]]>([:])

  /// Prepares for the modules of one trace. Opens nothing yet.
  public init(modules: [ModuleImage], options: SymbolizerOptions = SymbolizerOptions()) {
    self.modules = Dictionary(
      modules.map { ($0.id, ModuleSymbols($0, options: options)) }, uniquingKeysWith: { $1 })
    self.options = options
  }

  public func symbolize(_ addresses: [CodeAddress]) -> [[SourceFrame]] {
    let missing = known.withLock { known in
      Set(addresses.filter { known[$0] == nil })
    }
    if !missing.isEmpty { resolve(missing) }
    return known.withLock { known in
      addresses.map { known[$0] ?? [unresolved($0)] }
    }
  }

  public var diagnostics: SymbolizationDiagnostics {
    let frames = known.withLock { $0 }
    var outside = 0
    var unresolved = 0
    for (address, frames) in frames where !(frames.first?.isResolved ?? false) {
      unresolved += 1
      if address.module.flatMap({ modules[$0] }) == nil { outside += 1 }
    }
    return SymbolizationDiagnostics(
      modules: modules.values.compactMap { $0.diagnosis() }.sorted { $0.module < $1.module },
      addresses: frames.count, unresolved: unresolved, outsideModules: outside)
  }

  /// Looks up addresses, module by module, on all processors.
  private func resolve(_ addresses: Set<CodeAddress>) {
    var byModule: [ModuleImage.ID: [UInt64]] = [:]
    var results: [CodeAddress: [SourceFrame]] = [:]
    for address in addresses {
      if let module = address.module, modules[module] != nil {
        byModule[module, default: []].append(address.address)
      } else {
        results[address] = [unresolved(address)]
      }
    }
    // The modules with most addresses first, so that none of them is the last to end.
    let work = byModule.sorted { ($0.value.count, $1.key) > ($1.value.count, $0.key) }
    let gathered = Mutex(results)
    DispatchQueue.concurrentPerform(iterations: work.count) { index in
      let (module, addresses) = work[index]
      guard let symbols = modules[module] else { return }
      let sorted = addresses.sorted()
      let frames = symbols.resolve(sorted)
      gathered.withLock { gathered in
        for (address, frames) in zip(sorted, frames) {
          gathered[CodeAddress(module: module, address: address)] = frames
        }
      }
    }
    let found = gathered.withLock { $0 }
    known.withLock { $0.merge(found) { $1 } }
  }

  private func unresolved(_ address: CodeAddress) -> SourceFrame {
    .unresolved(moduleName: nil, module: address.module, offset: address.address)
  }
}
