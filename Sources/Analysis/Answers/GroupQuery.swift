import Aggregation
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// Answers one question about the blocks of several traces as one. The traces may be thousands: one
/// is open at a time.
struct GroupQuery {
  /// How the stacks of the group, by their numbers in it, are chosen and told apart.
  struct Partition {
    /// `nil` is all.
    var isWanted: [Bool]?
    var grouping = HeapQuery.Grouping.stack
    /// By path: the numbers in the group of a trace's own stacks.
    let stackNumbers: [String: [StackID]]
  }

  /// What the traces have of what was asked.
  struct Answer {
    let group: ProfileGroup
    /// By path: the numbers in the group of a trace's own stacks, if they are needed.
    var stackNumbers: [String: [StackID]] = [:]
    /// What each trace was asked, if its blocks are to be followed over time.
    var parts: [AnalyzedRun.Part] = []
  }

  private struct Member {
    let path: String
    let bytes: UInt64
    let run: GroupTimes.Run
  }

  private let question: RunQuestion
  private let presentation: StackPresentation
  private var members: [Member] = []
  private var unreadable: [(path: String, cause: String)] = []

  init(_ question: RunQuestion, _ presentation: StackPresentation) {
    self.question = question
    self.presentation = presentation
  }

  /// How much there is to read.
  var byteCount: UInt64 { members.reduce(0) { $0 &+ $1.bytes } }

  /// Reads when a trace's process ran, and its marks.
  mutating func add(_ path: String) {
    do throws(TraceError) {
      let trace = try open(path)
      members.append(
        Member(
          path: path, bytes: trace.file.source.byteCount, run: GroupTimes.Run(trace)))
    } catch {
      unreadable.append((path, error.description))
    }
  }

  private func open(_ path: String) throws(TraceError) -> HeapTrace {
    let file = try TraceFile(path: path)
    return try HeapTrace(
      file, readsMarks: question.needsMarks || !file.header.isClosed)
  }

