import TraceTestSupport

/// What programs' memory looks like over time, and what it should be taken for.
///
/// Over 400 lines, most of them the list of shapes.
struct GrowthShape: Sendable {
  enum Kind: String, CaseIterable {
    case leak, slowLeak = "slow leak", bounded
  }

  let name: String
  let kind: Kind
  let build: @Sendable (inout SimulatedHeap) -> Void

  init(_ name: String, _ kind: Kind, _ build: @escaping @Sendable (inout SimulatedHeap) -> Void) {
    self.name = name
    self.kind = kind
    self.build = build
  }

  private static let end = SimulatedHeap.seconds

  /// A container that grows by a factor whenever it is full, until a moment.
  private static func container(
    _ heap: inout SimulatedHeap, factor: Double, perStep: Int, until stop: Double = end
  ) {
    var (capacity, used, time) = (0, 0, 0.0)
    var block: UInt64?
    while time < stop {
      used += perStep
      if used > capacity {
        capacity = max(1024, Int(Double(capacity) * factor))
        let larger = heap.allocate(time, capacity)
        if let block { heap.free(time, block) }
        block = larger
      }
      time += 0.02
    }
  }

  /// Batches of blocks, freed when they are complete but for every n-th.
  private static func batches(
    _ heap: inout SimulatedHeap, of count: Int, step: Double, keeping kept: Int? = nil
  ) {
    var batch: [UInt64] = []
    var time = 0.0
    while time < end {
      batch.append(heap.allocate(time, 1000))
      if batch.count == count {
        for (number, block) in batch.enumerated() where kept.map({ number % $0 != 0 }) ?? true {
          heap.free(time, block)
        }
        batch.removeAll()
      }
      time += step
    }
  }

  /// A cache of a number of entries that is full at a moment, the first entry made at another.
  private static func cache(
    _ heap: inout SimulatedHeap, from start: Double, full: Double, step: Double = 0.02,
    size: (inout SplitMix) -> Int = { _ in 2000 }
  ) {
    var entries: [UInt64] = []
    var time = start
    while time < end {
      if time >= full, !entries.isEmpty {
        heap.free(time, entries.remove(at: Int(heap.random.next(UInt64(entries.count)))))
      }
      var random = heap.random
      entries.append(heap.allocate(time, size(&random)))
      heap.random = random
      time += step
    }
  }

  /// Sessions that end after about six seconds; `load` is how many begin in a second. Of `staying`
  /// one is never ended.
  private static func expiring(
    _ heap: inout SimulatedHeap, load: (Double) -> Double, staying: UInt64 = 0
  ) {
    var time = 0.0
    while time < end {
      let session = heap.allocate(time, 1000)
      var random = heap.random
      let close = time + 5 + 2 * heap.fraction(&random)
      heap.random = random
      if close < end, staying == 0 || heap.random.next(staying) > 0 { heap.free(close, session) }
      time += 1 / load(time)
    }
  }

  /// Another stack's blocks, which do not last, until a moment.
  private static func requests(_ heap: inout SimulatedHeap, until stop: Double) {
    var time = 1.0
    while time < stop {
      heap.free(time, heap.allocate(time, 300, stack: SimulatedHeap.other))
      time += 0.005
    }
  }

  private static func steps(_ count: Int, _ body: (Int, Double) -> Void) {
    for step in 0..<count { body(step, Double(step) * end / Double(count)) }
  }

  /// Work that goes fast until a moment, then at a twentieth of that rate.
  private static func load(
    _ heap: inout SimulatedHeap, until moment: Double, rates: (Double, Double) = (100, 5),
    _ body: (inout SimulatedHeap, Double) -> Void
  ) {
    var time = 0.01
    while time < end {
      body(&heap, time)
      time += 1 / (time < moment ? rates.0 : rates.1)
    }
  }

  static let all: [GrowthShape] = leaks + leaksAfterLoads + slowLeaks + bounded + boundedAfterLoads

