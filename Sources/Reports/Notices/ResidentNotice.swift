import Aggregation
import TraceFormat

/// Says where memory may be that is resident and that no recorded block holds: heaps that programs
/// keep for themselves are known by the files that a process has loaded.
enum ResidentNotice {
  /// A heap beside malloc's.
  private struct Heap {
    /// What names of files begin with, or what paths contain.
    let names: [String]
    let paths: [String]
    let sentence: String
    /// A variable that, if it is set, has been tried already.
    var variable: String?
    /// Whether its blocks are in the trace.
    var isRecorded: @Sendable (RecorderCounters) -> Bool = { _ in false }
  }

  private static let heaps = [
    Heap(
      names: ["python", "libpython"], paths: [],
      sentence: "CPython serves objects of up to 512 bytes from arenas that it maps itself: "
        + "memtrace run --python-objects shows each of them.", variable: "PYTHONMALLOC=",
      isRecorded: { $0.pythonObjects > 0 }),
    Heap(
      names: ["php", "libphp"], paths: [],
      sentence: "PHP's Zend engine has a heap of its own: USE_ZEND_ALLOC=0 has it use malloc.",
      variable: "USE_ZEND_ALLOC="),
    Heap(
      names: ["libjvm.so"], paths: [],
      sentence: "The JVM maps its heap itself; direct buffers and JNI code alone use malloc."),
    Heap(
      names: ["node", "libnode.so"], paths: [],
      sentence: "V8 maps the JavaScript heap itself; buffers and addons alone use malloc."),
    Heap(
      names: ["libluajit"], paths: [], sentence: "LuaJIT maps its heap itself."),
    Heap(
      names: ["ruby", "libruby"], paths: [],
      sentence: "Ruby keeps its objects in pages of its own; their contents alone use malloc."),
    Heap(
      names: ["libarrow.so", "duckdb", "libduckdb.so", "libpolars"],
      paths: ["/polars/", "/duckdb/", "/pyarrow/"],
      sentence: "Arrow, DuckDB and Polars contain a jemalloc or mimalloc under names of their own, "
        + "which is not seen."),
  ]

  static func notices(_ trace: AnalyzedTrace) -> [Notice] {
    let profile = trace.profile
    guard trace.filterSentence == nil, profile.traceCount == 1,
      let memory = ResidentMemory(profile), memory.furthest.isAnonymous,
      memory.furthest.isFarAbove
    else { return [] }
    let furthest = memory.furthest
    let moment = Quantity.moment(nanoseconds: furthest.timeNanoseconds)
    let sentences =
      [
        "At \(moment) \(Quantity.bytes(furthest.residentBytes)) of anonymous memory were resident, "
          + "\(Quantity.bytes(furthest.liveBytes)) of recorded blocks live: "
          + "\(Quantity.bytes(furthest.excessBytes)) more."
      ] + causes(profile, furthest)
    return [
      Notice(
        severity: .note, kind: .residentAboveHeap, message: sentences.joined(separator: " "))
    ]
  }

  /// What may hold it, the likeliest first.
  private static func causes(
    _ profile: HeapProfile, _ furthest: ResidentMemory.Comparison
  ) -> [String] {
    // An account knows.
    if let kept = profile.account?.bytes(of: .keptByAllocator),
      Int(clamping: kept) >= furthest.excessBytes / 2
    {
      return [AccountVerdict.kept(kept, profile)]
    }
    let program = PresentedFrame.baseName(profile.process.executable)
    let earlier =
      profile.timeline.lazy
      .filter { $0.timeNanoseconds <= furthest.timeNanoseconds }
      .map(\.maximumBytes).max() ?? 0
    if earlier - furthest.liveBytes >= furthest.excessBytes / 2 {
      let allocator = PresentedFrame.baseName(profile.process.allocator)
      return [
        "The heap had been \(Quantity.bytes(earlier)): what was freed of it is still resident, "
          + "kept by the allocator (\(allocator.isEmpty ? "unknown" : allocator)) or on pages that "
          + "few live blocks hold. Try malloc_trim(0), MALLOC_ARENA_MAX=2, or another allocator."
      ]
    }
    let known = knownHeaps(profile)
    guard known.isEmpty else { return known.map(\.sentence) }
    return [
      "It did not come from malloc: \(program.isEmpty ? "the program" : program), or a library of "
        + "it, maps memory itself or contains an allocator under other names. memtrace-analyze "
        + "timeline shows when it came."
    ]
  }

  /// The heaps beside malloc's that the process has by the files that it has loaded.
  private static func knownHeaps(_ profile: HeapProfile) -> [Heap] {
    heaps.filter { heap in
      let isLoaded = profile.modules.contains { module in
        let name = PresentedFrame.baseName(module.path)
        return heap.names.contains(where: name.hasPrefix)
          || heap.paths.contains(where: module.path.contains)
      }
      let isTried =
        heap.variable.map { variable in
          profile.process.environment.contains { $0.hasPrefix(variable) }
        } ?? false
      return isLoaded && !isTried && !heap.isRecorded(profile.counters)
    }
  }

  /// What is to be said of the first of them.
  static func knownHeap(_ profile: HeapProfile) -> String? { knownHeaps(profile).first?.sentence }
}
