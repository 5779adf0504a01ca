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
  options.sharedBlocks = 1 << 8
  guard let profile = try? HeapProfile.load(file, options: options) else { return }
  checkWindows(file, options, duration: profile.process.durationNanoseconds)
  // Sums over stacks and over threads are the same sums.
  let totals = profile.totals
  let costs = profile.costs
  let threads = profile.threads
  require(costs.reduce(0) { $0 + $1.allocations } == totals.allocations, "allocations by stack")
  require(threads.reduce(0) { $0 + $1.allocations } == totals.allocations, "allocations by thread")
  require(threads.reduce(0) { $0 + $1.frees } == totals.frees, "frees by thread")
  require(
    costs.reduce(0) { $0 + $1.temporaryAllocations } == totals.temporaryAllocations,
    "temporaries by stack")
  // Invented releases may name a block twice, or blocks of chunks that are lost; only a history that
  // adds up has an exact peak and an exact rest.
  let ended = totals.frees - totals.unknownFrees
  if profile.damage.isEmpty, totals.supersededBlocks == 0, ended <= totals.allocations {
    require(costs.reduce(0) { $0 &+ $1.peakBytes } == totals.peakBytes, "peak bytes by stack")
    require(costs.reduce(0) { $0 + $1.peakAllocations } == totals.peakAllocations, "peak by stack")
    require(totals.allocations - ended == totals.leakedAllocations, "blocks that live on")
  }
  if let events = try? HeapEvents(file) {
    var allocations = 0
    _ = try? events.forEach { event in
      switch event.kind {
      case .allocate, .reallocateMoved, .reallocateInPlace: allocations += 1
      case .release, .restore: break
      }
      return true
    }
    require(allocations == totals.allocations, "allocations listed")
  }
}

/// Asks for windows, which an index may answer.
private func checkWindows(_ file: TraceFile, _ options: LoadOptions, duration: UInt64) {
  guard let trace = try? HeapTrace(file, readsMarks: true) else { return }
  if let account = try? trace.account(at: duration, samples: [], groups: [], allocator: "") {
    require(
      account.parts.reduce(0) { $0 + $1.bytes } == account.residentBytes, "terms of an account")
    require(
      (account.bytes(of: .liveBlocks) ?? 0) <= account.liveBytes, "live bytes that are resident")
  }
  for choice in HeapQuery.Choice.allCases {
    var query = HeapQuery()
    query.choice = choice
    query.window = duration / 3..<duration / 3 * 2
    guard let profile = try? trace.profile(query, options: options) else { continue }
    require(
      profile.costs.reduce(0) { $0 + $1.allocations } == profile.totals.allocations,
      "allocations of a window by stack")
  }
}

/// Ends the run with the name of a contradiction, which a release build's precondition would not say.
private func require(_ condition: Bool, _ what: String) {
  guard !condition else { return }
  print("the profile contradicts itself: \(what)")
  fflush(nil)
  abort()
}
