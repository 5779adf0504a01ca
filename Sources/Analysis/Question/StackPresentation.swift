import Reports
import Symbolization

/// How the stacks of a run are made readable.
package struct StackPresentation {
  package var rules = FrameRules.standard
  /// Whether one round of a recursion stands for all of them.
  package var foldsRecursion = true
  /// Whether the rules cut no stack that is part of the report.
  package var keepsAllFrames = false
  /// Where symbols are looked up, but for code maps.
  package var symbolizer = SymbolizerOptions()
  /// The text of a code map that was named, for all processes; else those that they left behind.
  package var codeMap: [UInt8]?

  package init() {}
}
