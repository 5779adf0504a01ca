import TraceFormat

/// What a replay and its walk know between two batches, but for the live blocks: see "Index" in
/// trace_format.h for the numbers and their order.
struct CheckpointState {
  struct Thread {
    var account: ThreadAccount
    /// As in `BlockWalk.ThreadState`.
    var replacedBytes: Int
    /// What its last release ended, as far as that was a live block.
    var lastEnd: (block: CheckpointBlock, end: BlockEnd)?
  }

  /// Something in a `WaitingList`.
  struct Waiting<Item> {
    let item: Item
    let key: UInt64
    let batchesAgo: Int
    let timeNanoseconds: UInt64
  }

  var totals = ReplayTotals()
  var lastBatch: UInt64 = 0
  var lastTimeNanoseconds: UInt64 = 0
  var threads: [Thread] = []
  /// By account.
  var nodes: [UInt32] = []
  var pendingReleases: [Waiting<LivePartition.PendingRelease>] = []
  var namedReleases: [Waiting<LivePartition.NamedRelease>] = []
  var displaced: [Waiting<CheckpointBlock>] = []
  /// Those among the events.
  var marks: [Mark] = []

  init() {}

  // MARK: Writing

  func encode(to writer: inout LEBWriter) {
    for number in [
      totals.events, totals.allocations, totals.reallocations, totals.allocatedBytes, totals.frees,
      totals.unknownFrees, totals.temporaries, totals.supersededBlocks, totals.peakBytes,
      totals.peakBlocks,
    ] { writer.append(number) }
    writer.append(totals.peakTimeNanoseconds)
    writer.append(lastBatch)
    writer.append(lastTimeNanoseconds)
    writer.append(threads.count)
    for thread in threads { Self.encode(thread, to: &writer) }
    writer.append(nodes.count)
    for node in nodes { writer.append(node) }
    Self.encode(pendingReleases, to: &writer) { $1.append($0.item.thread) }
    Self.encode(namedReleases, to: &writer) {
      $1.append($0.item.name.thread)
      $1.append($0.item.name.sequence)
    }
    Self.encode(displaced, to: &writer) { $0.item.encode(to: &$1) }
    writer.append(marks.count)
    for mark in marks {
      writer.append(mark.timeNanoseconds)
      writer.append(mark.thread.rawValue)
      writer.append(mark.label)
    }
    encodeKinds(to: &writer)
  }

  /// What is more than a mark, by its place among the marks. Left out where nothing is: a reader of
  /// version 2.0 takes the rest.
  private func encodeKinds(to writer: inout LEBWriter) {
    let moments = marks.enumerated().filter { $0.element.kind != .mark }
    guard !moments.isEmpty else { return }
    writer.append(moments.count)
    for (place, mark) in moments {
      writer.append(place)
      writer.append(mark.kind.rawValue | (mark.threshold?.measure?.rawValue ?? 0) << 8)
      writer.append(mark.threshold?.limitBytes ?? mark.phase)
      writer.append(mark.residentBytes)
      writer.append(mark.virtualBytes)
    }
  }

  private static func encode(_ thread: Thread, to writer: inout LEBWriter) {
    let account = thread.account
    writer.append(account.id.rawValue)
    writer.append(account.nextSequence)
    for number in [account.allocations, account.allocatedBytes, account.frees, account.temporaries]
    {
      writer.append(number)
    }
    writer.append(thread.replacedBytes + 1)
    guard let released = account.lastRelease else {
      writer.append(0)
      return
    }
    writer.append(released.origin.code)
    writer.append(released.wasTemporary)
    let unknown = BirthTable.Birth(timeNanoseconds: 0, origin: BlockOrigin(packed: 0))
    CheckpointBlock(released.block, thread.lastEnd?.block.birth ?? unknown).encode(to: &writer)
    writer.append(thread.lastEnd != nil)
    writer.append(thread.lastEnd?.end.timeNanoseconds ?? 0)
  }

  private static func encode<Item>(
    _ waiting: [Waiting<Item>], to writer: inout LEBWriter,
    _ encodeItem: (Waiting<Item>, inout LEBWriter) -> Void
  ) {
    writer.append(waiting.count)
    for entry in waiting {
      writer.append(entry.key)
      writer.append(entry.batchesAgo)
      writer.append(entry.timeNanoseconds)
      encodeItem(entry, &writer)
    }
  }

  // MARK: Reading

