import Aggregation
import Testing
import TraceFormat
import TraceInput
import TraceTestSupport

@Suite("Windows of time") struct TimeWindowTests {
  @Test(
    "Moments are read as they are written",
    arguments: [
      ("1.5s", TimePoint.nanoseconds(1_500_000_000)), ("250ms", .nanoseconds(250_000_000)),
      ("10us", .nanoseconds(10_000)), ("7ns", .nanoseconds(7)),
      ("2min", .nanoseconds(120_000_000_000)),
      ("3", .nanoseconds(3_000_000_000)), ("40%", .percent(40)), ("12.5%", .percent(12.5)),
      ("140%", .mark("140%", number: nil)), ("loaded", .mark("loaded", number: nil)),
      ("loaded#2", .mark("loaded", number: 2)), ("loaded#0", .mark("loaded#0", number: nil)),
      ("mark:40%", .mark("40%", number: nil)), ("-1s", .mark("-1s", number: nil)),
      ("1e9", .mark("1e9", number: nil)), ("1.2.3s", .mark("1.2.3s", number: nil)),
      ("inf", .mark("inf", number: nil)), ("#1", .mark("#1", number: nil)),
    ]) func moments(text: String, expected: TimePoint)
  {
    #expect(TimePoint(text) == expected)
  }

  @Test("What is no length of time is none")
  func lengths() {
    for text in ["", "s", "ms", ".", "1 s", "١s", "99999999999999h"] {
      #expect(TimePoint.nanoseconds(text) == nil, "\(text)")
    }
    #expect(TimePoint("") == nil)
  }

  /// Marks `a`, `b`, `a`, `b` between allocations, each in a batch of its own.
  private func trace() throws -> HeapTrace {
    var builder = InventedTrace.builder(stacks: 1)
    builder.nanosecondsPerEvent = 1 << 20
    for (index, label) in ["a", "b", "a", "b"].enumerated() {
      builder.appendBatch([
        .allocate(thread: 1, address: UInt64(index + 1) * 16, size: 8, stack: 1)
      ])
      builder.appendBatch([.mark(thread: 1, label: label)])
    }
    builder.appendBatch([.release(thread: 1, address: 16)])
    return try HeapTrace(try TraceFile(source: MemorySource(builder.closed())), readsMarks: true)
  }

  @Test("Marks part the run where they stand") func marks() throws {
    let trace = try trace()
    #expect(trace.marks.map(\.label) == ["a", "b", "a", "b"])
    func allocations(_ from: String?, _ to: String?) throws -> Int {
      var query = HeapQuery()
      query.window = try TimeWindow(
        from: from.flatMap { TimePoint($0) }, to: to.flatMap { TimePoint($0) }
      ).resolved(in: trace.times)
      return try trace.profile(query).totals.allocations
    }
    #expect(try allocations("a", "b") == 1)
    #expect(try allocations("a", nil) == 3)
    #expect(try allocations("a#2", "b") == 1)
    #expect(try allocations("b", "a") == 1)
    #expect(try allocations(nil, "b#2") == 4)
    #expect(try allocations("0%", "100%") == 4)
  }

  @Test("What cannot be resolved says why") func errors() throws {
    let trace = try trace()
    func cause(_ from: TimePoint?, _ to: TimePoint?) -> FilterError.Cause? {
      do throws(FilterError) {
        _ = try TimeWindow(from: from, to: to).resolved(in: trace.times)
        return nil
      } catch {
        return error.cause
      }
    }
    let labels = ["a", "b", "a", "b"]
    #expect(
      cause(.mark("c", number: nil), nil) == .noMark("c", number: nil, known: labels))
    #expect(cause(.mark("a", number: 3), nil) == .noMark("a", number: 3, known: labels))
    #expect(
      cause(nil, .nanoseconds(1 << 40)) == .outsideRun(1 << 40, trace.durationNanoseconds))
    #expect(cause(.percent(60), .percent(40)) != nil)
    #expect(cause(.percent(40), .percent(40)) != nil)
    #expect(cause(.mark("b", number: 2), .mark("a", number: 1)) != nil)
    // What a report shows of the run's length, rounded up, is its end.
    #expect(cause(nil, .nanoseconds(trace.durationNanoseconds + 10)) == nil)
  }
}
