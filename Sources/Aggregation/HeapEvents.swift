import HeapModel
import TraceFormat
import TraceInput

/// The single events of a trace, in order, for listings.
public struct HeapEvents: Sendable {
  /// The stacks that events name.
  public let stacks: StackTree
  /// In the order of loading.
  public let modules: [Module]
  private let file: TraceFile
  private let stackIDs: [UInt32: StackID]

  /// Opens a trace and reads its stacks and modules.
  ///
  /// - Throws: `TraceError`, as `HeapProfile.load(path:options:progress:)`.
  public init(path: String) throws(TraceError) {
    try self.init(try TraceFile(path: path))
  }

  /// Reads an opened trace's stacks and modules.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public init(_ file: TraceFile) throws(TraceError) {
    self.file = file
    let (nodes, records) = try TraceReplayer.definitions(of: file)
    var facts = RecordCollector(file.header)
    for record in records { facts.add(record) }
    modules = facts.modules
    var builder = StackTreeBuilder(nodes)
    var ids: [UInt32: StackID] = [:]
    for node in nodes { ids[node.id] = builder.stack(of: node.id) }
    stackIDs = ids
    stacks = builder.tree(modules: ModuleMap(facts.modules))
  }

  /// Calls `body` with each event in the trace's order, until it returns `false`.
  ///
  /// - Returns: what of the trace could not be listed.
  /// - Throws: `TraceError` of kind `unreadable`.
  @discardableResult
  public func forEach(_ body: (HeapEvent) -> Bool) throws(TraceError) -> [TraceDamage] {
    let replayer = TraceReplayer(file, timelinePoints: 2, decoderThreads: 2)
    let outcome: Result<Void, TraceError> = withoutActuallyEscaping(body) { body in
      do throws(TraceError) {
        try replayer.runListing { event in body(present(event)) }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try outcome.get()
    return replayer.result().damage
  }

  private func present(_ event: BatchEvent) -> HeapEvent {
    let kind: HeapEvent.Kind =
      switch event.kind {
      case .allocate: .allocate
      case .reallocateMoved: .reallocateMoved
      case .reallocateInPlace: .reallocateInPlace
      case .release: .release
      case .restore: .restore
      }
    return HeapEvent(
      kind: kind, timeNanoseconds: event.timeNanoseconds, thread: event.thread,
      address: event.address, sizeBytes: event.sizeBytes,
      stack: event.node.map { stackIDs[$0] ?? .root }, block: event.block)
  }
}
