import HeapModel
import TraceFormat

/// Births of blocks by their deaths, in equal intervals of the run, for groups of stacks: what every
/// window of whole intervals is told from.
public struct HeapLives: Sendable {
  /// Blocks of one group that were born in one interval and died in another, or in the same.
  public struct Row: Sendable, Hashable {
    public let group: UInt32
    public let birth: Int
    /// `HeapLives.intervals` if they were live when the trace ended.
    public let death: Int
    public let blocks: Int
    public let bytes: Int

    public init(group: UInt32, birth: Int, death: Int, blocks: Int, bytes: Int) {
      self.group = group
      self.birth = birth
      self.death = death
      self.blocks = blocks
      self.bytes = bytes
    }
  }

  /// How many intervals there are; the first begins with the run.
  public let intervals: Int
  public let widthNanoseconds: UInt64
  /// In the order of groups, births and deaths.
  public let rows: [Row]
  /// By interval: the most that was live in it at once.
  public let peaks: [Peak]

  public struct Peak: Sendable, Hashable {
    public let blocks: Int
    public let bytes: Int
  }
}

extension HeapLives {
  /// What is asked: element n of `groupOfStack` is the group of the stack with number n, less than
  /// `groups`.
  public struct Question: Sendable {
    public let groupOfStack: [UInt32]
    public let groups: Int
    public let intervals: Int

    public init(groupOfStack: [UInt32], groups: Int, intervals: Int) {
      self.groupOfStack = groupOfStack
      self.groups = groups
      self.intervals = intervals
    }
  }

  /// `nil` if they were more than memory is spent for.
  init?(_ lives: BlockLives) {
    guard !lives.isTooLarge else { return nil }
    var rows: [Row] = []
    lives.forEach { group, birth, death, sum in
      rows.append(
        Row(group: group, birth: birth, death: death, blocks: sum.blocks, bytes: sum.bytes))
    }
    rows.sort { ($0.group, $0.birth, $0.death) < ($1.group, $1.birth, $1.death) }
    self.init(
      intervals: lives.intervals, widthNanoseconds: lives.widthNanoseconds, rows: rows,
      peaks: lives.peaks.map { Peak(blocks: $0.blocks, bytes: $0.bytes) })
  }
}

extension HeapTrace {
  func blockLives(_ question: HeapLives.Question) -> BlockLives {
    var query = HeapQuery()
    query.grouping = .groups(question.groupOfStack)
    return BlockLives(
      blockQuery(query), groups: question.groups, intervals: question.intervals,
      runNanoseconds: durationNanoseconds)
  }
}