  private static let leaks = [
    GrowthShape("a block each tick", .leak) { heap in
      for step in 0..<3000 { heap.allocate(Double(step) * 0.02, 500) }
    },
    GrowthShape("a block each tick under churn of the same stack", .leak) { heap in
      heap.churn(rate: 60, stack: SimulatedHeap.judged)
      for step in 0..<2000 { heap.allocate(Double(step) * 0.03, 500) }
    },
    GrowthShape("from the middle on", .leak) { heap in
      for step in 0..<1500 { heap.allocate(30 + Double(step) * 0.02, 500) }
    },
    GrowthShape("at random moments, one a second", .leak) { heap in
      var time = 0.0
      while time < end {
        heap.allocate(time, 4000)
        var random = heap.random
        time += 0.2 + 1.6 * heap.fraction(&random)
        heap.random = random
      }
    },
    GrowthShape("rare and large", .leak) { heap in
      var time = 2.0
      while time < end {
        heap.allocate(time, 1 << 20)
        var random = heap.random
        time += 4 + 5 * heap.fraction(&random)
        heap.random = random
      }
    },
    GrowthShape("a vector that doubles", .leak) { container(&$0, factor: 2, perStep: 160) },
    GrowthShape("a vector that grows by half", .leak) {
      container(&$0, factor: 1.5, perStep: 400)
    },
    GrowthShape("a list that grows by an eighth", .leak) {
      container(&$0, factor: 1.125, perStep: 400)
    },
    GrowthShape("a hash table: nodes, and buckets that double", .leak) { heap in
      container(&heap, factor: 2, perStep: 8)
      for step in 0..<3000 { heap.allocate(Double(step) * 0.02, 100) }
    },
    GrowthShape("a buffer that realloc extends", .leak) { heap in
      var block = heap.allocate(0, 100)
      for step in 1..<2000 { block = heap.reallocate(Double(step) * 0.03, block, step * 100) }
    },
    GrowthShape("two buffers that realloc extends in turns", .leak) { heap in
      var blocks = [heap.allocate(0, 100), heap.allocate(0, 100)]
      for step in 1..<2000 {
        blocks[step % 2] = heap.reallocate(Double(step) * 0.03, blocks[step % 2], step * 60)
      }
    },
    GrowthShape("requests, then idle", .leak) { heap in
      var time = 1.0
      while time < 15 {
        heap.free(time, heap.allocate(time, 300, stack: SimulatedHeap.other))
        heap.allocate(time, 100)
        time += 0.005
      }
    },
    GrowthShape("requests, then idle but for a timer", .leak) { heap in
      var time = 1.0
      while time < 15 {
        heap.free(time, heap.allocate(time, 300, stack: SimulatedHeap.other))
        heap.allocate(time, 100)
        time += 0.005
      }
      for second in 0..<60 {
        heap.free(
          Double(second) + 0.6,
          heap.allocate(Double(second) + 0.5, 64, stack: SimulatedHeap.other))
      }
    },
    GrowthShape("a vector that doubles while there are requests, then idle", .leak) { heap in
      requests(&heap, until: 20)
      container(&heap, factor: 2, perStep: 160, until: 20)
    },
    GrowthShape("in bursts", .leak) { heap in
      for burst in 0..<6 {
        for step in 0..<300 { heap.allocate(Double(burst) * 10 + Double(step) * 0.005, 300) }
      }
    },
    GrowthShape("by day, hardly by night", .leak) { heap in
      var time = 0.0
      while time < end {
        heap.free(time, heap.allocate(time, 300, stack: SimulatedHeap.other))
        heap.allocate(time, 200)
        time += Int(time / 12) % 2 == 0 ? 0.02 : 0.2
      }
    },
    GrowthShape("one of fifty of each batch stays", .leak) {
      batches(&$0, of: 400, step: 0.01, keeping: 50)
    },
    GrowthShape("one of forty of each small batch stays", .leak) {
      batches(&$0, of: 40, step: 0.01, keeping: 40)
    },
    GrowthShape("faster and faster", .leak) { heap in
      var time = 0.0
      while time < end {
        heap.allocate(time, 300)
        time += 0.2 / (1 + time / 10)
      }
    },
    GrowthShape("slower and slower, without a limit", .leak) { heap in
      for step in 0..<2000 {
        heap.allocate(end * Double(step) / 2000 * Double(step) / 2000, 300)
      }
    },
    GrowthShape("over a large cache that was filled first", .leak) { heap in
      for step in 0..<1000 { heap.allocate(Double(step) * 0.002, 20_000) }
      for step in 0..<500 { heap.allocate(4 + Double(step) * 0.11, 400) }
    },
    GrowthShape("one of twenty blocks of a pool is forgotten", .leak) { heap in
      var held = [UInt64?](repeating: nil, count: 100)
      for step in 0..<3000 {
        let slot = Int(heap.random.next(100))
        if let block = held[slot], heap.random.next(20) > 0 {
          heap.free(Double(step) * 0.02, block)
        }
        held[slot] = heap.allocate(Double(step) * 0.02, 1000)
      }
    },
    GrowthShape("a queue that is served too slowly", .leak) { heap in
      var queue: [UInt64] = []
      for step in 0..<6000 {
        let time = Double(step) * 0.01
        if heap.random.next(100) < 60 {
          queue.append(heap.allocate(time, 300))
        } else if !queue.isEmpty {
          heap.free(time, queue.removeFirst())
        }
      }
    },
    GrowthShape("a queue that is served a little too slowly", .leak) { heap in
      var queue: [UInt64] = []
      for step in 0..<12_000 {
        let time = Double(step) * 0.005
        queue.append(heap.allocate(time, 300))
        if queue.count > 20, step % 20 != 0 { heap.free(time, queue.removeFirst()) }
      }
    },
    GrowthShape("columns that are copied whenever they get a row", .leak) { heap in
      var columns: [UInt64] = []
      for step in 0..<200 {
        let time = Double(step) * 0.3
        let copy = (0..<40).map { heap.allocate(time, 200 + 20 * step + $0) }
        for column in columns { heap.free(time, column) }
        columns = copy
      }
    },
    GrowthShape("one of ten sessions is never closed, under rising load", .leak) { heap in
      expiring(&heap, load: { 20 + 40 * $0 / end }, staying: 10)
    },
  ]

