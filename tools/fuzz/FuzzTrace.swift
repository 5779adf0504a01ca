import Aggregation
import Glibc
import TraceFormat
import TraceInput

/// libFuzzer's entry: reads any bytes as a trace, first as they are, then sealed: with the checksums
/// that a recorder would have written, so that damage reaches the decoders behind them.
///
/// Whatever the bytes, the reader must neither crash nor contradict itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTrace(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  check(bytes)
  check(SealedTrace.seal(bytes))
  return 0
}

private func check(_ bytes: [UInt8]) {
  guard let file = try? TraceFile(source: MemorySource(bytes)) else { return }
  var options = LoadOptions()
  options.timelinePoints = 16
  options.decoderThreads = 1
  guard let profile = try? HeapProfile.load(file, options: options) else { return }
  // Sums over stacks and over threads are the same sums.
  let totals = profile.totals
  precondition(profile.costs.reduce(0) { $0 + $1.allocations } == totals.allocations)
  precondition(profile.threads.reduce(0) { $0 + $1.allocations } == totals.allocations)
  precondition(profile.threads.reduce(0) { $0 + $1.frees } == totals.frees)
  precondition(
    profile.costs.reduce(0) { $0 + $1.temporaryAllocations } == totals.temporaryAllocations)
  precondition(profile.costs.reduce(0) { $0 &+ $1.peakBytes } == totals.peakBytes)
  precondition(profile.costs.reduce(0) { $0 + $1.peakAllocations } == totals.peakAllocations)
  precondition(
    totals.allocations - (totals.frees - totals.unknownFrees) - totals.supersededBlocks
      == totals.leakedAllocations)
  for cost in profile.costs { precondition(cost.leakedBytes >= 0 && cost.leakedAllocations >= 0) }
  if let events = try? HeapEvents(file) {
    var allocations = 0
    _ = try? events.forEach { event in
      switch event.kind {
      case .allocate, .reallocateMoved, .reallocateInPlace: allocations += 1
      case .release, .restore: break
      }
      return true
    }
    precondition(allocations == totals.allocations)
  }
}
