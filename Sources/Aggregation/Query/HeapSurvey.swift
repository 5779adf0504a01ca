import HeapModel
import TraceFormat

/// What all blocks of a run cost, what they were over time, and when they lived: found in one reading.
public struct HeapSurvey: Sendable {
  /// What is asked beside costs.
  public struct Question: Sendable {
    public var series: HeapSeries.Question?
    public var lives: HeapLives.Question?

    public init(series: HeapSeries.Question? = nil, lives: HeapLives.Question? = nil) {
      self.series = series
      self.lives = lives
    }
  }

  public let profile: HeapProfile
  public let series: HeapSeriesSet?
  /// `nil` also if they were more than memory is spent for.
  public let lives: HeapLives?
}

extension HeapTrace {
  /// Answers a query about all blocks together with what else is asked of them.
  ///
  /// Time is linear in the events; memory in the live blocks, in stacks, in groups times windows and in
  /// the pairs of intervals in which blocks of a group were born and died.
  ///
  /// - Precondition: the query counts every block.
  /// - Throws: `TraceError` of kind `unreadable`.
  public func survey(
    _ query: HeapQuery, _ question: HeapSurvey.Question, options: LoadOptions = LoadOptions(),
    progress: ((LoadProgress) -> Void)? = nil
  ) throws(TraceError) -> HeapSurvey {
    precondition(query.countsAll, "a survey is of all blocks")
    let replayer = TraceReplayer(
      file, timelinePoints: 2, decoderThreads: options.decoderThreads,
      sharedBlocks: options.sharedBlocks)
    let found = try replayer.run(
      blockQuery(query), timelinePoints: options.timelinePoints,
      runEndNanoseconds: durationNanoseconds,
      series: question.series.map {
        blockSeries(
          HeapQuery(), $0.groupOfStack, groups: $0.groups, windows: $0.windows, in: nil)
      },
      lives: question.lives.map(blockLives)
    ) { bytes, events in
      progress?(
        LoadProgress(bytesRead: bytes, bytesTotal: file.source.byteCount, events: events))
    }
    let profile = QueryProfileBuilder(
      self, query, found.costs, ProfileBuilder(file, replayer.result())
    ).build()
    return HeapSurvey(
      profile: profile,
      series: found.series.map { HeapSeriesSet($0, start: 0, end: durationNanoseconds) },
      lives: found.lives.flatMap { HeapLives($0) })
  }
}
