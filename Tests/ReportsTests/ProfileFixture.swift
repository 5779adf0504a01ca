import Aggregation
import Reports
import Symbolization
import TraceFormat

/// Builds profiles from stacks written as function names, outermost first.
///
/// Each distinct list of names becomes one recorded stack. A name may be given an address of its
/// own by a suffix such as `grow@2`: another address in the same function. Totals are the sums of
/// what was added, as in a real profile.
struct ProfileFixture {
  var process: TracedProcess
  var counters = RecorderCounters()
  var troubles: [Trouble] = []
  var damage: [TraceDamage] = []
  var modules: [Module]
  var threads: [ThreadProfile] = []
  var timeline: [TimelinePoint] = []
  var memorySamples: [MemorySample] = []
  var marks: [Mark] = []
  var inventory = TraceInventory()
  var totals = HeapTotals()
  var relatives: [RelatedTrace] = []
  var rules = FrameRules.standard
  var keepsAllFrames = false
  var separatesLines = false
  /// Makes the profile the answer to a query, as if it counted everything.
  var isAnswer = false
  /// Places of functions: file and line, by the name with its suffix.
  var places: [String: (file: String, line: Int)] = [:]
  /// What tells functions from others of their name, by the name with its suffix.
  var definitions: [String: FunctionDefinition] = [:]
  var foldsRecursion = true
  /// Numbers of functions' modules, by the name with its suffix; 1 if it is not here. Code of
  /// module 0 is in no file, and has no name.
  var moduleOfFrame: [String: UInt32] = [:]
  /// Names that are put in front of a function as its inlined callees, outermost first.
  var inlined: [String: [String]] = [:]

  private var parents: [StackID] = [.root]
  private var programCounters: [ProgramCounter] = [ProgramCounter(rawValue: 0)]
  private var nodeModules: [ModuleID?] = [nil]
  private var nodes: [String: StackID] = [:]
  private var addresses: [String: UInt64] = [:]
  private var costs: [StackCost] = []

  init(program: String = "demo") {
    process = TracedProcess(program: program)
    process.executable = "/opt/demo/bin/\(program)"
    process.arguments = [program, "--load", "two words"]
    process.workingDirectory = "/home/user"
    process.pid = 4242
    process.rootPID = 4242
    process.parentPID = 17
    process.startRealtimeNanoseconds = 1_700_000_000_000_000_000
    process.durationNanoseconds = 3_410_000_000
    process.end = ProcessEnd(timeNanoseconds: 3_410_000_000, reason: .exit(code: 0))
    modules = [
      Module(
        id: ModuleID(rawValue: 1), path: "/opt/demo/bin/\(program)", base: 0x1000,
        addresses: 0x1000..<0x10_0000, buildID: [0xde, 0xad, 0xbe, 0xef])
    ]
    inventory.fileBytes = 1_258_291
  }

  /// Adds a recorded stack and returns its index in `HeapProfile.costs`.
  mutating func add(
    _ frames: [String], allocations: Int = 0, bytes: Int = 0,
    peak: (blocks: Int, bytes: Int) = (0, 0),
    leaked: (blocks: Int, bytes: Int) = (0, 0), temporary: Int = 0,
    sizes: ClosedRange<Int>? = nil
  ) {
    var node = StackID.root
    var path = ""
    for frame in frames {
      path += "\u{0}" + frame
      if let known = nodes[path] {
        node = known
        continue
      }
      let new = StackID(rawValue: UInt32(parents.count))
      parents.append(node)
      switch frame {
      case "CUT", "BROKEN":
        programCounters.append(frame == "CUT" ? .cut : .broken)
        nodeModules.append(nil)
      default:
        let address = addresses[frame] ?? 0x2000 + UInt64(addresses.count) * 0x10
        addresses[frame] = address
        programCounters.append(ProgramCounter(rawValue: address + 1))
        let module = moduleOfFrame[frame] ?? 1
        nodeModules.append(module == 0 ? nil : ModuleID(rawValue: module))
      }
      nodes[path] = new
      node = new
    }
    var cost = StackCost(stack: node)
    cost.allocations = allocations
    cost.allocatedBytes = bytes
    cost.peakAllocations = peak.blocks
    cost.peakBytes = peak.bytes
    cost.leakedAllocations = leaked.blocks
    cost.leakedBytes = leaked.bytes
    cost.liveAllocations = leaked.blocks
    cost.liveBytes = leaked.bytes
    cost.temporaryAllocations = temporary
    // Of one size where the sums allow it.
    let one = allocations > 0 && bytes.isMultiple(of: allocations) ? bytes / allocations : nil
    for size in sizes.map({ [$0.lowerBound, $0.upperBound] }) ?? one.map({ [$0] }) ?? [] {
      cost.sizes.add(size)
      if leaked.blocks > 0 {
        cost.leakedSizes.add(size)
        cost.liveSizes.add(size)
      }
    }
    costs.append(cost)
    totals.allocations += allocations
    totals.allocatedBytes += bytes
    totals.peakAllocations += peak.blocks
    totals.peakBytes += peak.bytes
    totals.leakedAllocations += leaked.blocks
    totals.leakedBytes += leaked.bytes
    totals.liveAllocations += leaked.blocks
    totals.liveBytes += leaked.bytes
    totals.temporaryAllocations += temporary
    totals.frees = totals.allocations - totals.leakedAllocations
  }

  /// Puts functions into the C library.
  mutating func addLibrary(of functions: [String]) {
    let id = UInt32(modules.count + 1)
    modules.append(
      Module(
        id: ModuleID(rawValue: id), path: "/lib/x86_64-linux-gnu/libc.so.6", base: 0x20_0000,
        addresses: 0x20_0000..<0x30_0000, buildID: []))
    for function in functions { moduleOfFrame[function] = id }
  }

