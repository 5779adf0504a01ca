import Aggregation
import Glibc
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
    for part in account.parts where part.bytes > 0 || account.pages == nil {
      write(part, of: account, to: &output, style)
    }
    output.write("\n")
    let verdicts = AccountVerdict.sentences(account, trace)
    for paragraph in [remarks(account), verdicts] where !paragraph.isEmpty {
      for line in TextWrap.lines(of: paragraph.joined(separator: " "), columns: style.width - 4) {
        output.write("  \(line)\n")
      }
      if paragraph != verdicts, !verdicts.isEmpty { output.write("\n") }
    }
    writeMappings(account, to: &output, style)
    if let pages = account.pages { writeNames(pages, to: &output, style) }
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
        + right(share, 9) + "   " + name(part.term, of: account) + "\n")
  }

  private func name(_ term: MemoryAccount.Term, of account: MemoryAccount) -> String {
    switch term {
    case .liveBlocks:
      account.pages == nil
        ? "live blocks of the heap"
        : "live blocks of the heap, of \(Quantity.bytes(account.liveBytes)) in "
          + Quantity.counted(account.liveBlocks, "block")
    case .rounding: "headers and rounding of those"
    case .keptByAllocator: "kept by the allocator: free inside its regions"
    case .besideBlocks: "the rest of the pages on which they lie"
    case .mappings: "anonymous mappings of the program"
    case .threadStacks:
      account.pages.map {
        "stacks of the first thread and of " + Quantity.counted($0.threadStacks, "other")
      } ?? "stacks"
    case .programData: "variables of programs and libraries"
    case .otherAnonymous:
      account.pages == nil
        ? "kept by the allocator, stacks, and all else that is anonymous"
        : "anonymous memory that nobody was seen to map"
    case .files: "programs, libraries and mapped files"
    case .sharedMemory: "shared memory"
    case .recorder: "memtrace's own"
    }
  }

  private func remarks(_ account: MemoryAccount) -> [String] {
    var remarks: [String] = []
    if let pages = account.pages {
      remarks += Self.remarks(pages)
      if account.untouchedBytes > 0 {
        remarks.append(
          "Of \(Quantity.bytes(account.liveBytes)) live, \(Quantity.bytes(account.untouchedBytes)) "
            + "are not resident.")
      }
    } else {
      remarks.append(
        "A bound is one because the trace knows where blocks and mappings are, but not which of "
          + "their pages were ever written to. Page tables and swap are not in the sum.")
      if account.untouchedBytes > 0 {
        remarks.append(
          "Of \(Quantity.bytes(account.liveBytes)) live, at least "
            + "\(Quantity.bytes(account.untouchedBytes)) are not resident.")
      }
      if let refusal = account.refusal {
        remarks.append("The kernel did not say more: \(String(cString: strerror(refusal))).")
      }
      if account.blocksInMappingsBytes > 0 {
        remarks.append(
          "\(Quantity.bytes(account.blocksInMappingsBytes)) of the program's mappings are pages of "
            + "the heap, and counted there.")
      }
    }
    if account.mappingsOfGroups.isEmpty {
      remarks.append("No call of mmap and its kin is in the trace.")
    }
    return remarks
  }

  private static func remarks(_ pages: MemoryAccount.Pages) -> [String] {
    var remarks = [
      "Taken page by page in \(Quantity.duration(nanoseconds: pages.tookNanoseconds)), beside the "
        + "running program.",
      "Page tables take \(Quantity.bytes(pages.pageTableBytes)) more"
        + (pages.swappedBytes == 0
          ? "."
          : ", and \(Quantity.bytes(pages.swappedBytes)) are swapped out, of which "
            + "\(Quantity.bytes(pages.swappedLiveBytes)) are of live blocks."),
    ]
    if pages.hugeBytes > 0 {
      remarks.append("\(Quantity.bytes(pages.hugeBytes)) are in huge pages.")
    }
    if pages.isPartial {
      remarks.append(
        "Mappings of more than 16 GiB were left out: this kernel tells them page by page.")
    }
    if pages.isPlain {
      remarks.append(
        "Pages that were read and never written to may be counted: this kernel says less.")
    }
    return remarks
  }

  /// Stacks by what is resident of their mappings, or by these without page-by-page accounts; the most
  /// first.
  private var mappings: [(frames: [PresentedFrame], bytes: UInt64, mappedBytes: UInt64)] {
    guard let account else { return [] }
    return (account.pages?.mappingsOfGroups ?? account.mappingsOfGroups)
      .sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      .map {
        (trace.stacks.frames(ofGroup: $0.key), $0.value, account.mappingsOfGroups[$0.key] ?? 0)
      }
  }

  private func writeMappings(
    _ account: MemoryAccount, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    let mappings = self.mappings
    guard !mappings.isEmpty else { return }
    let sum = mappings.reduce(0) { $0 + $1.bytes }
    let isByPage = account.pages != nil
    output.write(
      "\n"
        + style.title(isByPage ? "Mappings, what is resident of them" : "Mapped, resident or not"))
    output.write("  " + style.faint("\(Quantity.bytes(sum)) in all") + "\n")
    for (index, entry) in mappings.prefix(limit).enumerated() {
      output.write(
        "\n \(index + 1)  " + style.strong(Quantity.bytes(entry.bytes)) + "   "
          + Quantity.percent(Int(clamping: entry.bytes), of: Int(clamping: sum))
          + (isByPage ? "   of \(Quantity.bytes(entry.mappedBytes)) mapped" : "") + "\n")
      StackText(style: style).write(entry.frames, to: &output, indent: 4)
    }
  }

  private static func largest(_ names: [String: UInt64]) -> [(name: String, bytes: UInt64)] {
    names.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { ($0.key, $0.value) }
  }

  private func writeNames(
    _ pages: MemoryAccount.Pages, to output: inout some TextOutputStream, _ style: TextStyle
  ) {
    func write(_ title: String, _ names: [String: UInt64], otherwise: String) {
      guard !names.isEmpty else { return }
      output.write("\n" + style.title(title) + "\n\n")
      for entry in Self.largest(names).prefix(limit) {
        let bytes = Quantity.bytes(entry.bytes)
        output.write(
          TextTable.spaces(13 - SafeText.columns(bytes)) + bytes + "   "
            + SafeText.sanitized(entry.name.isEmpty ? otherwise : entry.name) + "\n")
      }
    }
    write("Files, what is resident of them", pages.filesByName, otherwise: "without a name")
    write(
      "Mappings that nobody was seen to make", pages.othersByName,
      otherwise: "without a name: the program's own system calls, or the C library's")
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
        json.array("verdicts") { json in
          for sentence in AccountVerdict.sentences(account, trace) { json.element(sentence) }
        }
        json.member("liveBlocks", account.liveBlocks)
        json.member("liveBytes", account.liveBytes)
        json.member("livePagesBytes", account.livePagesBytes)
        json.member("untouchedBytes", account.untouchedBytes)
        json.member("anonymousMappingBytes", account.anonymousMappingBytes)
        json.member("blocksInMappingsBytes", account.blocksInMappingsBytes)
        json.member("sharedMappingBytes", account.sharedMappingBytes)
        json.member("fileMappingBytes", account.fileMappingBytes)
        if let pages = account.pages { write(pages, to: &json) }
        json.array("mappings") { json in
          for entry in mappings.prefix(limit) {
            json.object { json in
              json.member("bytes", entry.bytes)
              json.member("mappedBytes", entry.mappedBytes)
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
  private func write<Output>(_ pages: MemoryAccount.Pages, to json: inout JSONWriter<Output>) {
    json.object("pages") { json in
      json.member("reason", pages.reason.rawValue)
      json.member("tookNanoseconds", pages.tookNanoseconds)
      json.member("isPartial", pages.isPartial)
      json.member("isPlain", pages.isPlain)
      json.member("residentBeforeBytes", pages.residentBeforeBytes)
      json.member("residentAfterBytes", pages.residentAfterBytes)
      json.member("pageTableBytes", pages.pageTableBytes)
      json.member("swappedBytes", pages.swappedBytes)
      json.member("swappedLiveBytes", pages.swappedLiveBytes)
      json.member("hugeBytes", pages.hugeBytes)
      json.member("threadStacks", pages.threadStacks)
      for (member, names) in [("files", pages.filesByName), ("others", pages.othersByName)] {
        json.array(member) { json in
          for entry in Self.largest(names).prefix(limit) {
            json.object(compact: true) { json in
              json.member("name", entry.name)
              json.member("bytes", entry.bytes)
            }
          }
        }
      }
    }
  }
}
