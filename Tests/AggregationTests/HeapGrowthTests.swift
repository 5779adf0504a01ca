import Aggregation
import Testing
import TraceTestSupport

/// What the courses of live bytes are taken for.
@Suite struct HeapGrowthTests {
  /// A series of 100 windows of 100 ms with the same values as least and most.
  private func series(
    lastBirth: Int = 99, allocations: Int = 1000, bytes: Int = 100_000,
    spread: (Int) -> Int = { _ in 0 }, _ value: (Int) -> Int
  ) -> HeapSeries {
    let minimum = (0..<100).map(value)
    return HeapSeries(
      windowNanoseconds: 100_000_000, minimumBytes: minimum,
      maximumBytes: (0..<100).map { minimum[$0] + spread($0) },
      minimumBlocks: minimum.map { $0 / 100 }, allocations: allocations, allocatedBytes: bytes,
      survivors: (minimum.last ?? 0) / 100, survivingBytes: minimum.last ?? 0,
      lastBirthWindow: lastBirth)
  }

  private func growth(_ series: HeapSeries) -> HeapGrowth {
    HeapGrowth(series, HeapGrowth.Thresholds(warmUpWindows: 10))
  }

  @Test("A leak grows at its rate, also under noise and when all is freed at the end") func leak() {
    let plain = growth(series { $0 * 500 })
    #expect(plain.verdict == .grows)
    #expect(plain.bytesPerSecond == 5000)
    #expect(abs(plain.blocksPerSecond - 50) < 0.001)
    #expect(plain.confidence == 1)
    let noisy = growth(series { $0 * 500 + $0 * 7919 % 13 * 150 })
    #expect(noisy.verdict == .grows)
    #expect(abs(noisy.bytesPerSecond - 5000) < 500)
    let freed = growth(series { $0 < 98 ? $0 * 500 : 0 })
    #expect(freed.verdict == .grows)
    let underTeeth = growth(series(spread: { _ in 100_000 }) { $0 * 500 })
    #expect(underTeeth.verdict == .grows)
  }

  @Test("Below the threshold it grows slowly") func slow() {
    #expect(growth(series { $0 * 50 }).verdict == .growsSlowly)
  }

  @Test("A cache that fills and stays is a plateau, early or late", arguments: [5, 30, 50])
  func cache(full: Int) {
    #expect(growth(series { min($0, full) * 2000 }).verdict == .plateau)
  }

  @Test("What is there after warm-up and never allocated again is start-up") func startUp() {
    #expect(growth(series(lastBirth: 3) { _ in 50_000 }).verdict == .startUp)
    #expect(growth(series(lastBirth: 60) { _ in 50_000 }).verdict == .plateau)
  }

  @Test("Batches are a sawtooth, slower and faster than windows") func sawtooth() {
    #expect(growth(series { $0 % 20 * 5000 }).verdict == .sawtooth)
    #expect(growth(series(spread: { _ in 90_000 }) { _ in 1000 }).verdict == .sawtooth)
  }

  @Test("One block at a time is temporary, not a sawtooth") func temporary() {
    let one = series(allocations: 10, bytes: 900_000, spread: { _ in 90_000 }) { _ in 0 }
    #expect(growth(one).verdict == .temporary)
  }

  @Test("The trend is not moved by outliers") func trend() {
    var values = Array(stride(from: 0, to: 1000, by: 10))
    values[3] = 1_000_000
    values[50] = -1_000_000
    #expect(abs(RobustTrend(values).slope - 10) < 0.1)
    #expect(RobustTrend([Int]()).slope == 0)
    #expect(RobustTrend([5]).concordance == 0)
    #expect(RobustTrend([3, 2, 1]).concordance == -1)
    #expect(RobustTrend([3, 2, 1]).slope == -1)
  }

  @Test("The slope is the median of all pairs' slopes", arguments: 1...60 as ClosedRange<UInt64>)
  func median(seed: UInt64) {
    var random = SplitMix(state: seed)
    let steps = random.next(4) + 1
    let rise = seed.isMultiple(of: 2) ? 64 : 0
    var values: [Int] = []
    for index in 0..<Int(random.next(40)) + 2 {
      values.append(Int(random.next(steps)) * 100 + index / 8 * rise)
    }
    var slopes: [Double] = []
    for later in values.indices {
      for earlier in 0..<later {
        slopes.append(Double(values[later] - values[earlier]) / Double(later - earlier))
      }
    }
    slopes.sort()
    let middle = slopes.count / 2
    let median =
      slopes.count.isMultiple(of: 2)
      ? (slopes[middle - 1] + slopes[middle]) / 2 : slopes[middle]
    #expect(RobustTrend(values).slope == median)
  }

  @Test("Short series do not fail", arguments: [0, 1, 2, 3, 9]) func short(count: Int) {
    let values = Array(repeating: 7, count: count)
    let series = HeapSeries(
      windowNanoseconds: 1000, minimumBytes: values, maximumBytes: values, minimumBlocks: values,
      allocations: 1, allocatedBytes: 7, survivors: 1, survivingBytes: 7, lastBirthWindow: 0)
    #expect(growth(series).verdict != .grows)
  }
}