  var profile: HeapProfile {
    HeapProfile(
      process: process, totals: totals,
      stacks: StackTree(parents: parents, programCounters: programCounters, modules: nodeModules),
      costs: costs, modules: modules, threads: threads, memorySamples: memorySamples,
      timeline: timeline, marks: marks, counters: counters, troubles: troubles, damage: damage,
      inventory: inventory, selection: isAnswer ? selection : nil)
  }

  /// Its rows are those of thread 1.
  private var selection: HeapSelection {
    var query = HeapQuery()
    query.grouping = .thread
    let bar = HeapHistogram.Bar(values: 8...15, blocks: 1, bytes: 9)
    return HeapSelection(
      query: query, window: 0..<process.durationNanoseconds, runAllocations: totals.allocations,
      rows: [HeapSelection.Row(group: 1, cost: totals.cost)], sizes: HeapHistogram([bar]),
      lifetimes: HeapHistogram([bar]))
  }

  var trace: AnalyzedTrace {
    var frames: [CodeAddress: [SourceFrame]] = [:]
    for (name, address) in addresses {
      let place = places[name]
      let outer = SourceFrame(
        function: function(name), linkageName: name, file: place?.file, line: place?.line,
        definition: definitions[name])
      let inner = (inlined[name] ?? []).map {
        SourceFrame(
          function: $0, linkageName: $0, file: places[$0]?.file, line: places[$0]?.line,
          isInlined: true)
      }
      let module = ModuleImage.ID(moduleOfFrame[name] ?? 1)
      frames[CodeAddress(module: module, address: address)] = inner.reversed() + [outer]
    }
    let symbolizer = FixedSymbolizer(frames)
    if isAnswer {
      var filter = HeapFilter()
      filter.functions = ["*"]
      return AnalyzedTrace(
        path: "trace.bin", answer: profile,
        stacks: PresentedStacks(
          of: profile.stacks, modules: modules, symbolizer: symbolizer, rules: rules),
        symbolization: symbolizer.diagnostics, filter: filter, relatives: relatives)
    }
    return AnalyzedTrace(
      path: "trace.bin", profile: profile, symbolizer: symbolizer, rules: rules,
      keepsAllFrames: keepsAllFrames, separatesLines: separatesLines,
      foldsRecursion: foldsRecursion, relatives: relatives)
  }

  private func function(_ name: String) -> String {
    name.split(separator: "@", maxSplits: 1).first.map(String.init) ?? name
  }
}

extension ProfileFixture {
  /// A program with every kind of cost: what the golden reports show.
  static var typical: ProfileFixture {
    var fixture = ProfileFixture(program: "indexer")
    let start = ["_start", "__libc_start_main", "main"]
    fixture.places["main"] = ("/src/indexer/main.cpp", 41)
    fixture.places["load_documents"] = ("/src/indexer/load.cpp", 120)
    fixture.places["parse"] = ("/src/indexer/parse.cpp", 77)
    fixture.places["parse@2"] = ("/src/indexer/parse.cpp", 91)
    fixture.inlined["load_documents"] = ["Document::Document(std::string)"]
    fixture.places["Document::Document(std::string)"] = ("/src/indexer/document.h", 12)
    fixture.add(
      start + ["load_documents", "operator new(unsigned long)"], allocations: 20_000,
      bytes: 8_388_608, peak: (10_000, 4_194_304))
    fixture.add(
      start + ["parse", "operator new(unsigned long)"], allocations: 1_000_000,
      bytes: 64_000_000, peak: (12, 768), temporary: 990_000)
    fixture.add(
      start + ["parse@2", "operator new(unsigned long)"], allocations: 500_000,
      bytes: 32_000_000, peak: (8, 512), temporary: 500_000)
    fixture.add(
      start + ["load_documents", "parse", "strdup", "malloc"], allocations: 300, bytes: 9_999,
      peak: (150, 5_000), leaked: (150, 5_000))
    fixture.add(
      start + Array(repeating: "walk(Node const*)", count: 40)
        + [
          "std::vector<std::pair<std::string, std::map<int, std::vector<long>>>, std::allocator<std::pair<std::string, std::map<int, std::vector<long>>>>>::reserve(unsigned long)"
        ], allocations: 7, bytes: 1_048_576, peak: (1, 524_288), leaked: (1, 524_288))
    fixture.totals.peakTimeNanoseconds = 1_200_000_000
    fixture.totals.reallocations = 4_321
    fixture.threads = [ThreadProfile(id: ThreadID(rawValue: 1))]
    fixture.threads[0].tid = 4242
    fixture.threads[0].name = "indexer"
    fixture.memorySamples = [
      MemorySample(
        timeNanoseconds: 1_000_000_000, residentBytes: 20_000_000, virtualBytes: 90_000_000)
    ]
    let levels = [100_000, 1_000_000, 4_724_872, 3_000_000, 529_288]
    fixture.timeline = levels.enumerated().map { index, level in
      TimelinePoint(
        timeNanoseconds: UInt64(index + 1) * 682_000_000, liveBytes: level, minimumBytes: level / 2,
        maximumBytes: level, liveAllocations: level / 64, allocations: 304_061,
        allocatedBytes: 21_089_436)
    }
    return fixture
  }
}

extension CostKind {
  /// What the quick replay tells of every trace, and fixtures have some of.
  static var ofEveryTrace: [CostKind] { allCases.filter { !$0.needsQuery } }
}
