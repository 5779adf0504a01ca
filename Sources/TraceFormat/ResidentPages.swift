import CTraceFormat

/// Which pages of a process were resident at one moment, by its mappings: an account of the trace.
/// trace_format/account.h has the layout.
public struct ResidentPages: Sendable, Hashable {
  /// A mapping, or a part of one, that has resident pages.
  public struct Region: Sendable, Hashable {
    public internal(set) var addresses: Range<UInt64>
    public let isWritable: Bool
    public let isExecutable: Bool
    public let isShared: Bool
    /// Of a file, or of shared memory.
    public let isOfFile: Bool
    /// As `/proc/PID/maps` calls it; empty of most anonymous memory.
    public let name: String
    /// Places in `runs`.
    public internal(set) var runs: Range<Int>
  }

  /// Pages beside each other that are alike.
  public struct Run: Sendable, Hashable {
    public let addresses: Range<UInt64>
    /// Of the file, or shared memory; else the process's own.
    public let isOfFile: Bool
    public let isSwapped: Bool
    public let isHuge: Bool
  }

  /// Where a thread's stack is.
  public struct ThreadStack: Sendable, Hashable {
    public let thread: ThreadID
    /// On the stack, and what the C library keeps of the thread, near its upper end.
    public let addresses: Range<UInt64>
  }

  /// When it was begun, and how long that took.
  public let timeNanoseconds: UInt64
  public let tookNanoseconds: UInt64
  public let reason: AccountPart.Reason
  public let isPartial: Bool
  public let isPlain: Bool
  public let residentBeforeBytes: UInt64
  public let residentAfterBytes: UInt64
  public let pageTableBytes: UInt64
  public let swapBytes: UInt64
  /// In the order of their addresses, without overlaps.
  public private(set) var regions: [Region] = []
  public private(set) var runs: [Run] = []
  /// The recorder's own memory, in no order.
  public private(set) var own: [Range<UInt64>] = []
  public private(set) var stacks: [ThreadStack] = []

  /// Reads an account's parts.
  ///
  /// - Throws: `TraceError` when a part is missing or contradicts itself.
  public init(_ parts: [AccountPart], pageBytes: UInt64) throws(TraceError) {
    guard let last = parts.last, last.isLast, !last.isRefused,
      parts.enumerated().allSatisfy({ $0.element.number == $0.offset })
    else { throw Self.damaged("an account of resident memory is not complete") }
    timeNanoseconds = last.timeNanoseconds
    tookNanoseconds = last.tookNanoseconds
    reason = last.reason
    isPartial = last.isPartial
    isPlain = last.isPlain
    residentBeforeBytes = last.residentBeforeBytes
    residentAfterBytes = last.residentAfterBytes
    pageTableBytes = last.pageTableBytes
    swapBytes = last.swapBytes
    for part in parts {
      var entries = AccountEntries(part.entries, pageBytes: max(1, pageBytes))
      var before: UInt64 = 0
      var name = ""
      while !entries.isAtEnd {
        switch mt_account_entry(rawValue: UInt32(truncatingIfNeeded: try entries.number())) {
        case MT_ACCOUNT_REGION:
          try addRegion(&entries, after: &before, &name)
        case MT_ACCOUNT_OWN: own.append(try entries.pages(from: 0))
        case MT_ACCOUNT_STACK:
          let thread = ThreadID(rawValue: UInt32(truncatingIfNeeded: try entries.number()))
          let address = try entries.number()
          let (top, isBeyond) = address.addingReportingOverflow(try entries.number())
          guard !isBeyond else { throw Self.damaged("a stack is beyond all addresses") }
          stacks.append(ThreadStack(thread: thread, addresses: address..<top))
        default: throw Self.damaged("an account has an entry of a kind that is unknown")
        }
      }
    }
  }

  /// The account nearest to a moment among all parts of a trace; those that are not complete are passed
  /// over.
  public static func nearest(
    to moment: UInt64, _ parts: [AccountPart], pageBytes: UInt64
  ) -> ResidentPages? {
    func distance(_ time: UInt64) -> UInt64 { max(time, moment) - min(time, moment) }
    let accounts = Dictionary(grouping: parts, by: \.timeNanoseconds)
    for (_, parts) in accounts.sorted(by: {
      (distance($0.key), $0.key) < (distance($1.key), $1.key)
    }) {
      if let pages = try? ResidentPages(parts, pageBytes: pageBytes) { return pages }
    }
    return nil
  }

