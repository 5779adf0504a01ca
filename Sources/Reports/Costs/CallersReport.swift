import Aggregation

/// One function from both sides: who calls it, and what it calls, by what is allocated there.
public struct CallersReport: Report {
  private let trace: AnalyzedTrace
  private let kind: CostKind
  private let pattern: String
  private let callers: CallTreeWriter
  private let callees: CallTreeWriter

  /// `pattern` names functions as filters do; several are shown as one, each with its own branch.
  ///
  /// - Precondition: the cost is additive.
  /// - Throws: `FilterError` if no stack has such a function.
  public init(
    _ trace: AnalyzedTrace, of pattern: String, by kind: CostKind, extent: TreeReport.Extent
  ) throws(FilterError) {
    precondition(kind.isAdditive, "a tree shows sums")
    self.trace = trace
    self.kind = kind
    self.pattern = pattern
    guard
      trace.stacks.functions.contains(where: { HeapFilter.matchesFunction(pattern, $0.function) })
    else {
      let similar = trace.stacks.similarNames(
        to: [pattern], \.name, HeapFilter.matchesFunction)
      throw FilterError(.noFunction(pattern, similar: similar))
    }
    let total = kind.total(of: trace.profile.totals)
    let trees = CallTree.around(trace.stacks, by: kind) {
      HeapFilter.matchesFunction(pattern, $0)
    }
    callers = CallTreeWriter(tree: trees.callers, kind: kind, extent: extent, total: total)
    callees = CallTreeWriter(tree: trees.callees, kind: kind, extent: extent, total: total)
  }

  /// Writes both sides as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    let title = CostText.title(kind, trace.profile)
    let name = SafeText.sanitized(pattern)
    output.write("\n" + style.title("\(title), callers of \(name)"))
    guard !callers.tree.roots.isEmpty else {
      output.write(": none has any\n")
      return
    }
    output.write("  " + style.faint(CostText.whole(kind, trace.profile)) + "\n\n")
    callers.writeText(to: &output, style)
    output.write("\n" + style.title("What \(name) calls") + "\n\n")
    callees.writeText(to: &output, style)
  }

  /// Writes both sides as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-callers", trace, analyzerVersion, to: &json)
      json.member("by", kind.rawValue)
      json.member("function", pattern)
      json.member("total", kind.total(of: trace.profile.totals))
      ReportJSON.notices(trace.notices, to: &json)
      callers.writeJSON("callers", to: &json)
      callees.writeJSON("callees", to: &json)
    }
    json.finish()
  }
}