  private static let leaksAfterLoads = [
    GrowthShape("loaded fast, then a leak at a twentieth of that rate", .leak) { heap in
      load(&heap, until: 12) { heap, time in heap.allocate(time, 1000) }
    },
    GrowthShape("loaded until the middle, then a leak at a twentieth", .leak) { heap in
      load(&heap, until: 30) { heap, time in heap.allocate(time, 1000) }
    },
    GrowthShape("requests that leak, fast and then at a twentieth of that rate", .leak) { heap in
      load(&heap, until: 20) { heap, time in
        heap.free(time, heap.allocate(time, 300, stack: SimulatedHeap.other))
        heap.allocate(time, 500)
      }
    },
    GrowthShape("loaded fast, then one of ten requests leaks", .leak) { heap in
      load(&heap, until: 12, rates: (50, 50)) { heap, time in
        let block = heap.allocate(time, 2000)
        if time > 12, heap.random.next(10) > 0 { heap.free(time + 0.1, block) }
      }
    },
    GrowthShape("loaded in bursts, then a leak at a twentieth", .leak) { heap in
      for burst in 0..<4 {
        for step in 0..<300 { heap.allocate(Double(burst) * 4 + Double(step) * 0.002, 1000) }
      }
      for step in 0..<220 { heap.allocate(16 + Double(step) * 0.2, 1000) }
    },
    GrowthShape("a buffer that realloc extends, fast and then at a twentieth", .leak) { heap in
      var (block, bytes) = (heap.allocate(0, 100), 100)
      load(&heap, until: 15) { heap, time in
        bytes += 500
        block = heap.reallocate(time, block, bytes)
      }
    },
  ]

  private static let slowLeaks = [
    GrowthShape("900 bytes a second", .slowLeak) { heap in
      for second in 0..<60 { heap.allocate(Double(second) + 0.3, 900) }
    },
    GrowthShape("twelve small blocks", .slowLeak) { heap in
      for number in 0..<12 { heap.allocate(Double(number) * 5 + 2, 400) }
    },
  ]

