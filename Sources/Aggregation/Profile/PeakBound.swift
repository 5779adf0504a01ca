import TraceFormat

/// How far a peak may be off because the order of threads' small blocks is not recorded.
enum PeakBound {
  /// What each thread allocates within a turn, for as many threads as allocated at one time: see
  /// "Order" in `trace_format.h`. `nil` if the trace says nothing of its order.
  ///
  /// Complexity: O(n log n) in the number of threads.
  static func bytes(_ threads: [ThreadProfile], _ order: RecordedOrder?) -> Int? {
    let most = most(threads.filter { $0.allocations > 0 })
    guard most > 1 else { return 0 }
    guard let order else { return nil }
    return order.kind == .exact ? 0 : Int(clamping: order.boundBytes) * most
  }

  /// The most threads that lived at one time. One that began when another ended counts beside it.
  private static func most(_ threads: [ThreadProfile]) -> Int {
    let starts = threads.map(\.startTimeNanoseconds).sorted()
    let ends = threads.map { $0.endTimeNanoseconds ?? .max }.sorted()
    var ended = 0
    var most = 0
    for (begun, start) in starts.enumerated() {
      while ended < ends.count, ends[ended] < start { ended += 1 }
      most = max(most, begun + 1 - ended)
    }
    return most
  }
}
