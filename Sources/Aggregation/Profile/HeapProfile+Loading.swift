import HeapModel
import TraceFormat
import TraceInput

extension HeapProfile {
  /// Reads the trace at a path.
  ///
  /// A trace with damage still gives a profile: of everything that could be read, with the damage
  /// listed. A trace that was not closed is read up to the last event that its program recorded.
  /// Time is linear in the events, memory in the live blocks and distinct stacks. `progress` is
  /// called now and then, on the caller's thread.
  ///
  /// - Throws: `TraceError` when there is nothing to report on: no such file, not a trace, written
  ///   by a newer version, a header that is cut off or damaged, or a failing disk.
  public static func load(
    path: String, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapProfile {
    try load(try TraceFile(path: path), options: options, progress: progress)
  }

  /// Reads an opened trace.
  public static func load(
    _ file: TraceFile, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapProfile {
    let replayer = TraceReplayer(
      file, timelinePoints: options.timelinePoints, decoderThreads: options.decoderThreads,
      sharedBlocks: options.sharedBlocks)
    try replayer.run { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    }
    let placed = replayer.blocksAtEnd(most: options.mostAccountBlocks)
    let result = replayer.result()
    let builder = ProfileBuilder(file, result)
    var profile = builder.build()
    profile.mappings = result.mappings
    profile.account = placed.flatMap(builder.account)
    return profile
  }
}
