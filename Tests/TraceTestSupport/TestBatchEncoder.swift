import CTraceFormat

/// Encodes operations as an events payload, by the format's text alone: it shares nothing with the
/// recorder or the decoder but the header.
struct TestBatchEncoder {
  private struct Lane {
    var thread: UInt32
    var space: UInt32
    var firstSequence: UInt32
    var ops: [UInt8] = []
    var fars = ByteWriter()
    var lastNamed = 0
    var farCount = 0
    var sites: [Int] = []
    /// Per allocation: its address, `nil` once a release of the batch named it.
    var unnamed: [UInt64?] = []
    var releases = ByteWriter()
    var releaseCount = 0
    var lastReleased: UInt64 = 0
    var crossings = ByteWriter()
    var crossingCount = 0
    var earlies = ByteWriter()
  }

  private struct Site: Hashable {
    let stack: UInt32
    let size: UInt64
  }

  /// Of the format's version.
  private let major: Int
  private let ageLimit: Int
  /// Bytes that a later version puts at the ends of the header and of each lane.
  private let growth: Int
  private var lanes: [Lane] = []
  private var laneOfThread: [UInt32: Int] = [:]

  private init(major: Int, growth: Int) {
    self.major = major
    self.growth = growth
    ageLimit = major == 1 ? Int(MT_V1_AGE_LIMIT) : Int(MT_OP_AGE_LIMIT.rawValue)
  }

  private var sites: [Site] = []
  private var siteNumbers: [Site: Int] = [:]
  /// Blocks of this batch that are live at the place of encoding, by address.
  private var live: [UInt64: (lane: Int, index: Int)] = [:]
  /// What each thread's last release named of this batch.
  private var lastRelease: [UInt32: (address: UInt64, block: (lane: Int, index: Int)?)] = [:]
  private var order: [(lane: Int, count: Int)] = []
  private var specials = ByteWriter()
  private var specialCount: UInt32 = 0
  private var eventCount = 0
  /// Threads whose lanes are of a space that no version knows.
  private var foreignThreads: Set<UInt32> = []

  /// The payload. `sequences` are the numbers of allocations of each thread before the batch, and
  /// are brought up to date; `nanosecondsPerEvent` is the invented clock's step.
  static func encode(
    _ operations: [TestOperation], number: UInt64, firstTime: UInt64,
    nanosecondsPerEvent: UInt64, sequences: inout [UInt32: UInt32], major: Int = 2,
    growth: Int = 0, foreignThreads: Set<UInt32> = []
  ) -> [UInt8] {
    var encoder = TestBatchEncoder(major: major, growth: growth)
    encoder.foreignThreads = foreignThreads
    for operation in operations {
      encoder.open(operation.thread, sequences)
      if case .allocate(let thread, _, _, _, _) = operation { sequences[thread, default: 0] += 1 }
    }
    encoder.planAllocations(operations)
    for operation in operations { encoder.encode(operation, time: firstTime) }
    return encoder.payload(
      number: number, firstTime: firstTime, nanosecondsPerEvent: nanosecondsPerEvent)
  }

  /// A block's identity: its address, and the space of the lane.
  private func place(_ address: UInt64, _ lane: Int) -> UInt64 {
    address | UInt64(lanes[lane].space) << 60
  }

  private mutating func open(_ thread: UInt32, _ sequences: [UInt32: UInt32]) {
    guard laneOfThread[thread] == nil else { return }
    laneOfThread[thread] = lanes.count
    lanes.append(
      Lane(
        thread: thread, space: foreignThreads.contains(thread) ? 7 : MT_SPACE_HEAP,
        firstSequence: sequences[thread] ?? 0))
  }

  /// Allocations by thread in their order: a named release may stand before its allocation.
  private var planned: [UInt32: Int] = [:]
  private mutating func planAllocations(_ operations: [TestOperation]) {
    for case .allocate(let thread, _, _, _, _) in operations { planned[thread, default: 0] += 1 }
  }

