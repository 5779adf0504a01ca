import Symbolization

/// What a module's symbols lack, in a few words.
enum SymbolText {
  /// Why names, or files and lines, are missing.
  static func state(of module: SymbolizationDiagnostics.Module) -> String {
    switch module.reason {
    case .missing: "file missing"
    case .changed: "file changed since"
    case .unreadable: "file unreadable"
    case .stripped: "stripped"
    case .noLines: "no lines"
    }
  }
}