  private mutating func addRegion(
    _ entries: inout AccountEntries, after before: inout UInt64, _ name: inout String
  ) throws(TraceError) {
    let addresses = try entries.pages(from: before)
    let flags = try entries.number()
    func has(_ flag: mt_region_flag) -> Bool { flags & UInt64(flag.rawValue) != 0 }
    if !has(MT_REGION_SAME_NAME) { name = try entries.text() }
    let first = runs.count
    var end = addresses.lowerBound
    while true {
      let (gap, length, state) = try entries.run()
      if length == 0 { break }
      let run = try entries.range(from: end, gap: gap, pages: length)
      guard run.upperBound <= addresses.upperBound else {
        throw Self.damaged("pages of an account are outside of their mapping")
      }
      runs.append(
        Run(
          addresses: run, isOfFile: state & UInt64(MT_RUN_FILE.rawValue) != 0,
          isSwapped: state & UInt64(MT_RUN_SWAPPED.rawValue) != 0,
          isHuge: state & UInt64(MT_RUN_HUGE.rawValue) != 0))
      end = run.upperBound
    }
    before = addresses.upperBound
    // What a part had no room for goes on in the next one.
    if let last = regions.last, last.addresses.upperBound > addresses.lowerBound {
      guard last.addresses.upperBound == addresses.upperBound,
        addresses.lowerBound >= last.runs.last.map({ runs[$0].addresses.upperBound })
          ?? last.addresses.lowerBound
      else { throw Self.damaged("mappings of an account overlap") }
      regions[regions.count - 1].addresses = last.addresses.lowerBound..<addresses.lowerBound
    }
    regions.append(
      Region(
        addresses: addresses, isWritable: has(MT_REGION_WRITE),
        isExecutable: has(MT_REGION_EXECUTE), isShared: has(MT_REGION_SHARED),
        isOfFile: has(MT_REGION_FILE), name: name, runs: first..<runs.count))
  }

  fileprivate static func damaged(_ cause: String) -> TraceError {
    TraceError(kind: .damaged, cause: cause)
  }
}

/// Reads the numbers of an account's entries.
private struct AccountEntries {
  /// No machine has addresses beyond.
  private static let addressEnd: UInt64 = 1 << 57

  private let bytes: [UInt8]
  private let pageBytes: UInt64
  private var offset = 0

  init(_ bytes: [UInt8], pageBytes: UInt64) {
    self.bytes = bytes
    self.pageBytes = pageBytes
  }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func number() throws(TraceError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard offset < bytes.count else {
        throw ResidentPages.damaged("an account ends within an entry")
      }
      let byte = bytes[offset]
      offset += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw ResidentPages.damaged("an account has a number of more than 64 bits")
  }

  mutating func text() throws(TraceError) -> String {
    let count = try number()
    guard count <= UInt64(bytes.count - offset) else {
      throw ResidentPages.damaged("an account ends within a name")
    }
    defer { offset += Int(count) }
    return String(decoding: bytes[offset..<offset + Int(count)], as: UTF8.self)
  }

  /// How far behind a place, and how many.
  mutating func pages(from place: UInt64) throws(TraceError) -> Range<UInt64> {
    let gap = try number()
    return try range(from: place, gap: gap, pages: try number())
  }

  mutating func run() throws(TraceError) -> (gap: UInt64, pages: UInt64, state: UInt64) {
    let gap = try number()
    let run = try number()
    return (gap, run >> UInt64(MT_RUN_STATE_BITS), run & (1 << UInt64(MT_RUN_STATE_BITS) - 1))
  }

  func range(from place: UInt64, gap: UInt64, pages: UInt64) throws(TraceError) -> Range<UInt64> {
    let limit = (Self.addressEnd - place) / pageBytes
    guard gap <= limit, pages <= limit - gap else {
      throw ResidentPages.damaged("an account has pages beyond all addresses")
    }
    let start = place + gap * pageBytes
    return start..<start + pages * pageBytes
  }
}
