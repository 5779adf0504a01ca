import CTraceFormat
import TraceFormat

/// Where the columns of an events payload stand. Checked: every column lies within the payload,
/// and the lanes' counts agree with the columns' lengths where these are known.
struct EventColumns {
  let header: mt_events_header
  private let lanes: UnsafeRawBufferPointer
  private let laneBytes: Int
  let ops: UnsafePointer<UInt8>
  let fars: LEBReader
  /// `siteBytes` planes of one byte per allocation.
  let sites: UnsafePointer<UInt8>
  let siteBytes: Int
  let survivors: LEBReader
  let releases: LEBReader
  let crossings: LEBReader
  let earlies: LEBReader
  let siteStacks: LEBReader
  let siteSizes: LEBReader
  let order: LEBReader
  let times: LEBReader
  let specials: UnsafeRawBufferPointer
  let mappings: UnsafeRawBufferPointer
  let allocations: Int

  /// Finds the columns of a payload; `major` is the trace's format version.
  ///
  /// - Throws: `TraceError` of kind `damaged`.
  init(payload: UnsafeRawBufferPointer, major: Int) throws(TraceError) {
    let leastBytes = Int(MT_V1_EVENTS_HEADER_BYTES)
    guard payload.count >= leastBytes,
      let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { throw Self.damaged("an event batch ends within its header") }
    var header = payload.load(
      mt_events_header.self, at: 0, stored: major == 1 ? leastBytes : payload.count)
    if major == 1 {
      header.header_bytes = MT_V1_EVENTS_HEADER_BYTES
      header.lane_bytes = MT_V1_LANE_BYTES
    }
    guard header.header_bytes >= MT_V1_EVENTS_HEADER_BYTES, header.lane_bytes >= MT_V1_LANE_BYTES,
      Int(header.header_bytes) <= payload.count
    else { throw Self.damaged("an event batch's header has no possible length") }
    // What its writer did not have is zero.
    header = payload.load(mt_events_header.self, at: 0, stored: Int(header.header_bytes))
    if major == 1 { header.lane_bytes = MT_V1_LANE_BYTES }
    header.header_bytes = max(header.header_bytes, MT_V1_EVENTS_HEADER_BYTES)
    self.header = header
    var offset = Int(header.header_bytes)
    laneBytes = Int(header.lane_bytes)
    let tableBytes = Int(header.lanes).multipliedReportingOverflow(by: laneBytes)
    guard !tableBytes.overflow, tableBytes.partialValue <= payload.count - offset else {
      throw Self.damaged("an event batch ends within its lanes")
    }
    lanes = UnsafeRawBufferPointer(rebasing: payload[offset...].prefix(tableBytes.partialValue))
    offset += tableBytes.partialValue

    var events = 0
    var allocations = 0
    for lane in 0..<Int(header.lanes) {
      let counts = lanes.load(mt_lane.self, at: lane * laneBytes, stored: laneBytes)
      guard counts.allocations <= counts.events else {
        throw Self.damaged("a lane has more allocations than events")
      }
      events += Int(counts.events)
      allocations += Int(counts.allocations)
    }
    guard events == Int(header.events) else {
      throw Self.damaged("an event batch has other events than its lanes")
    }
    guard events + allocations <= Int(MT_BATCH_EVENT_WORDS_MAX) else {
      throw Self.damaged("an event batch is larger than any recorder's: \(events) events")
    }
    self.allocations = allocations
    siteBytes = header.sites > 1 << 16 ? 3 : header.sites > 1 << 8 ? 2 : 1
    guard header.sites <= MT_BATCH_SITES_MAX, header.sites <= header.site_stacks_bytes,
      header.sites <= header.site_sizes_bytes
    else { throw Self.damaged("an event batch has more sites than site columns") }

    let lengths = [
      events, Int(header.fars_bytes), allocations * siteBytes, Int(header.survivors_bytes),
      Int(header.releases_bytes), Int(header.crossings_bytes), Int(header.earlies_bytes),
      Int(header.site_stacks_bytes), Int(header.site_sizes_bytes), Int(header.order_bytes),
      Int(header.times_bytes), Int(header.specials_bytes), Int(header.mappings_bytes),
    ]
    // Later minor versions may add columns at the end.
    guard lengths.reduce(offset, +) <= payload.count else {
      throw Self.damaged("an event batch ends within its columns")
    }
    var starts: [UnsafePointer<UInt8>] = []
    for length in lengths {
      starts.append(base + offset)
      offset += length
    }
    func leb(_ column: Int) -> LEBReader { LEBReader(starts[column], count: lengths[column]) }
    ops = starts[0]
    fars = leb(1)
    sites = starts[2]
    survivors = leb(3)
    releases = leb(4)
    crossings = leb(5)
    earlies = leb(6)
    siteStacks = leb(7)
    siteSizes = leb(8)
    order = leb(9)
    times = leb(10)
    specials = UnsafeRawBufferPointer(start: starts[11], count: lengths[11])
    mappings = UnsafeRawBufferPointer(start: starts[12], count: lengths[12])
  }

  func lane(_ index: Int) -> mt_lane {
    lanes.load(mt_lane.self, at: index * laneBytes, stored: laneBytes)
  }

  static func damaged(_ cause: String) -> TraceError { TraceError(kind: .damaged, cause: cause) }
}
