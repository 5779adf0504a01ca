import Aggregation
import Foundation
import Testing
import TraceFormat

/// Traces that the recorder of each format version wrote of `Tests/Fixtures/known.c`: every version
/// stays readable, and says what valgrind said of the same program.
@Suite("Traces of every format version") struct GoldenTraceTests {
  private static let fixtures = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// The numbers in valgrind's heap summary: bytes and blocks in use at exit, then allocations,
  /// frees and bytes allocated.
  private func valgrind(_ version: String) throws -> [Int] {
    let url = Self.fixtures.appending(path: "\(version)/known.valgrind")
    let text = try String(contentsOf: url, encoding: .utf8)
    return text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
  }

  @Test(
    "The known program's trace agrees with valgrind and with its source",
    arguments: ["v1.0", "v1.1", "v2.0", "v2.1", "v2.2"])
  func known(version: String) throws {
    let path = Self.fixtures.appending(path: "\(version)/known.bin").path
    let profile = try HeapProfile.load(path: path)
    let numbers = try valgrind(version)
    try #require(numbers.count == 5)
    let totals = profile.totals
    #expect(profile.damage == [])
    #expect(totals.leakedAllocations == numbers[1])
    #expect(totals.allocations == numbers[2])
    #expect(totals.frees == numbers[3])
    // The C library keeps a table for the second thread with 16 bytes for each module that has
    // thread-local variables: the preloaded ones come on top.
    let tables = totals.allocatedBytes - numbers[4]
    #expect(tables >= 0 && tables <= 64 && tables.isMultiple(of: 16))
    #expect(totals.leakedBytes - numbers[0] == tables)

    let leak = profile.costs.filter { $0.leakedAllocations == 7 }
    #expect(leak.map(\.leakedBytes) == [700])
    #expect(leak.map(\.allocations) == [7])
    let loops = profile.costs.filter { $0.allocations == 1000 }
    #expect(loops.map(\.allocatedBytes) == [64_000, 64_000])
    #expect(loops.map(\.temporaryAllocations) == [1000, 1000])
    // realloc(NULL), then six times twice the size: each ends the block before it.
    #expect(totals.reallocations == 6)
    #expect(profile.threads.map(\.allocations) == [totals.allocations - 1001, 1001])
    #expect(profile.threads.last?.frees == 1001)
    #expect(totals.peakBytes >= 64_700 && totals.peakBytes < 70_000)

    #expect(profile.process.program == "known")
    #expect(profile.process.end.reason == .exit(code: 0))
    #expect(profile.process.arguments == ["./known"])
    #expect(profile.totals.lostEvents == 0)
    let program = try #require(profile.modules.first { $0.path.hasSuffix("/known") })
    #expect(!program.buildID.isEmpty)
    for cost in leak + loops {
      let modules = profile.stacks.frames(of: cost.stack).map { profile.stacks.module(of: $0) }
      #expect(modules.first == program.id)
    }
  }

  @Test(
    "The calls on mappings in the trace of mapped.c come to what the program said",
    arguments: ["v2.1", "v2.2"])
  func mapped(version: String) throws {
    let folder = Self.fixtures.appending(path: version)
    let output = try String(contentsOf: folder.appending(path: "mapped.txt"), encoding: .utf8)
    var made = 0
    var left = 0
    var peak = 0
    for line in output.split(separator: "\n").map({ $0.split(separator: " ") }) {
      if line[0] == "peak" {
        peak = try #require(Int(line[1]))
      } else {
        made += try #require(Int(line[2]))
        left += try #require(Int(line[3]))
      }
    }
    let path = folder.appending(path: "mapped.bin").path
    let trace = try HeapTrace(path: path)
    var query = HeapQuery()
    query.space = .mappings
    let mappings = try trace.profile(query)
    #expect(mappings.damage == [])
    #expect(mappings.totals.allocatedBytes == made)
    #expect(mappings.totals.leakedBytes == left)
    #expect(mappings.totals.peakBytes == peak)
    #expect(mappings.totals.unknownFrees == 0)
    #expect(mappings.threads.count { $0.allocations > 0 } == 3)

    // The heap does not know of them, both together are the sum.
    let heap = try HeapProfile.load(path: path)
    #expect(heap.totals.allocatedBytes < 100_000)
    #expect(heap.mappings?.peakBytes == peak && heap.mappings?.liveBytes == left)
    #expect(heap.mappings?.mappedBytes == made)
    query.space = .all
    let all = try trace.profile(query)
    #expect(all.totals.allocations == heap.totals.allocations + mappings.totals.allocations)
    #expect(all.totals.allocatedBytes == heap.totals.allocatedBytes + made)
    #expect(all.totals.frees == heap.totals.frees + mappings.totals.frees)
    #expect(all.totals.leakedBytes == heap.totals.leakedBytes + left)
    #expect(all.totals.peakBytes >= peak)
    #expect(all.threads.map(\.id) == heap.threads.map(\.id))
  }

