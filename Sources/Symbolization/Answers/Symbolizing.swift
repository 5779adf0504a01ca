/// Turns addresses of the recorded process into functions, files and lines.
public protocol Symbolizing: Sendable {
  /// Returns one list of frames for each address, in the order given.
  ///
  /// A list runs from the innermost inlined function to the function that really is called there,
  /// and is never empty: an address without a symbol gives one frame `module+0xoffset`. Callable
  /// from any thread; an address asked for again costs a table look-up.
  func symbolize(_ addresses: [CodeAddress]) -> [[SourceFrame]]

  /// What could not be resolved until now, why, and what would help.
  var diagnostics: SymbolizationDiagnostics { get }
}
