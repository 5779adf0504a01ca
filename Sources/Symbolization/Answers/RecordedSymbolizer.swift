/// A symbolizer that answers from what was looked up before, perhaps on another machine, and asks
/// another one for the addresses that it does not know.
public struct RecordedSymbolizer: Symbolizing {
  private let frames: [CodeAddress: [SourceFrame]]
  private let recorded: SymbolizationDiagnostics
  private let readsLines: Bool
  private let rest: Symbolizer

  /// Takes the answers and what was said with them. Without `readsLines` names alone are given.
  public init(
    _ frames: [CodeAddress: [SourceFrame]], diagnostics: SymbolizationDiagnostics,
    readsLines: Bool, rest: Symbolizer
  ) {
    self.frames = frames
    recorded = diagnostics
    self.readsLines = readsLines
    self.rest = rest
  }

  public func symbolize(_ addresses: [CodeAddress]) -> [[SourceFrame]] {
    let unknown = addresses.filter { frames[$0] == nil }
    var others = (unknown.isEmpty ? [] : rest.symbolize(unknown)).makeIterator()
    return addresses.map { address in
      guard let known = frames[address] else { return others.next() ?? [] }
      guard !readsLines else { return known }
      return known.prefix { $0.isCallee } + known.suffix(1).map(\.withoutPlace)
    }
  }

  public var diagnostics: SymbolizationDiagnostics {
    let others = rest.diagnostics
    return SymbolizationDiagnostics(
      modules: recorded.modules + others.modules, addresses: recorded.addresses + others.addresses,
      unresolved: recorded.unresolved + others.unresolved,
      outsideModules: recorded.outsideModules + others.outsideModules,
      serverFailure: others.serverFailure)
  }
}

extension SourceFrame {
  fileprivate var withoutPlace: SourceFrame {
    SourceFrame(
      function: function, linkageName: linkageName, module: module, definition: definition)
  }
}