  @Test(
    "Events of the heap that are made anew beside mappings are the same",
    arguments: ["v1.1/known.bin", "v2.0/known.bin", "v2.1/known.bin", "v2.1/desk.bin"])
  func both(name: String) throws {
    let trace = try HeapTrace(path: Self.fixtures.appending(path: name).path)
    var query = HeapQuery()
    query.choice = .present
    let heap = try trace.profile(query)
    query.space = .all
    let all = try trace.profile(query)
    query.space = .mappings
    let mapped = try trace.profile(query)
    #expect(all.totals.allocations == heap.totals.allocations + mapped.totals.allocations)
    #expect(all.totals.temporaryAllocations >= heap.totals.temporaryAllocations)
    #expect(all.totals.leakedBytes == heap.totals.leakedBytes + mapped.totals.leakedBytes)
    #expect(all.totals.unknownFrees == heap.totals.unknownFrees)
  }

  @Test(
    "Since version 2.2 a trace says page by page what was resident", arguments: ["known", "mapped"])
  func account(name: String) throws {
    let trace = try HeapTrace(path: Self.fixtures.appending(path: "v2.2/\(name).bin").path)
    let account = try #require(
      try trace.account(at: .max, samples: [], groups: [], allocator: "/lib/libc.so.6"))
    let pages = try #require(account.pages)
    #expect(pages.reason == .end)
    #expect(account.residentBytes == account.parts.reduce(0) { $0 + $1.bytes })
    #expect(account.residentBytes == pages.residentAfterBytes)
    #expect(account.parts.allSatisfy { $0.bound == .exact })
    #expect(account.liveBytes > 0 && account.untouchedBytes < account.liveBytes)
    #expect(pages.filesByName.keys.contains { $0.hasSuffix("/libc.so.6") })
  }

  @Test("Phases and snapshots are in traces since version 2.1") func phases() throws {
    let path = Self.fixtures.appending(path: "v2.1/known.bin").path
    let found = try HeapTrace(path: path, readsMarks: true).measuredPhases()
    #expect(found.phases.map(\.span.path) == [["start"], ["start", "loop"]])
    #expect(found.phases.map(\.costs.allocations) == [1007, 1000])
    #expect(found.phases.map(\.costs.growthBytes) == [700, 0])
    #expect(found.snapshots.map(\.mark.label) == ["started"])
    #expect(found.snapshots.map(\.liveBytes) == [700])
    #expect(found.snapshots.allSatisfy { $0.mark.residentBytes > 0 })
  }

  @Test(
    "Titles, untraced children, interpreted lines and the order are in the trace of desk.py",
    arguments: ["v2.0", "v2.1", "v2.2"])
  func desk(version: String) throws {
    let path = Self.fixtures.appending(path: "\(version)/desk.bin").path
    let profile = try HeapProfile.load(path: path)
    #expect(profile.damage == [])
    #expect(profile.process.title == "desk: open")
    #expect(profile.process.arguments.suffix(1) == ["desk.py"])
    #expect(profile.process.end.reason == .exit(code: 3))
    #expect(profile.untraced.map(\.path) == ["./till"])
    #expect(profile.untraced.map(\.reason) == [.isStatic])
    let order = try #require(profile.process.order)
    #expect(order.kind == .bounded && order.boundBytes > 0)
    #expect(order.clockIntervalNanoseconds ?? 0 > 0)

    /// The lines of a function of the program on a stack.
    func lines(of function: String, on stack: StackID) -> [Int] {
      profile.stacks.frames(of: stack).compactMap { frame in
        let location = profile.stacks.locations[profile.stacks.locationIndex(of: frame)].recorded
        guard let location, location.function == function else { return nil }
        return location.file == "/tmp/memtrace/desk.py" ? location.line : nil
      }
    }
    // Each list's arrays of 1,000 bytes and the NUL behind them.
    let arrays = profile.costs.filter {
      lines(of: "keep", on: $0.stack) == [12] && $0.allocatedBytes == 1001 * $0.allocations
    }
    #expect(arrays.map(\.allocations).sorted() == [5, 20])
    #expect(
      arrays.filter { lines(of: "<module>", on: $0.stack) == [24] }.map(\.allocations) == [20])
    #expect(profile.threads.count == 2)
  }
}