  private mutating func encode(_ operation: TestOperation, time: UInt64) {
    let lane = laneOfThread[operation.thread] ?? 0
    if order.last?.lane == lane {
      order[order.count - 1].count += 1
    } else {
      order.append((lane, 1))
    }
    eventCount += 1
    switch operation {
    case .allocate(_, let address, let size, let stack, let origin):
      allocate(lane, address, Site(stack: stack, size: size), origin)
    case .release(let thread, let address):
      if let block = live.removeValue(forKey: place(address, lane)) {
        name(block, by: lane)
        lastRelease[thread] = (address, block)
      } else {
        releaseByAddress(address, by: lane)
        lastRelease[thread] = (address, nil)
      }
    case .releaseOf(_, let owner, let sequence, let address):
      let ownerLane = laneOfThread[owner]
      let index = ownerLane.map { Int(sequence) - Int(lanes[$0].firstSequence) } ?? -1
      if let ownerLane, index >= 0, index < planned[owner] ?? 0 {
        if let block = live[place(address, lane)], block == (ownerLane, index) {
          live[place(address, lane)] = nil
        }
        name((ownerLane, index), by: lane)
      } else {
        lanes[lane].ops.append(UInt8(MT_OP_RELEASE_EARLY.rawValue))
        lanes[lane].crossingCount += 1
        lanes[lane].earlies.leb(UInt64(owner))
        lanes[lane].earlies.leb(UInt64(sequence))
        lanes[lane].earlies.leb(address >> UInt64(MT_ADDRESS_SHIFT))
      }
    case .restore(let thread, let address):
      special(lane, TestRecords.restore(address: address))
      if let block = lastRelease[thread]?.block {
        live[place(address, lane)] = block
        // The block is released by name again, or carries its address in the record.
      }
    case .mark(let thread, let label, let kind, let phase):
      special(
        lane,
        TestRecords.mark(
          thread: thread, timeNanoseconds: time, label: label, kind: kind, phase: phase))
    case .reserved(_, let code): lanes[lane].ops.append(code)
    }
  }

  private mutating func allocate(
    _ lane: Int, _ address: UInt64, _ site: Site, _ origin: TestOperation.Origin
  ) {
    let number =
      siteNumbers[site]
      ?? {
        siteNumbers[site] = sites.count
        sites.append(site)
        return sites.count - 1
      }()
    let op: mt_op =
      switch origin {
      case .fresh: MT_OP_ALLOCATE
      case .moved: MT_OP_REALLOCATE_MOVED
      case .inPlace: MT_OP_REALLOCATE_IN_PLACE
      }
    lanes[lane].ops.append(UInt8(op.rawValue))
    let index = lanes[lane].sites.count
    lanes[lane].sites.append(number)
    let isNamed = namedAhead.remove(Block(lane: lane, index: index)) != nil
    lanes[lane].unnamed.append(isNamed ? nil : address)
    if !isNamed { live[place(address, lane)] = (lane, index) }
  }

  private struct Block: Hashable {
    let lane: Int
    let index: Int
  }
  private var namedAhead: Set<Block> = []

  private mutating func name(_ block: (lane: Int, index: Int), by lane: Int) {
    if block.index < lanes[block.lane].unnamed.count {
      lanes[block.lane].unnamed[block.index] = nil
    } else {
      namedAhead.insert(Block(lane: block.lane, index: block.index))
    }
    let age = lanes[lane].sites.count - block.index
    guard block.lane == lane, age > 0 else {
      lanes[lane].ops.append(UInt8(MT_OP_RELEASE_CROSS.rawValue))
      lanes[lane].crossingCount += 1
      lanes[lane].crossings.leb(UInt64(block.lane))
      lanes[lane].crossings.leb(UInt64(block.index))
      return
    }
    if age <= ageLimit {
      lanes[lane].ops.append(UInt8(Int(MT_OP_AGE_FIRST.rawValue) + age - 1))
    } else {
      lanes[lane].ops.append(UInt8(MT_OP_RELEASE_FAR.rawValue))
      lanes[lane].farCount += 1
      lanes[lane].fars.zigzag(Int64(block.index - lanes[lane].lastNamed))
    }
    lanes[lane].lastNamed = block.index
  }

  private mutating func releaseByAddress(_ address: UInt64, by lane: Int) {
    let shifted = address >> UInt64(MT_ADDRESS_SHIFT)
    lanes[lane].ops.append(UInt8(MT_OP_RELEASE_ADDRESS.rawValue))
    lanes[lane].releaseCount += 1
    lanes[lane].releases.zigzag(Int64(bitPattern: shifted &- lanes[lane].lastReleased))
    lanes[lane].lastReleased = shifted
  }

  private mutating func special(_ lane: Int, _ record: [UInt8]) {
    lanes[lane].ops.append(UInt8(MT_OP_SPECIAL.rawValue))
    specials.append(record)
    specialCount += 1
  }

