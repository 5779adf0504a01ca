import Aggregation
import TraceFormat

/// Where a process's resident memory was at one moment, without rest.
public struct AccountReport: Report {
  private let trace: AnalyzedTrace
  private let account: MemoryAccount?
  private let limit: Int

  /// Creates the report; `account` is nil where the trace's samples do not tell kinds of memory apart.
  /// At most `limit` stacks of mappings are shown.
  public init(_ trace: AnalyzedTrace, _ account: MemoryAccount?, limit: Int) {
    self.trace = trace
    self.account = account
    self.limit = limit
  }

  /// Writes the account as text.
  public func writeText(to output: inout some TextOutputStream, style: TextStyle) {
    ReportHeading.write(trace, to: &output, style: style)
    guard let account else {
      output.write("\n  \(Self.nothing)\n")
      return
    }
    let moment = Quantity.moment(nanoseconds: account.timeNanoseconds)
    output.write(
      "\n" + style.title("Resident at \(moment)") + "  "
        + style.strong(Quantity.bytes(account.residentBytes)) + "\n\n")
    for part in account.parts { write(part, of: account, to: &output, style) }
    output.write("\n")
    for line in TextWrap.lines(
      of: remarks(account).joined(separator: " "), columns: style.width - 4)
    {
      output.write("  \(line)\n")
    }
    writeMappings(account, to: &output, style)
  }

  private static let nothing =
    "The trace has no memory sample that tells anonymous memory, files and shared memory apart."

  private func write(
    _ part: MemoryAccount.Part, of account: MemoryAccount, to output: inout some TextOutputStream,
    _ style: TextStyle
  ) {
    let bound =
      switch part.bound {
      case .exact: ""
      case .atMost: part.bytes == 0 ? "" : "at most"
      case .atLeast: "at least"
      }
    func right(_ text: String, _ columns: Int) -> String {
      TextTable.spaces(columns - SafeText.columns(text)) + text
    }
    let share = Quantity.percent(
      Int(clamping: part.bytes), of: Int(clamping: account.residentBytes))
    output.write(
      "  " + style.faint(right(bound, 8)) + right(Quantity.bytes(part.bytes), 11)
        + right(share, 9) + "   " + Self.name(part.term) + "\n")
  }

  private static func name(_ term: MemoryAccount.Term) -> String {
    switch term {
    case .liveBlocks: "live blocks of the heap"
    case .besideBlocks: "the rest of the pages on which they lie"
    case .mappings: "anonymous mappings of the program"
    case .otherAnonymous: "kept by the allocator, stacks, and all else that is anonymous"
    case .files: "programs, libraries and mapped files"
    case .sharedMemory: "shared memory"
    case .recorder: "memtrace's own"
    }
  }

  private func remarks(_ account: MemoryAccount) -> [String] {
    var remarks = [
      "A bound is one because the trace knows where blocks and mappings are, but not which of their "
        + "pages were ever written to. Page tables and swap are not in the sum."
    ]
    if account.untouchedBytes > 0 {
      remarks.append(
        "Of \(Quantity.bytes(account.liveBytes)) live, at least "
          + "\(Quantity.bytes(account.untouchedBytes)) are not resident.")
    }
    if account.blocksInMappingsBytes > 0 {
      remarks.append(
        "\(Quantity.bytes(account.blocksInMappingsBytes)) of the program's mappings are pages of the "
          + "heap, and counted there.")
    }
    if account.mappingsOfGroups.isEmpty {
      remarks.append("No call of mmap and its kin is in the trace.")
    }
    return remarks
  }

  /// Stacks by what they have mapped, the most first.
  private var mappings: [(frames: [PresentedFrame], bytes: UInt64)] {
    guard let account else { return [] }
    return account.mappingsOfGroups.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .map { (trace.stacks.frames(ofGroup: $0.key), $0.value) }
  }

  private func writeMappings(
    _ account: MemoryAccount, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let mappings = self.mappings
    guard !mappings.isEmpty else { return }
    let sum = account.mappingsOfGroups.values.reduce(0, +)
    output.write("\n" + style.title("Mapped, resident or not"))
    output.write("  " + style.faint("\(Quantity.bytes(sum)) in all") + "\n")
    for (index, entry) in mappings.prefix(limit).enumerated() {
      output.write(
        "\n \(index + 1)  " + style.strong(Quantity.bytes(entry.bytes)) + "   "
          + Quantity.percent(Int(clamping: entry.bytes), of: Int(clamping: sum)) + "\n")
      StackText(style: style).write(entry.frames, to: &output, indent: 4)
    }
  }

  /// Writes the account as JSON.
  public func writeJSON<Output>(to json: inout JSONWriter<Output>, analyzerVersion: String) {
    json.object { json in
      ReportJSON.header("memtrace-account", trace, analyzerVersion, to: &json)
      ReportJSON.notices(trace.notices, to: &json)
      guard let account else {
        json.member("account", nil)
        return
      }
      json.object("account") { json in
        json.member("timeNanoseconds", account.timeNanoseconds)
        json.member("residentBytes", account.residentBytes)
        json.array("parts") { json in
          for part in account.parts {
            json.object(compact: true) { json in
              json.member("part", part.term.rawValue)
              json.member("bytes", part.bytes)
              json.member("bound", part.bound.rawValue)
            }
          }
        }
        json.member("liveBlocks", account.liveBlocks)
        json.member("liveBytes", account.liveBytes)
        json.member("livePagesBytes", account.livePagesBytes)
        json.member("untouchedBytes", account.untouchedBytes)
        json.member("anonymousMappingBytes", account.anonymousMappingBytes)
        json.member("blocksInMappingsBytes", account.blocksInMappingsBytes)
        json.member("sharedMappingBytes", account.sharedMappingBytes)
        json.member("fileMappingBytes", account.fileMappingBytes)
        json.array("mappings") { json in
          for entry in mappings.prefix(limit) {
            json.object { json in
              json.member("bytes", entry.bytes)
              json.array("frames") { json in
                for frame in entry.frames { ReportJSON.frame(frame, to: &json) }
              }
            }
          }
        }
      }
    }
    json.finish()
  }
}
