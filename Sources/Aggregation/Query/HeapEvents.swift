import HeapModel
import TraceFormat
import TraceInput

/// The single events of a trace, in order, for listings.
public struct HeapEvents: Sendable {
  /// The stacks that events name.
  public var stacks: StackTree { trace.stacks }
  /// In the order of loading.
  public var modules: [Module] { trace.modules }
  private let trace: HeapTrace

  /// Opens a trace and reads its stacks and modules.
  ///
  /// - Throws: `TraceError`, as `HeapProfile.load(path:options:progress:)`.
  public init(path: String) throws(TraceError) { self.init(try HeapTrace(path: path)) }

  /// Reads an opened trace's stacks and modules.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  public init(_ file: TraceFile) throws(TraceError) { self.init(try HeapTrace(file)) }

  public init(_ trace: HeapTrace) { self.trace = trace }

  /// Calls `body` with each event in the trace's order, until it returns `false`. With a window,
  /// events before and after it may be left out, and blocks allocated before it have no number.
  ///
  /// - Returns: what of the trace could not be listed.
  /// - Throws: `TraceError` of kind `unreadable`.
  @discardableResult
  public func forEach(
    in window: Range<UInt64> = HeapQuery.wholeRun, of space: BlockSpace = .heap,
    _ body: (HeapEvent) -> Bool
  ) throws(TraceError) -> [TraceDamage] {
    do throws(TraceError) {
      return try list(window, space, usesIndex: true, body)
    } catch  where error.kind == .damaged {
      // Of the index: everything that it says the events say, too.
      return try list(window, space, usesIndex: false, body)
    }
  }

  private func list(
    _ window: Range<UInt64>, _ space: BlockSpace, usesIndex: Bool, _ body: (HeapEvent) -> Bool
  ) throws(TraceError) -> [TraceDamage] {
    let replayer = TraceReplayer(
      trace.file, timelinePoints: 2, decoderThreads: 2, space: space)
    let outcome: Result<Void, TraceError> = withoutActuallyEscaping(body) { body in
      do throws(TraceError) {
        try replayer.runListing(window, usesIndex: usesIndex) { event in body(present(event)) }
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
      stack: event.node.map { trace.stackOfNode[$0] ?? .root }, block: event.block)
  }
}
