import HeapModel
import TraceFormat
import TraceInput

/// An opened trace with what it says outside its events: enough to say which of its blocks are
/// wanted, before they are read.
public struct HeapTrace: Sendable {
  public let file: TraceFile
  /// All stacks of the trace.
  public let stacks: StackTree
  /// In the order of loading.
  public let modules: [Module]
  /// In the order of their numbers; names and times only.
  public let threads: [ThreadProfile]
  /// In the order of time; complete if they were asked for.
  public private(set) var marks: [Mark]
  /// From the start of recording to the last thing that was read of.
  public let durationNanoseconds: UInt64
  let stackOfNode: [UInt32: StackID]
  /// In the order of the file.
  let accountParts: [AccountPart]
  /// Those that blocks may be of.
  public var stacksOfBlocks: Set<StackID> { Set(stackOfNode.values).union([.root]) }

  /// What the trace's moments are told by.
  public var times: RunTimes { RunTimes(durationNanoseconds: durationNanoseconds, marks: marks) }

  /// Opens a trace and reads its stacks, modules and threads; with `readsMarks` its marks, too,
  /// which stand between the events and cost as much time as these.
  ///
  /// - Throws: `TraceError`, as `HeapProfile.load(path:options:progress:)`.
  public init(
    path: String, readsMarks: Bool = false, progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) {
    try self.init(try TraceFile(path: path), readsMarks: readsMarks, progress: progress)
  }

  /// Reads an opened trace's stacks, modules and threads.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public init(
    _ file: TraceFile, readsMarks: Bool = false, progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) {
    self.file = file
    let found = try TraceReplayer.definitions(of: file, readsEvents: readsMarks) { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    }
    var facts = RecordCollector(file)
    for record in found.records { facts.add(record) }
    if let end = found.end { facts.add(end) }
    for owner in found.ringOwners { facts.add(owner) }
    modules = facts.modules
    threads = facts.threads.values.sorted { $0.id < $1.id }
    marks = MarkLabels.ordered(facts.marks)
    accountParts = facts.accounts
    durationNanoseconds = max(facts.lastTimeNanoseconds, found.lastTimeNanoseconds)
    var builder = StackTreeBuilder(found.nodes)
    var ids: [UInt32: StackID] = [:]
    for node in found.nodes where StackTreeBuilder.isStack(node) {
      ids[node.id] = builder.stack(of: node.id)
    }
    for node in found.allocatingNodes.sorted() { ids[node] = builder.stack(of: node) }
    stackOfNode = ids
    stacks = builder.tree(modules: ModuleMap(facts.modules), recorded: facts.locations)
  }

  /// The same trace with its marks, where a profile of it has told them.
  public func knowing(_ marks: [Mark]) -> HeapTrace {
    var trace = self
    trace.marks = marks
    return trace
  }

  /// The profile of the blocks that a query counts. `progress` is called now and then, on the
  /// caller's thread.
  ///
  /// Time is linear in the events, or, in a trace with an index, in those of the window and the
  /// blocks that live across a checkpoint; memory in the live blocks and stacks that count.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public func profile(
    _ query: HeapQuery, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapProfile {
    func replay(
      usesIndex: Bool
    ) throws(TraceError) -> (answer: BlockQueryResult, result: ReplayResult) {
      let replayer = TraceReplayer(
        file, timelinePoints: 2, decoderThreads: options.decoderThreads,
        sharedBlocks: options.sharedBlocks, space: query.space)
      let answer = try replayer.run(
        blockQuery(query), timelinePoints: options.timelinePoints,
        runEndNanoseconds: durationNanoseconds, usesIndex: usesIndex
      ) { bytes, events in
        progress?(
          LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
      }
      return (answer, replayer.result())
    }
    let (answer, result): (BlockQueryResult, ReplayResult)
    do throws(TraceError) {
      (answer, result) = try replay(usesIndex: true)
    } catch  where error.kind == .damaged {
      // Of the index: everything that it says the events say, too.
      (answer, result) = try replay(usesIndex: false)
    }
    return QueryProfileBuilder(self, query, answer, ProfileBuilder(file, result))
      .build()
  }

  /// A query in the trace's own numbers.
  func blockQuery(_ query: HeapQuery) -> BlockQuery {
    let stackOfNode = stackOfNode
    let chosen = query.stacks
    let groups: [UInt32]? = if case .groups(let groups) = query.grouping { groups } else { nil }
    var result = BlockQuery { node in
      // A stack that is not defined, or came after the trace was opened, is shown without frames.
      let stack = Int((stackOfNode[node] ?? .root).rawValue)
      if let chosen, !(stack < chosen.count && chosen[stack]) { return nil }
      return groups.map { stack < $0.count ? $0[stack] : 0 } ?? UInt32(stack)
    }
    if let groups = query.ownPeakGroups {
      result.ownPeakGroupOfNode = { node in
        let stack = Int((stackOfNode[node] ?? .root).rawValue)
        return stack < groups.count ? groups[stack] : 0
      }
    }
    result.window = query.window
    result.choice =
      switch query.choice {
      case .allocated: .allocated
      case .live: .live
      case .retained: .retained
      case .freed: .freed
      case .present: .present
      }
    result.threads = query.threads.map { Set($0.map(\.rawValue)) }
    result.sizes = query.sizes
    result.shortLifeNanoseconds = query.shortLifeNanoseconds
    result.grouping =
      switch query.grouping {
      case .stack, .groups: .stack
      case .thread: .thread
      case .size: .size
      }
    return result
  }
}
