import Aggregation
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// Answers one question about the blocks of several traces as one.
struct GroupQuery {
  private struct Member {
    let path: String
    let trace: HeapTrace
    /// With names if the filter asks for some.
    let stacks: PresentedStacks
  }

  private let question: TraceQuestion
  private let stacks: StackOptions
  private var members: [Member] = []

  /// - Throws: `CommandFailure` with status 2 if the question is for one trace at a time.
  init(_ question: TraceQuestion, stacks: StackOptions) throws {
    guard question.isSummable, question.filter.minimumBytes == nil else {
      throw CommandFailure(
        "--min-bytes, own-peak, and groups by thread or size are for one trace at a time",
        status: .usage)
    }
    self.question = question
    self.stacks = stacks
  }

  /// Opens one of the traces.
  ///
  /// - Throws: `TraceError` if it cannot be read, `CommandFailure` if the rules cannot.
  mutating func open(_ path: String) throws {
    let filter = question.filter
    let file = try TraceFile(path: path)
    let trace = try HeapTrace(
      file, readsMarks: filter.window.needsMarks || !file.header.isClosed)
    let rules = try stacks.rules.load()
    let symbolizer: any Symbolizing =
      try filter.namesFrames
      ? TraceSymbolizer.make(
        path, modules: trace.modules, durationNanoseconds: trace.durationNanoseconds,
        stacks.symbols)
      : FixedSymbolizer([:])
    members.append(
      Member(
        path: path, trace: trace,
        stacks: PresentedStacks(
          of: trace.stacks, modules: trace.modules, symbolizer: symbolizer, rules: rules)))
  }

  /// Adds what the traces answer to a group; returns what of the group is counted.
  ///
  /// - Throws: `CommandFailure` with status 2 if the filter names what is in none of the traces.
  func answer(
    into builder: inout ProfileGroupBuilder, _ progress: ProgressLine
  ) throws -> HeapSelection {
    let sizes = members.map(\.trace.file.source.byteCount)
    var reading = GroupProgress(progress, bytesTotal: sizes.reduce(0, &+))
    let times = GroupTimes(members.map(\.trace))
    var answers = HeapQuery()
    var runAllocations = 0
    do throws(FilterError) {
      answers.window = try question.filter.window.resolved(in: times.times)
      answers.choice = question.filter.choice
      let queries = try queries(times, answers.window)
      for (number, member) in members.enumerated() {
        do throws(TraceError) {
          let profile = try member.trace.profile(queries[number]) { reading.show($0) }
          runAllocations += profile.selection?.runAllocations ?? 0
          builder.add(profile, path: member.path)
        } catch {
          builder.add(unreadable: member.path, cause: error.description)
        }
        reading.goOn(afterBytes: sizes[number])
      }
    } catch {
      throw CommandFailure(error.description, status: .usage)
    }
    let run = 0..<max(1, times.times.durationNanoseconds)
    return HeapSelection(
      query: answers, window: answers.window.clamped(to: run), runAllocations: runAllocations,
      rows: [], sizes: HeapHistogram([]), lifetimes: HeapHistogram([]))
  }

  /// The filter as a query about each trace: about no block where it names what is in others alone.
  private func queries(
    _ times: GroupTimes, _ window: Range<UInt64>
  ) throws(FilterError) -> [HeapQuery] {
    var queries: [HeapQuery] = []
    var missing: [FilterError] = []
    for (number, member) in members.enumerated() {
      let own = times.window(window, ofTrace: number, for: question.filter.choice)
      do throws(FilterError) {
        queries.append(try question.filter.query(in: member.trace, member.stacks, window: own))
      } catch {
        missing.append(error)
        var nothing = HeapQuery()
        nothing.window = 0..<0
        nothing.choice = question.filter.choice
        queries.append(nothing)
      }
    }
    if missing.count == members.count, let error = missing.first { throw error }
    return queries
  }
}
