import HeapModel
import TraceFormat
import TraceInput

/// Puts a profile together from what replay found.
struct ProfileBuilder {
  private let file: TraceFile
  private let result: ReplayResult
  private var facts: RecordCollector

  /// `earlier`: what is known from records that are not among the result's.
  init(_ file: TraceFile, _ result: ReplayResult, _ earlier: RecordCollector? = nil) {
    self.file = file
    self.result = result
    facts = earlier ?? RecordCollector(file)
    for record in result.records { facts.add(record) }
    if let end = result.liveEnd { facts.add(end) }
    for owner in result.ringOwners { facts.add(owner) }
    if let counters = result.liveCounters { facts.counters = facts.counters.merged(with: counters) }
  }

  func build() -> HeapProfile {
    var tree = StackTreeBuilder(result.nodes)
    let costs = costs(&tree)
    var damage = result.damage
    if tree.undefinedNodes > 0 {
      damage.append(
        TraceDamage(
          offset: 0, cause: "\(tree.undefinedNodes) stacks are used but never defined"))
    }
    if tree.cyclicNodes > 0 {
      damage.append(
        TraceDamage(offset: 0, cause: "\(tree.cyclicNodes) stacks are their own callers"))
    }
    return build(
      totals: totals(costs),
      stacks: tree.tree(modules: ModuleMap(facts.modules), recorded: facts.locations), costs: costs,
      threads: threads(), timeline: TimelinePoint.points(result.timeline, until: duration),
      damage: damage)
  }

  /// A profile of the given figures, with the trace's facts. `damage` is that of the file unless
  /// there is more.
  func build(
    totals: HeapTotals, stacks: StackTree, costs: [StackCost], threads: [ThreadProfile],
    timeline: [TimelinePoint], damage: [TraceDamage]? = nil, selection: HeapSelection? = nil
  ) -> HeapProfile {
    var process = facts.process
    process.durationNanoseconds = duration
    var totals = totals
    totals.peakErrorBytes = PeakBound.bytes(threads, process.order)
    return HeapProfile(
      process: process, totals: totals, stacks: stacks, costs: costs, modules: facts.modules,
      threads: threads,
      memorySamples: facts.memorySamples.sorted { $0.timeNanoseconds < $1.timeNanoseconds },
      timeline: timeline, marks: MarkLabels.ordered(facts.marks),
      counters: facts.counters, troubles: facts.troubles, untraced: facts.untraced,
      damage: damage ?? result.damage,
      inventory: inventory(), selection: selection)
  }

  /// The account of resident memory that is nearest to the end, when these blocks are live.
  func account(_ placed: PlacedBlocks) -> MemoryAccount? {
    let pageBytes = max(1, UInt64(file.header.pageBytes))
    guard
      let resident = ResidentPages.nearest(
        to: result.lastTimeNanoseconds, facts.accounts, pageBytes: pageBytes)
    else { return nil }
    let makers = Set(placed.mapped.map(\.stack))
    var counters: [UInt32: UInt64] = [:]
    for node in result.nodes where makers.contains(node.id) {
      counters[node.id] = node.programCounter
    }
    let map = ModuleMap(facts.modules)
    let allocators = Set(facts.modules.lazy.filter { $0.path == facts.process.allocator }.map(\.id))
    return MemoryAccount(
      resident, placed, allocator: facts.process.allocator, pageBytes: pageBytes,
      isAllocators: { node in
        counters[node].flatMap { map.module(of: ProgramCounter(rawValue: $0)) }
          .map(allocators.contains) ?? false
      }, group: { _ in 0 })
  }

  var duration: UInt64 { max(result.lastTimeNanoseconds, facts.lastTimeNanoseconds) }

  private func costs(_ tree: inout StackTreeBuilder) -> [StackCost] {
    // In the order of `HeapTrace`, so that the tree is the same whether or not blocks are followed.
    for node in result.stacks.map(\.node).sorted() { _ = tree.stack(of: node) }
    let ids = result.stacks.map { tree.stack(of: $0.node) }
    // By stack: the place of its cost, plus one. Most stacks did not allocate.
    var places = [UInt32](repeating: 0, count: tree.count)
    for id in ids { places[Int(id.rawValue)] = 1 }
    var costs: [StackCost] = []
    for id in places.indices where places[id] != 0 {
      costs.append(StackCost(stack: StackID(rawValue: UInt32(id))))
      places[id] = UInt32(costs.count)
    }
    for (id, stack) in zip(ids, result.stacks) {
      let place = Int(places[Int(id.rawValue)]) - 1
      costs[place].costs.add(stack.costs)
    }
    return costs
  }