  /// Reads a payload; `nil` if it is none.
  init?(_ payload: UnsafeRawBufferPointer) {
    guard var reader = LEBReader(payload) else { return nil }
    totals.events = reader.number()
    totals.allocations = reader.number()
    totals.reallocations = reader.number()
    totals.allocatedBytes = reader.number()
    totals.frees = reader.number()
    totals.unknownFrees = reader.number()
    totals.temporaries = reader.number()
    totals.supersededBlocks = reader.number()
    totals.peakBytes = reader.number()
    totals.peakBlocks = reader.number()
    totals.peakTimeNanoseconds = reader.unsigned()
    lastBatch = reader.unsigned()
    lastTimeNanoseconds = reader.unsigned()
    threads = reader.list(Self.thread)
    nodes = reader.list { UInt32(truncatingIfNeeded: $0.unsigned()) }
    pendingReleases = reader.list {
      Self.waiting(&$0) { key, time, reader in
        LivePartition.PendingRelease(
          address: key, thread: UInt32(truncatingIfNeeded: reader.unsigned()),
          timeNanoseconds: time, event: 0)
      }
    }
    namedReleases = reader.list {
      Self.waiting(&$0) { key, time, reader in
        let thread = UInt32(truncatingIfNeeded: reader.unsigned())
        let sequence = UInt32(truncatingIfNeeded: reader.unsigned())
        return LivePartition.NamedRelease(
          address: key, name: EventBatch.AllocationName(thread: thread, sequence: sequence),
          timeNanoseconds: time)
      }
    }
    displaced = reader.list { Self.waiting(&$0) { _, _, reader in CheckpointBlock(&reader) } }
    marks = reader.list {
      let time = $0.unsigned()
      let thread = ThreadID(rawValue: UInt32(truncatingIfNeeded: $0.unsigned()))
      return Mark(timeNanoseconds: time, thread: thread, label: $0.text())
    }
    if !reader.failed, !reader.isAtEnd {
      let moments = reader.list { ($0.number(), Self.moment(&$0)) }
      for (place, moment) in moments {
        guard marks.indices.contains(place), let moment else { return nil }
        marks[place] = moment(marks[place])
      }
    }
    guard !reader.failed, reader.isAtEnd,
      Self.sum(threads, \.allocations) == totals.allocations,
      Self.sum(threads, \.frees) == totals.frees
    else { return nil }
  }

  /// What makes a mark the moment that it is; `nil` if there is no such kind.
  private static func moment(_ reader: inout LEBReader) -> ((Mark) -> Mark)? {
    let kinds = UInt32(truncatingIfNeeded: reader.unsigned())
    let (number, resident, virtual) = (reader.unsigned(), reader.unsigned(), reader.unsigned())
    guard let kind = Mark.Kind(rawValue: kinds & 0xff) else { return nil }
    let threshold =
      kind == .threshold
      ? Mark.Threshold(
        measure: Mark.Threshold.Measure(rawValue: kinds >> 8), limitBytes: number) : nil
    return { mark in
      Mark(
        timeNanoseconds: mark.timeNanoseconds, thread: mark.thread, label: mark.label, kind: kind,
        phase: threshold == nil ? number : 0, residentBytes: resident, virtualBytes: virtual,
        threshold: threshold)
    }
  }

  /// `nil` if there cannot be so many.
  private static func sum(_ threads: [Thread], _ count: (ThreadAccount) -> Int) -> Int? {
    var sum = 0
    for thread in threads {
      let (more, overflow) = sum.addingReportingOverflow(count(thread.account))
      if overflow { return nil }
      sum = more
    }
    return sum
  }

  private static func thread(_ reader: inout LEBReader) -> Thread {
    var account = ThreadAccount(
      id: ThreadID(rawValue: UInt32(truncatingIfNeeded: reader.unsigned())))
    account.nextSequence = UInt32(truncatingIfNeeded: reader.unsigned())
    account.allocations = reader.number()
    account.allocatedBytes = reader.number()
    account.frees = reader.number()
    account.temporaries = reader.number()
    let replacedBytes = min(reader.number(), Int(BlockLimits.sizeBytes)) - 1
    var thread = Thread(account: account, replacedBytes: replacedBytes)
    guard let origin = ReleasedBlock.Origin(code: reader.unsigned()) else { return thread }
    let wasTemporary = reader.unsigned() != 0
    let block = CheckpointBlock(&reader)
    thread.account.lastRelease = ReleasedBlock(
      origin: origin, block: block.block, wasTemporary: wasTemporary)
    let wasLive = reader.unsigned() != 0
    let end = BlockEnd(
      timeNanoseconds: reader.unsigned(), isTemporary: wasTemporary, isReleased: true)
    if wasLive { thread.lastEnd = (block, end) }
    return thread
  }

  private static func waiting<Item>(
    _ reader: inout LEBReader,
    _ item: (_ key: UInt64, _ time: UInt64, inout LEBReader) -> Item
  ) -> Waiting<Item> {
    let key = reader.unsigned()
    let batchesAgo = reader.number()
    let time = reader.unsigned()
    return Waiting(
      item: item(key, time, &reader), key: key, batchesAgo: batchesAgo, timeNanoseconds: time)
  }
}

extension ReleasedBlock.Origin {
  fileprivate var code: Int {
    switch self {
    case .known: 1
    case .unknown: 2
    case .named: 3
    }
  }

  fileprivate init?(code: UInt64) {
    switch code {
    case 1: self = .known
    case 2: self = .unknown
    case 3: self = .named
    default: return nil
    }
  }
}

extension LEBReader {
  /// A number that fits any sum of counts or sizes.
  fileprivate mutating func number() -> Int { Int(min(unsigned(), 1 << 62)) }

  /// Items after their count, as far as they are there.
  fileprivate mutating func list<Item>(_ item: (inout LEBReader) -> Item) -> [Item] {
    let count = count()
    var items: [Item] = []
    while items.count < count, !failed { items.append(item(&self)) }
    return items
  }
}