  private static let bounded = [
    GrowthShape("made at the start", .bounded) { heap in
      for step in 0..<100 { heap.allocate(Double(step) * 0.001, 10_000) }
    },
    GrowthShape("churn", .bounded) { $0.churn(rate: 60, stack: SimulatedHeap.judged) },
    GrowthShape("churn of few large blocks", .bounded) {
      $0.churn(rate: 20, slots: 16, size: 200_000, stack: SimulatedHeap.judged)
    },
    GrowthShape("a cache from the middle to four fifths", .bounded) { heap in
      var time = 30.0
      while time < 48 {
        heap.allocate(time, 2000)
        time += 0.02
      }
    },
    GrowthShape("a cache that is full at four fifths", .bounded) {
      cache(&$0, from: 0, full: 48)
    },
    GrowthShape("a cache that is full at a third", .bounded) { cache(&$0, from: 0, full: 20) },
    GrowthShape("a cache of entries of many sizes", .bounded) {
      cache(&$0, from: 0, full: 12) { 100 + Int($0.next(8000)) }
    },
    GrowthShape("a table of random keys that fills", .bounded) { heap in
      var known: Set<UInt64> = []
      for step in 0..<3000 where known.insert(heap.random.next(500)).inserted {
        heap.allocate(Double(step) * 0.02, 2000)
      }
    },
    GrowthShape("entries that expire", .bounded) { heap in
      for step in 0..<2000 {
        let block = heap.allocate(Double(step) * 0.03, 1000)
        if Double(step) * 0.03 + 12 < end { heap.free(Double(step) * 0.03 + 12, block) }
      }
    },
    GrowthShape("batches", .bounded) { batches(&$0, of: 350, step: 0.02) },
    GrowthShape("three batches", .bounded) { batches(&$0, of: 950, step: 0.02) },
    GrowthShape("small batches", .bounded) { batches(&$0, of: 20, step: 0.02) },
    GrowthShape("a garbage collector", .bounded) { heap in
      var live: [UInt64] = []
      for step in 0..<4000 {
        let time = Double(step) * 0.015
        live.append(heap.allocate(time, 100 + Int(heap.random.next(2900))))
        guard live.count > 600 else { continue }
        live.shuffle(using: &heap.random)
        for block in live.dropFirst(200) { heap.free(time, block) }
        live.removeLast(live.count - 200)
      }
    },
    GrowthShape("one block at a time", .bounded) { heap in
      for step in 0..<3000 {
        heap.free(Double(step) * 0.02 + 0.002, heap.allocate(Double(step) * 0.02, 1000))
      }
    },
    GrowthShape("phases that free what they made", .bounded) { heap in
      for phase in 0..<4 {
        let blocks = (0..<(200 + Int(heap.random.next(600)))).map {
          heap.allocate(Double(phase) * 15 + Double($0) * 0.001, 1000)
        }
        for block in blocks { heap.free(Double(phase) * 15 + 14.9, block) }
      }
    },
    GrowthShape("one late block", .bounded) { $0.allocate(40, 1 << 20) },
    GrowthShape("three late blocks", .bounded) { heap in
      for moment in [12.0, 28, 45] { heap.allocate(moment, 1 << 20) }
    },
    GrowthShape("a vector that is complete at a third", .bounded) {
      container(&$0, factor: 2, perStep: 160, until: 18)
    },
    GrowthShape("freed again from the middle on", .bounded) { heap in
      let blocks = (0..<1000).map { heap.allocate(Double($0) * 0.001, 3000) }
      for (number, block) in blocks.enumerated() { heap.free(30 + Double(number) * 0.02, block) }
    },
    GrowthShape("two levels", .bounded) { heap in
      for level in [0.0, 30] {
        for step in 0..<500 { heap.allocate(level + Double(step) * 0.002, 3000) }
      }
    },
    GrowthShape("a pool about a level", .bounded) { heap in
      var pool = (0..<100).map { _ in heap.allocate(0, 1000) }
      for step in 0..<5000 {
        let time = Double(step) * 0.012
        if Int(heap.random.next(400)) < 200 + 100 - pool.count {
          pool.append(heap.allocate(time, 1000))
        } else if let block = pool.popLast() {
          heap.free(time, block)
        }
      }
    },
    GrowthShape("a pool that fills ever more slowly", .bounded) { heap in
      var count = 0
      for step in 0..<2000 where Double(count) < 200 * (1 - 1 / (1 + Double(step * step) / 40_000))
      {
        heap.allocate(Double(step) * 0.03, 5000)
        count += 1
      }
    },
    GrowthShape("requests in bursts", .bounded) { heap in
      var time = 0.0
      while time < end {
        let blocks = (0...Int(heap.random.next(40))).map {
          heap.allocate(time + Double($0) * 0.001, 2000)
        }
        for block in blocks { heap.free(time + 0.2, block) }
        time += 0.3 + Double(heap.random.next(1000)) / 1000
      }
    },
    GrowthShape("sessions that expire, under rising load", .bounded) { heap in
      expiring(&heap, load: { 30 + 60 * $0 / end })
    },
    GrowthShape("sessions that expire, under load that doubles twice", .bounded) { heap in
      expiring(&heap, load: { $0 < 20 ? 20 : $0 < 40 ? 40 : 80 })
    },
    GrowthShape("loaded at the start, then quiet work", .bounded) { heap in
      for step in 0..<1500 { heap.allocate(Double(step) * 0.002, 1000) }
      heap.churn(rate: 10)
    },
  ]

