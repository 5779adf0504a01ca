import TraceFormat

/// Costs, series and lives of all blocks of a trace in one walk: what takes three walks otherwise.
package struct BlockSurvey: BlockVisitor {
  private var accounts: BlockAccounts
  // Asked for each event whether they are there, optionals would cost more than some of what they do.
  private var series: BlockSeries
  private var lives: BlockLives
  private let hasSeries: Bool
  private let hasLives: Bool

  /// Follows all blocks: no query leaves any out.
  init(_ accounts: BlockAccounts, series: BlockSeries?, lives: BlockLives?) {
    let nothing = BlockQuery { _ in nil }
    self.accounts = accounts
    self.series = series ?? BlockSeries(nothing, groups: 0, windows: 1, runNanoseconds: 0)
    self.lives = lives ?? BlockLives(nothing, groups: 0, intervals: 1, runNanoseconds: 0)
    hasSeries = series != nil
    hasLives = lives != nil
  }

  package mutating func open(thread: UInt32, number: UInt32) {
    accounts.open(thread: thread, number: number)
    if hasSeries { series.open(thread: thread, number: number) }
    if hasLives { lives.open(thread: thread, number: number) }
  }

  package mutating func open(account: UInt32, node: UInt32) {
    accounts.open(account: account, node: node)
    if hasSeries { series.open(account: account, node: node) }
    if hasLives { lives.open(account: account, node: node) }
    precondition(
      accounts.tracks(account: account, sizeBytes: 0)
        && (!hasSeries || series.tracks(account: account, sizeBytes: 0))
        && (!hasLives || lives.tracks(account: account, sizeBytes: 0)),
      "a survey is of all blocks")
  }

  package func tracks(thread: UInt32) -> Bool { true }
  package func tracks(account: UInt32, sizeBytes: Int) -> Bool { true }

  package mutating func count(allocations: Int) {
    if hasSeries { series.count(allocations: allocations) }
  }

  package mutating func advance(to nanoseconds: UInt64) {
    accounts.advance(to: nanoseconds)
    if hasSeries { series.advance(to: nanoseconds) }
    if hasLives { lives.advance(to: nanoseconds) }
  }

  @inline(__always)
  package mutating func begin(_ block: TrackedBlock) {
    accounts.begin(block)
    if hasSeries { series.begin(block) }
    if hasLives { lives.begin(block) }
  }

  @inline(__always)
  package mutating func end(_ block: TrackedBlock, _ end: BlockEnd) {
    accounts.end(block, end)
    if hasSeries { series.end(block, end) }
    if hasLives { lives.end(block, end) }
  }

  package mutating func pass(_ block: TrackedBlock) {
    accounts.pass(block)
    if hasSeries { series.pass(block) }
    if hasLives { lives.pass(block) }
  }

  package mutating func revive(_ block: TrackedBlock, _ end: BlockEnd) {
    accounts.revive(block, end)
    if hasSeries { series.revive(block, end) }
    if hasLives { lives.revive(block, end) }
  }

  package mutating func supersede(_ block: TrackedBlock, _ end: BlockEnd) {
    accounts.supersede(block, end)
  }

  package mutating func survive(_ block: TrackedBlock) {
    accounts.survive(block)
    if hasSeries { series.survive(block) }
    if hasLives { lives.survive(block) }
  }

  /// What was found. Ends the use of this visitor.
  fileprivate mutating func finish(
    at lastEvent: UInt64, runEnd: UInt64
  ) -> (costs: BlockQueryResult, series: BlockSeries?, lives: BlockLives?) {
    series.finish()
    lives.finish()
    return (
      accounts.finish(at: lastEvent, runEnd: runEnd), hasSeries ? series : nil,
      hasLives ? lives : nil
    )
  }
}

extension TraceReplayer {
  /// Replays the trace once and answers a query about all its blocks, follows groups of stacks and
  /// tells when blocks were born and died.
  ///
  /// - Throws: `TraceError` of kind `unreadable`.
  package func run(
    _ query: BlockQuery, timelinePoints: Int, runEndNanoseconds: UInt64, series: BlockSeries?,
    lives: BlockLives?, progress: ((_ bytes: UInt64, _ events: UInt64) -> Void)? = nil
  ) throws(TraceError) -> (costs: BlockQueryResult, series: BlockSeries?, lives: BlockLives?) {
    let walk = BlockWalk(
      BlockSurvey(
        BlockAccounts(query, timelinePoints: timelinePoints), series: series, lives: lives))
    try run(walk, progress: progress)
    var survey = walk.visitor
    return survey.finish(at: lastTime, runEnd: runEndNanoseconds)
  }
}
