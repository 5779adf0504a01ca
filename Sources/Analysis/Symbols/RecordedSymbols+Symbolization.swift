import Symbolization
import TraceFormat

// A trace's symbols as the symbolizer knows them, and the way back.

extension RecordedSymbols {
  /// What was looked up, and what was said of it.
  package init(_ addresses: [CodeAddress], _ symbolizer: any Symbolizing) {
    self.init()
    self.addresses = zip(addresses, symbolizer.symbolize(addresses)).map { address, frames in
      Address(
        module: address.module.map { ModuleID(rawValue: $0.rawValue) }, address: address.address,
        frames: frames.map { frame in
          Frame(
            function: frame.function, linkageName: frame.linkageName,
            module: frame.module.map { ModuleID(rawValue: $0.rawValue) }, file: frame.file,
            line: frame.line, column: frame.column, isInlined: frame.isInlined,
            definition: frame.definition?.recordedText, isCallee: frame.isCallee)
        })
    }
    let diagnostics = symbolizer.diagnostics
    modules = diagnostics.modules.map { module in
      let reason: Reason =
        switch module.reason {
        case .missing: .missing
        case .changed(let expected, let found): .changed(expected: expected, found: found)
        case .unreadable(let message): .unreadable(message)
        case .stripped: .stripped
        case .noLines: .noLines
        }
      return Module(
        module: ModuleID(rawValue: module.module.rawValue), reason: reason,
        lookedUp: module.addresses, unresolved: module.unresolved, remedy: module.remedy)
    }
    lookedUp = diagnostics.addresses
    unresolved = diagnostics.unresolved
    outside = diagnostics.outsideModules
  }

  var framesByAddress: [CodeAddress: [SourceFrame]] {
    Dictionary(
      addresses.map { address in
        let key = CodeAddress(
          module: address.module.map { ModuleImage.ID($0.rawValue) }, address: address.address)
        let frames = address.frames.map { frame in
          SourceFrame(
            function: frame.function, linkageName: frame.linkageName,
            module: frame.module.map { ModuleImage.ID($0.rawValue) }, file: frame.file,
            line: frame.line, column: frame.column, isInlined: frame.isInlined,
            definition: frame.definition.flatMap { FunctionDefinition(recordedText: $0) },
            isCallee: frame.isCallee)
        }
        return (key, frames)
      }, uniquingKeysWith: { first, _ in first })
  }

  /// What was said when the symbols were looked up; paths and build ids are the trace's.
  func diagnostics(_ modules: [TraceFormat.Module]) -> SymbolizationDiagnostics {
    let known = Dictionary(modules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    return SymbolizationDiagnostics(
      modules: self.modules.compactMap { module in
        guard let image = known[module.module] else { return nil }
        let reason: SymbolizationDiagnostics.Reason =
          switch module.reason {
          case .missing: .missing
          case .changed(let expected, let found): .changed(expected: expected, found: found)
          case .unreadable(let message): .unreadable(message)
          case .stripped: .stripped
          case .noLines: .noLines
          }
        return SymbolizationDiagnostics.Module(
          module: ModuleImage.ID(image.id.rawValue), path: image.path,
          buildID: BuildID(image.buildID), reason: reason, addresses: module.lookedUp,
          unresolved: module.unresolved, remedy: module.remedy)
      }, addresses: lookedUp, unresolved: unresolved, outsideModules: outside)
  }
}

extension FunctionDefinition {
  /// As a bundled trace has it (see `mt_symbol_frame`).
  fileprivate var recordedText: String {
    entry.map { "+" + String($0, radix: 16) } ?? "\(line):\(column):\(file ?? "")"
  }

  /// Reads what a bundled trace has; nil if it is no definition.
  fileprivate convenience init?(recordedText text: String) {
    if text.hasPrefix("+") {
      guard let entry = UInt64(text.dropFirst(), radix: 16) else { return nil }
      self.init(entry: entry)
      return
    }
    let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let line = Int(parts[0]), let column = Int(parts[1]) else { return nil }
    self.init(file: parts[2].isEmpty ? nil : String(parts[2]), line: line, column: column)
  }
}
