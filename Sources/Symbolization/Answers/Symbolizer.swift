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
  private let codeMaps: [ModuleImage.ID?: CodeMap]
  private let outside = Mutex(Set<CodeAddress>())

  /// Prepares for the modules of one trace. Opens no file yet.
  public init(modules: [ModuleImage], options: SymbolizerOptions = SymbolizerOptions()) {
    self.options = options
    self.modules = Dictionary(
      modules.map { ($0.id, ModuleSymbols($0, options: options)) }, uniquingKeysWith: { $1 })
    codeMaps = options.codeMaps.mapValues { CodeMap($0) }
  }

  public func symbolize(_ addresses: [CodeAddress]) -> [[SourceFrame]] {
    let (work, elsewhere) = shares(of: addresses)
    if work.count == 1, elsewhere.isEmpty {
      return work[0].symbols.symbolize(addresses.map(\.address))
    }
    let gathered = Mutex([[SourceFrame]](repeating: [], count: addresses.count))
    DispatchQueue.concurrentPerform(iterations: work.count) { index in
      let (symbols, places) = work[index]
      let frames = symbols.symbolize(places.map { addresses[$0].address })
      gathered.withLock { gathered in
        for (place, frames) in zip(places, frames) { gathered[place] = frames }
      }
    }
    var frames = gathered.withLock { $0 }
    for place in elsewhere { frames[place] = [outsideModules(addresses[place])] }
    outside.withLock { $0.formUnion(elsewhere.map { addresses[$0] }) }
    return frames
  }

  /// The places of each module's addresses in the list, and of those in no module. The modules
  /// with most addresses come first, so that none of them is the last to end.
  private func shares(
    of addresses: [CodeAddress]
  ) -> (modules: [(symbols: ModuleSymbols, places: [Int])], elsewhere: [Int]) {
    var shares: [(symbols: ModuleSymbols, places: [Int])] = []
    var numbers: [ModuleImage.ID: Int] = [:]
    var elsewhere: [Int] = []
    // Addresses of one module mostly follow each other.
    var last: (module: ModuleImage.ID, number: Int)?
    for (place, address) in addresses.enumerated() {
      guard let module = address.module else {
        elsewhere.append(place)
        continue
      }
      if last?.module != module {
        guard let symbols = modules[module] else {
          elsewhere.append(place)
          continue
        }
        let number = numbers[module] ?? shares.count
        if number == shares.count { shares.append((symbols, [])) }
        numbers[module] = number
        last = (module, number)
      }
      if let last { shares[last.number].places.append(place) }
    }
    shares.sort { left, right in
      (left.places.count, right.symbols.module.id) > (right.places.count, left.symbols.module.id)
    }
    return (shares, elsewhere)
  }

  public var diagnostics: SymbolizationDiagnostics {
    let outside = outside.withLock { $0 }
    let unresolvedOutside = outside.filter { !outsideModules($0).isResolved }.count
    var addresses = outside.count
    var unresolved = unresolvedOutside
    for module in modules.values {
      let counts = module.counts
      addresses += counts.addresses
      unresolved += counts.unresolved
    }
    let packages = options.namesPackages ? debugPackages() : nil
    return SymbolizationDiagnostics(
      modules: modules.values.compactMap { $0.diagnosis(packages) }
        .sorted { $0.module < $1.module },
      addresses: addresses, unresolved: unresolved, outsideModules: unresolvedOutside,
      serverFailure: DebugInfoServer.failure)
  }

  /// The packages of what an installed debug package would resolve.
  private func debugPackages() -> DebugPackages {
    DebugPackages(
      systemRoot: options.systemRoot,
      modules: modules.values.filter { [.stripped, .noLines].contains($0.trouble) }.map(\.module))
  }

  private func outsideModules(_ address: CodeAddress) -> SourceFrame {
    codeMaps[address.module]?.frame(at: address.address)
      ?? .unresolved(moduleName: nil, module: nil, offset: address.address)
  }
}