  private static let boundedAfterLoads = [
    GrowthShape("a vector that is full, then requests, then idle", .bounded) { heap in
      requests(&heap, until: 50)
      container(&heap, factor: 2, perStep: 160, until: 9)
    },
    GrowthShape("loaded fast, then other work at a twentieth of that rate", .bounded) { heap in
      load(&heap, until: 20) { heap, time in
        let block = heap.allocate(
          time, 1000, stack: time < 20 ? SimulatedHeap.judged : SimulatedHeap.other)
        if time >= 20 { heap.free(time + 0.1, block) }
      }
    },
    GrowthShape("loaded fast, then one entry is replaced by the next, at a twentieth", .bounded) {
      heap in
      var entries: [UInt64] = []
      load(&heap, until: 20) { heap, time in
        let size = 1 + Int(heap.random.next(4000))
        if time >= 20 {
          heap.free(time, entries.remove(at: Int(heap.random.next(UInt64(entries.count)))))
        }
        entries.append(heap.allocate(time, size))
      }
    },
    GrowthShape("loaded fast, then sessions that expire, at a twentieth", .bounded) { heap in
      load(&heap, until: 12) { heap, time in
        let block = heap.allocate(time, 1000)
        if time >= 12, time + 6 < end { heap.free(time + 6, block) }
      }
    },
    GrowthShape("loaded fast, then a pool about a level", .bounded) { heap in
      var pool: [UInt64] = []
      load(&heap, until: 15, rates: (100, 20)) { heap, time in
        if time < 15 || heap.random.next(3000) < UInt64(3000 - pool.count) {
          pool.append(heap.allocate(time, 1000))
        } else if let block = pool.popLast() {
          heap.free(time, block)
        }
      }
    },
    GrowthShape("loaded fast, then a second cache that is full at two thirds", .bounded) { heap in
      load(&heap, until: 12) { heap, time in if time < 40 { heap.allocate(time, 1000) } }
    },
    GrowthShape("loaded until the middle, then three more", .bounded) { heap in
      load(&heap, until: 30) { heap, time in if time < 30 { heap.allocate(time, 1000) } }
      for moment in [38.0, 45, 53] { heap.allocate(moment, 1000) }
    },
    GrowthShape("a large table of random keys that fills ever more slowly", .bounded) { heap in
      var known: Set<UInt64> = []
      for step in 0..<6000 where known.insert(heap.random.next(1500)).inserted {
        heap.allocate(Double(step) * 0.01, 500)
      }
    },
    GrowthShape("memory of what was asked, by requests of every popularity", .bounded) { heap in
      var known: Set<UInt64> = []
      for step in 0..<6000 {
        let key = min(heap.random.next(800), heap.random.next(800))
        if known.insert(key).inserted { heap.allocate(Double(step) * 0.01, 1000) }
      }
    },
  ]
}