  /// The traces as a group of the blocks that the question is about; with a partition of those of
  /// its stacks.
  ///
  /// - Throws: `AnalysisError` if the filter names what is in none of the traces, or none can be read.
  func answer(
    window given: Range<UInt64>? = nil, _ partition: Partition? = nil,
    progress: @escaping (LoadProgress) -> Void
  ) throws(AnalysisError) -> Answer {
    var builder = ProfileGroupBuilder()
    var stackNumbers: [String: [StackID]] = [:]
    var parts: [AnalyzedRun.Part] = []
    for (path, cause) in unreadable { builder.add(unreadable: path, cause: cause) }
    var reading = GroupProgress(bytesTotal: byteCount, progress)
    let times = times
    var asked = HeapQuery()
    asked.space = question.filter.space
    asked.choice = question.filter.choice
    asked.grouping = partition?.grouping ?? .stack
    var runAllocations = 0
    var rows: [UInt64: StackCost] = [:]
    var sizes = HeapHistogram([])
    var lifetimes = HeapHistogram([])
    var counted: Set<StackID> = []
    var cutStacks = (left: HeapSelection.CutStacks(), counted: HeapSelection.CutStacks())
    var missing: [FilterError] = []
    asked.window = if let given { given } else { try window }
    for (number, member) in members.enumerated() {
      do throws(TraceError) {
        let trace = try open(member.path)
        let names = try names(trace, member.path)
        let own = times.window(asked.window, ofTrace: number, for: asked.choice)
        var query: HeapQuery
        var isMissing = false
        do throws(FilterError) {
          query = try question.filter.query(in: trace, names, window: own)
        } catch {
          missing.append(error)
          isMissing = true
          // About no block of a trace that has nothing of what the filter names.
          query = HeapQuery()
          query.window = 0..<0
          query.choice = asked.choice
        }
        partition?.narrow(&query, path: member.path)
        let profile = try trace.profile(query) { reading.show($0) }
        runAllocations += profile.selection?.runAllocations ?? 0
        let numbers = builder.add(profile, path: member.path)
        if question.needsGroupStacks { stackNumbers[member.path] = numbers.stacks }
        if question.isOverTime, !isMissing {
          query.window = asked.window
          parts.append(
            AnalyzedRun.Part(
              path: member.path, query: query, place: times.place(ofTrace: number),
              stackNumbers: numbers.stacks))
        }
        if let selection = profile.selection {
          for row in selection.rows {
            let group: UInt64? =
              switch asked.grouping {
              case .size: row.group
              case .thread: Self.thread(row.group, numbers)
              case .stack, .groups: nil
              }
            guard let group else { continue }
            rows[group, default: StackCost(stack: .root)].add(row.cost)
          }
          // A row's stack is one of several, which may differ in lines: all that were counted are
          // shown.
          for stack in selection.stacks ?? [] where Int(stack.rawValue) < numbers.stacks.count {
            counted.insert(numbers.stacks[Int(stack.rawValue)])
          }
          sizes = HeapHistogram.sum([sizes, selection.sizes])
          lifetimes = HeapHistogram.sum([lifetimes, selection.lifetimes])
          cutStacks.left.add(selection.cutStacks.left)
          cutStacks.counted.add(selection.cutStacks.counted)
        }
      } catch {
        builder.add(unreadable: member.path, cause: error.description)
      }
      reading.goOn(afterBytes: member.bytes)
    }
    if !members.isEmpty, missing.count == members.count, let error = missing.first {
      throw .filter(error)
    }
    guard !builder.isEmpty else { throw .nothingReadable }
    let run = 0..<max(1, times.times.durationNanoseconds)
    let selection = HeapSelection(
      query: asked, window: asked.window.clamped(to: run), runAllocations: runAllocations,
      rows: rows.sorted { $0.key < $1.key }.map { HeapSelection.Row(group: $0, cost: $1) },
      stacks: partition.map { _ in counted.sorted() }, cutStacks: cutStacks,
      sizes: sizes, lifetimes: lifetimes)
    return Answer(
      group: builder.group(selection: selection), stackNumbers: stackNumbers, parts: parts)
  }

  /// The question's window in the time of all traces.
  ///
  /// - Throws: `AnalysisError.filter` if there is none.
  var window: Range<UInt64> {
    get throws(AnalysisError) {
      do throws(FilterError) {
        return try question.filter.window.resolved(in: times.times)
      } catch {
        throw .filter(error)
      }
    }
  }

  /// The times of all traces as one.
  var times: GroupTimes { GroupTimes(members.map(\.run)) }

  /// The group's number of a trace's thread.
  private static func thread(_ number: UInt64, _ numbers: ProfileGroupBuilder.Numbers) -> UInt64? {
    numbers.threads[ThreadID(rawValue: UInt32(truncatingIfNeeded: number))]
      .map { UInt64($0.rawValue) }
  }

  /// A trace's stacks, with names if the filter asks for some.
  private func names(_ trace: HeapTrace, _ path: String) throws(TraceError) -> PresentedStacks {
    let symbolizer: any Symbolizing =
      try question.filter.namesFrames
      ? TraceSymbolizer.make(
        path, modules: trace.modules, durationNanoseconds: trace.durationNanoseconds,
        presentation)
      : FixedSymbolizer([:])
    return PresentedStacks(
      of: trace.stacks, modules: trace.modules, symbolizer: symbolizer,
      rules: presentation.rules)
  }
}

extension GroupQuery.Partition {
  /// Makes a query about a trace one of the partition.
  fileprivate func narrow(_ query: inout HeapQuery, path: String) {
    let numbers = stackNumbers[path] ?? []
    if let isWanted {
      let chosen = query.stacks
      query.stacks = numbers.enumerated().map { stack, number in
        isWanted[Int(number.rawValue)] && chosen?[stack] ?? true
      }
    }
    switch grouping {
    case .groups(let groups):
      query.grouping = .groups(numbers.map { groups[Int($0.rawValue)] })
    case .stack, .thread, .size: query.grouping = grouping
    }
  }
}