  private func payload(
    number: UInt64, firstTime: UInt64, nanosecondsPerEvent: UInt64
  ) -> [UInt8] {
    var survivors = ByteWriter()
    var table = ByteWriter()
    for lane in lanes {
      var previous: UInt64 = 0
      var count: UInt32 = 0
      for case .some(let address) in lane.unnamed {
        let shifted = address >> UInt64(MT_ADDRESS_SHIFT)
        survivors.zigzag(Int64(bitPattern: shifted &- previous))
        previous = shifted
        count += 1
      }
      let facts = mt_lane(
        thread: lane.thread, first_sequence: lane.firstSequence,
        events: UInt32(lane.ops.count), allocations: UInt32(lane.sites.count),
        far_releases: UInt32(lane.farCount), survivors: count,
        address_releases: UInt32(lane.releaseCount), crossings: UInt32(lane.crossingCount),
        space: lane.space, reserved: 0)
      table.append(grown(facts, version1: Int(MT_V1_LANE_BYTES)))
    }
    var stacks = ByteWriter()
    var sizes = ByteWriter()
    var previousStack: Int64 = 0
    for site in sites {
      stacks.zigzag(Int64(site.stack) - previousStack)
      previousStack = Int64(site.stack)
      sizes.leb(site.size)
    }
    var orderColumn = ByteWriter()
    if lanes.count > 1 {
      for (lane, count) in order {
        orderColumn.leb(UInt64(lane))
        orderColumn.leb(UInt64(count))
      }
    }
    let (times, lastTime) = timeColumn(firstTime, nanosecondsPerEvent)
    var header = mt_events_header()
    header.batch = number
    header.first_time_ns = firstTime
    header.last_time_ns = lastTime
    header.lanes = UInt32(lanes.count)
    header.sites = UInt32(sites.count)
    header.events = UInt32(eventCount)
    header.specials = specialCount
    header.fars_bytes = UInt32(lanes.reduce(0) { $0 + $1.fars.bytes.count })
    header.survivors_bytes = UInt32(survivors.bytes.count)
    header.releases_bytes = UInt32(lanes.reduce(0) { $0 + $1.releases.bytes.count })
    header.crossings_bytes = UInt32(lanes.reduce(0) { $0 + $1.crossings.bytes.count })
    header.header_bytes = UInt32(MemoryLayout<mt_events_header>.size + growth)
    header.lane_bytes = UInt32(MemoryLayout<mt_lane>.size + growth)
    header.earlies_bytes = UInt32(lanes.reduce(0) { $0 + $1.earlies.bytes.count })
    header.site_stacks_bytes = UInt32(stacks.bytes.count)
    header.site_sizes_bytes = UInt32(sizes.bytes.count)
    header.order_bytes = UInt32(orderColumn.bytes.count)
    header.times_bytes = UInt32(times.bytes.count)
    header.specials_bytes = UInt32(specials.bytes.count)

    var payload = ByteWriter()
    payload.append(grown(header, version1: Int(MT_V1_EVENTS_HEADER_BYTES)))
    payload.append(table.bytes)
    for lane in lanes { payload.append(lane.ops) }
    for lane in lanes { payload.append(lane.fars.bytes) }
    let siteBytes = sites.count > 65_536 ? 3 : sites.count > 256 ? 2 : 1
    for plane in 0..<siteBytes {
      for lane in lanes {
        payload.append(lane.sites.map { UInt8(truncatingIfNeeded: $0 >> (8 * plane)) })
      }
    }
    payload.append(survivors.bytes)
    for lane in lanes { payload.append(lane.releases.bytes) }
    for lane in lanes { payload.append(lane.crossings.bytes) }
    for lane in lanes { payload.append(lane.earlies.bytes) }
    for column in [stacks, sizes, orderColumn, times, specials] { payload.append(column.bytes) }
    return payload.bytes
  }

  /// A structure as the version has it.
  private func grown<Structure: BitwiseCopyable>(
    _ structure: Structure, version1: Int
  ) -> [UInt8] {
    let bytes = withUnsafeBytes(of: structure) { Array($0) }
    return major == 1
      ? Array(bytes.prefix(version1)) : bytes + Array(repeating: 0xee, count: growth)
  }

  /// One entry about every third event.
  private func timeColumn(_ first: UInt64, _ step: UInt64) -> (ByteWriter, lastTime: UInt64) {
    var column = ByteWriter()
    var time = first
    for event in stride(from: 3, to: eventCount, by: 3) {
      let units = (first + UInt64(event) * step - time) >> UInt64(MT_TIME_SHIFT)
      column.leb(3)
      column.leb(units)
      time += units << UInt64(MT_TIME_SHIFT)
    }
    return (column, time)
  }
}
