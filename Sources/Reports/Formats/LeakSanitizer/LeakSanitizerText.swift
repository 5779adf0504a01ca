import Aggregation
import TraceFormat

/// Leaks in the form of LeakSanitizer's reports, which tools and people know how to read.
///
/// Each recorded stack is an entry of its own, as there, with addresses. Every leak is called
/// direct: what the program could still reach is not known.
struct LeakSanitizerText {
  private let leaks: SuppressedLeaks
  private var trace: AnalyzedTrace { leaks.trace }

  init(_ leaks: SuppressedLeaks) { self.leaks = leaks }

  /// Writes the report; nothing but the suppressions in use when there are no leaks.
  func write(to output: inout some TextOutputStream) {
    let costs = trace.profile.costs.filter { $0.leakedAllocations > 0 }
      .sorted { ($0.leakedBytes, $1.stack) > ($1.leakedBytes, $0.stack) }
    if !costs.isEmpty {
      output.write("\n" + String(repeating: "=", count: 65) + "\n")
      output.write(
        "==\(trace.profile.process.pid)==ERROR: LeakSanitizer: detected memory leaks\n\n")
    }
    let paths = Dictionary(
      trace.profile.modules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for cost in costs {
      output.write(
        "Direct leak of \(cost.leakedBytes) byte(s) in \(cost.leakedAllocations) object(s) "
          + "allocated from:\n")
      write(cost.stack, paths, to: &output)
      output.write("\n")
    }
    writeUses(to: &output)
    guard !costs.isEmpty else { return }
    let totals = trace.profile.totals
    output.write(
      "SUMMARY: LeakSanitizer: \(totals.leakedBytes) byte(s) leaked in "
        + "\(totals.leakedAllocations) allocation(s).\n")
  }

  private func write(
    _ stack: StackID, _ modules: [ModuleID: Module], to output: inout some TextOutputStream
  ) {
    let tree = trace.profile.stacks
    var number = 0
    for node in tree.frames(of: stack) {
      let counter = tree.programCounter(of: node)
      guard counter.marker == nil else { continue }
      let module = tree.module(of: node).flatMap { modules[$0] }
      for frame in trace.stacks.wholeFrames(
        ofRecordedNode: node, parent: tree.parent(of: node))
      {
        let address = String(counter.lookupAddress, radix: 16)
        let zeros = String(repeating: "0", count: max(0, 12 - address.count))
        output.write("    #\(number) 0x\(zeros)\(address) in \(SafeText.sanitized(frame.function))")
        output.write(place(of: frame, at: counter.lookupAddress, in: module) + "\n")
        number += 1
      }
    }
  }

  private func place(
    of frame: PresentedFrame, at address: UInt64, in module: Module?
  ) -> String {
    if let file = frame.file {
      return " " + SafeText.sanitized(file) + (frame.line.map { ":\($0)" } ?? "")
    }
    guard let module else { return "" }
    let build = module.buildID.isEmpty ? "" : " (BuildId: \(module.buildIDText))"
    return
      " (\(SafeText.sanitized(module.path))+0x\(String(address &- module.base, radix: 16)))\(build)"
  }

  private func writeUses(to output: inout some TextOutputStream) {
    guard !leaks.uses.isEmpty else { return }
    let rule = String(repeating: "-", count: 53)
    output.write("\(rule)\nSuppressions used:\n  count      bytes template\n")
    for use in leaks.uses {
      output.write(
        "\(right(use.allocations, 7)) \(right(use.bytes, 10)) "
          + SafeText.sanitized(use.entry.suppression.template) + "\n")
    }
    output.write("\(rule)\n\n")
  }

  private func right(_ value: Int, _ columns: Int) -> String {
    let text = String(value)
    return TextTable.spaces(columns - text.count) + text
  }
}
