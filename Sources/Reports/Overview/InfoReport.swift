import Aggregation
import Symbolization
import TraceFormat

/// What a trace file holds: the process, the bytes of the file, modules, threads, the recorder's
/// counters, and everything that could not be read.
public struct InfoReport: Report {
  let trace: AnalyzedTrace

  /// Creates the report.
  public init(_ trace: AnalyzedTrace) { self.trace = trace }

  /// Writes the report as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    let notices = trace.notices
    writeFacts(to: &output, style)
    NoticeText.write(notices, to: &output, style: style)
    writeDamage(to: &output, style)
    writeChunks(to: &output, style)
    writeThreads(to: &output, style)
    writeModules(to: &output, style)
    writeSymbols(to: &output, style)
    writeCounters(to: &output, style)
    writeMarks(to: &output, style)
  }

  private func writeFacts(to output: inout some TextOutputStream, _ style: TextStyle) {
    let process = trace.profile.process
    let inventory = trace.profile.inventory
    output.write("\(style.title(SafeText.sanitized(trace.path)))\n\n")
    let origin =
      switch process.origin {
      case .start: "first program of the run"
      case .exec: "reached by exec or spawn from pid \(process.parentPID)"
      case .fork: "forked from pid \(process.parentPID)"
      case .other: "of unknown origin"
      }
    let rows: [(String, String)] = [
      ("Program", "\(process.program) (pid \(process.pid)), \(origin)"),
      ("Executable", process.executable),
      ("Command", ProcessText.commandLine(of: process)),
      ("Directory", process.workingDirectory),
      ("Environment", process.environment.joined(separator: " ")),
      (
        "Started", ProcessText.moment(realtimeNanoseconds: process.startRealtimeNanoseconds)
      ),
      (
        "Ended",
        "\(ProcessText.ending(of: process)), after "
          + Quantity.elapsed(nanoseconds: process.durationNanoseconds)
      ),
      ("Machine", Self.machineName(process.machine)),
      ("Allocator", process.allocator),
      ("Recorder", process.recorder),
      (
        "Format",
        "\(inventory.formatMajor).\(inventory.formatMinor), "
          + (process.isClosed ? "closed in good order" : "not closed")
      ),
      ("Order", process.order.map(Self.orderText) ?? ""),
      ("Size", Quantity.exactBytes(inventory.fileBytes)),
      (
        "Events",
        "\(Quantity.grouped(inventory.chunkEvents)) in chunks, "
          + "\(Quantity.grouped(inventory.recoveredEvents)) recovered from rings and staging"
      ),
      (
        "Stacks",
        "\(Quantity.counted(inventory.stackNodes, "node")), "
          + "\(Quantity.counted(trace.profile.costs.count, "stack")) that allocated"
      ),
    ]
    for (label, value) in rows where !value.isEmpty {
      let padding = TextTable.spaces(13 - label.count)
      output.write("  \(style.faint(label))\(padding)\(SafeText.sanitized(value))\n")
    }
  }

  private func writeDamage(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !trace.profile.damage.isEmpty else { return }
    output.write("\n\(style.title("Damage"))\n")
    for damage in trace.profile.damage {
      output.write("  \(SafeText.sanitized(damage.description))\n")
    }
  }

  private func writeChunks(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !trace.profile.inventory.groups.isEmpty else { return }
    output.write("\n\(style.title("Chunks"))\n")
    var table = TextTable([
      ("type", .left), ("chunks", .right), ("stored", .right), ("uncompressed", .right),
    ])
    for group in trace.profile.inventory.groups {
      table.add([
        group.name, Quantity.grouped(group.chunks), Quantity.bytes(group.storedBytes),
        Quantity.bytes(group.payloadBytes),
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  private func writeThreads(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !trace.profile.threads.isEmpty else { return }
    output.write("\n\(style.title("Threads"))\n")
    var table = TextTable([
      ("id", .right), ("tid", .right), ("start", .right), ("end", .right),
      ("allocations", .right), ("allocated", .right), ("frees", .right), ("temporary", .right),
      ("leaked", .right), ("name", .left),
    ])
    for thread in trace.profile.threads {
      table.add([
        String(thread.id.rawValue), String(thread.tid),
        Quantity.moment(nanoseconds: thread.startTimeNanoseconds),
        thread.endTimeNanoseconds.map { Quantity.moment(nanoseconds: $0) } ?? "-",
        Quantity.grouped(thread.allocations), Quantity.bytes(thread.allocatedBytes),
        Quantity.grouped(thread.frees), Quantity.grouped(thread.temporaryAllocations),
        Quantity.bytes(thread.leakedBytes), thread.name,
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  private func writeModules(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !trace.profile.modules.isEmpty else { return }
    output.write("\n\(style.title("Modules"))\n")
    let reasons = Dictionary(
      trace.symbolization.modules.map { ($0.module.rawValue, SymbolText.state(of: $0)) },
      uniquingKeysWith: { first, _ in first })
    var table = TextTable([
      ("id", .right), ("start", .right), ("end", .right), ("loaded", .right),
      ("unloaded", .right), ("build id", .left), ("symbols", .left), ("path", .left),
    ])
    for module in trace.profile.modules {
      table.add([
        String(module.id.rawValue), String(module.addresses.lowerBound, radix: 16),
        String(module.addresses.upperBound, radix: 16),
        Quantity.moment(nanoseconds: module.loadTimeNanoseconds),
        module.unloadTimeNanoseconds.map { Quantity.moment(nanoseconds: $0) } ?? "-",
        module.buildID.isEmpty ? "-" : module.buildIDText,
        reasons[module.id.rawValue] ?? "", module.path,
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  private func writeSymbols(to output: inout some TextOutputStream, _ style: TextStyle) {
    let modules = trace.symbolization.modules
    let outside = trace.symbolization.outsideModules
    guard !modules.isEmpty || outside > 0 else { return }
    output.write("\n\(style.title("Missing symbols"))\n")
    var wording = RemedyWording()
    for module in modules {
      let name = SafeText.sanitized(PresentedFrame.baseName(module.path))
      let addresses = Quantity.counted(module.addresses, "address", "addresses")
      let missing =
        module.unresolved > 0
        ? "\(Quantity.grouped(module.unresolved)) of \(addresses)" : "\(addresses) named"
      output.write("  \(name): \(missing), \(SymbolText.state(of: module))\n")
      writeRemedy(module.remedy.map { wording.next($0) }, to: &output, style)
    }
    if outside > 0 {
      output.write(
        "  code of no file: \(Quantity.counted(outside, "address", "addresses"))\n")
      writeRemedy(trace.symbolization.outsideRemedy, to: &output, style)
    }
  }

  private func writeRemedy(
    _ remedy: String?, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    for line in TextWrap.lines(of: SafeText.sanitized(remedy ?? ""), columns: style.width - 6) {
      output.write("    \(style.faint(line))\n")
    }
  }

  private func writeCounters(to output: inout some TextOutputStream, _ style: TextStyle) {
    let counters = InfoCounters.named(trace.profile.counters).filter { $0.value > 0 }
    output.write("\n\(style.title("Recorder"))\n")
    if counters.isEmpty {
      output.write("  nothing lost, no waits, no broken stacks\n")
      return
    }
    let width = counters.reduce(0) { max($0, Quantity.grouped($1.value).count) }
    for counter in counters {
      let value = Quantity.grouped(counter.value)
      output.write("  \(TextTable.spaces(width - value.count))\(value)  \(counter.meaning)\n")
    }
  }

  private func writeMarks(to output: inout some TextOutputStream, _ style: TextStyle) {
    guard !trace.profile.marks.isEmpty else { return }
    output.write("\n\(style.title("Marks"))\n")
    var table = TextTable([("time", .right), ("thread", .right), ("label", .left)])
    for mark in trace.profile.marks {
      table.add([
        Quantity.moment(nanoseconds: mark.timeNanoseconds), String(mark.thread.rawValue),
        mark.label,
      ])
    }
    table.write(to: &output, indent: "  ", style: style)
  }

  /// How exact the order between threads is, and the times.
  private static func orderText(_ order: RecordedOrder) -> String {
    let threads =
      switch order.kind {
      case .exact: "between threads exact for every event"
      case .bounded:
        "between threads exact to \(Quantity.bytes(order.boundBytes)) of each thread's small blocks"
      }
    let times = order.clockIntervalNanoseconds.map {
      "; times to \(Quantity.duration(nanoseconds: $0))"
    }
    return threads + (times ?? "")
  }

  static func machineName(_ machine: UInt16) -> String {
    switch machine {
    case 62: "x86-64"
    case 183: "AArch64"
    default: "ELF machine \(machine)"
    }
  }
}
