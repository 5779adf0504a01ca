/// A symbolizer that answers from a table of addresses.
public struct FixedSymbolizer: Symbolizing {
  private let frames: [CodeAddress: [SourceFrame]]
  private let moduleNames: [ModuleImage.ID: String]
  public let diagnostics: SymbolizationDiagnostics

  /// Answers with the frames given for an address (innermost first), and `module+0xaddress` for
  /// every other.
  public init(
    _ frames: [CodeAddress: [SourceFrame]], moduleNames: [ModuleImage.ID: String] = [:],
    diagnostics: SymbolizationDiagnostics = SymbolizationDiagnostics()
  ) {
    self.frames = frames
    self.moduleNames = moduleNames
    self.diagnostics = diagnostics
  }

  public func symbolize(_ addresses: [CodeAddress]) -> [[SourceFrame]] {
    addresses.map { address in
      if let known = frames[address], !known.isEmpty { return known }
      let name = address.module.flatMap { moduleNames[$0] }
      return [.unresolved(moduleName: name, module: address.module, offset: address.address)]
    }
  }
}
