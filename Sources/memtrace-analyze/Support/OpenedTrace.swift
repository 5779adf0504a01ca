import Aggregation
import Reports
import Symbolization

/// A trace whose names are known and whose blocks are still to be read.
struct OpenedTrace {
  let trace: HeapTrace
  let names: PresentedStacks
  let query: HeapQuery
  let symbolization: SymbolizationDiagnostics
}