  /// The stacks that were cut, apart by whether a query's condition on stacks leaves them out.
  func cutStacks(
    of trace: HeapTrace, _ query: HeapQuery
  ) -> (left: HeapSelection.CutStacks, counted: HeapSelection.CutStacks) {
    var found = (left: HeapSelection.CutStacks(), counted: HeapSelection.CutStacks())
    guard let chosen = query.stacks, facts.counters.stacksCut > 0 else { return found }
    var isCut = [Bool](repeating: false, count: trace.stacks.count)
    for node in trace.stacks.nodes {
      isCut[Int(node.rawValue)] =
        isCut[Int(trace.stacks.parent(of: node).rawValue)]
        || trace.stacks.programCounter(of: node).marker == .cut
    }
    for stack in result.stacks {
      let id = Int((trace.stackOfNode[stack.node] ?? .root).rawValue)
      guard isCut[id] else { continue }
      if id < chosen.count, chosen[id] {
        found.counted.add(stack.costs.allocations)
      } else {
        found.left.add(stack.costs.allocations)
      }
    }
    if query.window != HeapQuery.wholeRun {  // An index may have answered for the rest.
      found.left.allocations = nil
      found.counted.allocations = nil
    }
    return found
  }

  func totals(_ costs: [StackCost]) -> HeapTotals {
    var totals = HeapTotals()
    totals.costs = result.totals.costs
    totals.unknownFrees = result.totals.unknownFrees
    totals.tellUnknownFrees(apart: facts)
    totals.peakTimeNanoseconds = result.totals.peakTimeNanoseconds
    totals.leakedAllocations = costs.reduce(0) { $0 + $1.leakedAllocations }
    totals.leakedBytes = costs.reduce(0) { $0 &+ $1.leakedBytes }
    totals.liveAllocations = totals.leakedAllocations
    totals.liveBytes = totals.leakedBytes
    totals.reallocations = result.totals.reallocations
    totals.lostEvents = Int(clamping: facts.counters.lostEvents)
    return totals
  }

  func threads() -> [ThreadProfile] {
    var threads = facts.threads
    for part in result.threads {
      var thread = threads[part.id] ?? ThreadProfile(id: part.id)
      thread.costs.add(part.costs)
      threads[part.id] = thread
    }
    return threads.values.sorted { $0.id < $1.id }
  }

  private func inventory() -> TraceInventory {
    var inventory = TraceInventory()
    inventory.formatMajor = file.header.versionMajor
    inventory.formatMinor = file.header.versionMinor
    inventory.fileBytes = file.source.storedByteCount
    inventory.chunkEvents = result.chunkEvents
    inventory.recoveredEvents = result.recoveredEvents
    inventory.stackNodes = result.nodes.count
    let kinds = result.chunks.keys.sorted { $0.order < $1.order }
    inventory.groups = kinds.map { kind in
      var group = TraceInventory.ChunkGroup(name: kind.name)
      group.chunks = result.chunks[kind]?.chunks ?? 0
      group.storedBytes = result.chunks[kind]?.storedBytes ?? 0
      group.payloadBytes = result.chunks[kind]?.payloadBytes ?? 0
      return group
    }
    return inventory
  }
}

extension TraceChunk.Kind {
  /// The format's number, by which chunk types are listed.
  fileprivate var order: Int {
    switch self {
    case .records: 1
    case .stacks: 2
    case .events: 3
    case .raw: 4
    case .live: 5
    case .symbols: 6
    case .checkpoint: 7
    case .index: 8
    case .codeMap: 9
    case .other(let type): Int(type)
    }
  }

  fileprivate var name: String {
    switch self {
    case .records: "records"
    case .stacks: "stacks"
    case .events: "events"
    case .raw: "raw"
    case .live: "live"
    case .checkpoint: "checkpoint"
    case .index: "index"
    case .symbols: "symbols"
    case .codeMap: "code map"
    case .other(let type): "type \(type)"
    }
  }
}
