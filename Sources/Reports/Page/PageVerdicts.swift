import Aggregation
import TraceFormat

/// What a page answers before anybody asks, from what the summary, `leaks` and `growth` know.
struct PageVerdicts {
  /// The number that the page has for a function; nil if it is not on it.
  let pageFunction: (UInt32) -> Int?
  let leaks: SuppressedLeaks
  let growth: GrowthReport?

  private var trace: AnalyzedTrace { leaks.whole }
  private var totals: HeapTotals { trace.profile.totals }
  private var isDeep: Bool { trace.profile.selection != nil }

  /// Less than this share of the whole is no reason to look.
  private static let large = 0.1
  private static let mostlyTemporary = 0.5

  /// The answers, what is to be looked at first.
  var all: [PageVerdict] {
    let found = [growing, leaked, peak, temporary, reallocated, resident].compactMap(\.self)
    return found.filter { $0.weight == .look } + found.filter { $0.weight == .note }
      + found.filter { $0.weight == .fine }
  }

  private var peak: PageVerdict? {
    guard CostKind.peak.isKnown(of: trace.profile.selection?.query.choice ?? .allocated) else {
      return nil
    }
    guard totals.peakAllocations > 0 else {
      return PageVerdict(.peak, .fine, [.text("Nothing was ever live.")])
    }
    if let together = trace.profile.peakTogether, !trace.profile.isOfMoment {
      return PageVerdict(
        .peak, .note,
        [
          .text("All processes together held "),
          .figure(GroupFigures.bounds(together), link: "view=time"),
          .text(" at \(Quantity.moment(nanoseconds: together.timeNanoseconds))."),
        ] + blame(.peak, trace, "Of the sum of each one's own peak"))
    }
    let share = Quantity.percent(
      totals.peakTimeNanoseconds, of: trace.profile.process.durationNanoseconds)
    return PageVerdict(
      .peak, .note,
      [
        .text("The heap was largest at "),
        .figure(Quantity.moment(nanoseconds: totals.peakTimeNanoseconds), link: "view=time"),
        .text(share.isEmpty ? ": " : " (\(share) of the run): "),
        .figure(Quantity.bytes(totals.peakBytes), link: "cost=peak"),
        .text(" in \(Quantity.counted(totals.peakAllocations, "block"))."),
      ] + blame(.peak, trace, "Of it"))
  }

  private var growing: PageVerdict? {
    guard let growth else { return nil }
    let weight: PageVerdict.Weight = growth.hasSuspects ? .look : .fine
    return PageVerdict(
      .growth, weight,
      [.text(growth.explanation + " ")]
        + (growth.shown.isEmpty ? [] : [.figure("Judged stacks", link: "view=growth"), .text(".")]))
  }

  private var leaked: PageVerdict? {
    let left = leaks.trace.profile.totals
    guard totals.leakedAllocations > 0 else {
      return PageVerdict(.leaks, .fine, [.text("No leak: every block was freed.")])
    }
    let suppressed: [PageVerdict.Part] =
      leaks.uses.isEmpty
      ? []
      : [
        .text(" Suppressed: \(Quantity.bytes(leaks.bytes)) in "),
        .text("\(Quantity.counted(leaks.allocations, "block")), which "),
        .figure("belong to libraries", link: "view=leaks"), .text("."),
      ]
    guard left.leakedAllocations > 0 else {
      return PageVerdict(
        .leaks, .fine, [.text("No leak of the program's own.")] + suppressed)
    }
    let isLarge = Double(left.leakedBytes) >= Self.large * Double(max(1, totals.peakBytes))
    return PageVerdict(
      .leaks, isLarge ? .look : .note,
      [
        .figure(Quantity.bytes(left.leakedBytes), link: "view=leaks&cost=leaked"),
        .text(" in \(Quantity.counted(left.leakedAllocations, "block")) "),
        .text("never freed by the end."),
      ] + blame(.leaked, leaks.trace, "Of it") + suppressed)
  }

  private var temporary: PageVerdict? {
    guard totals.allocations > 0 else { return nil }
    let share = Double(totals.temporaryAllocations) / Double(totals.allocations)
    guard totals.temporaryAllocations > 0 else {
      return PageVerdict(
        .temporary, .fine, [.text("No allocation was freed before its thread's next.")])
    }
    return PageVerdict(
      .temporary, share >= Self.mostlyTemporary ? .look : .note,
      [
        .figure(
          Quantity.percent(totals.temporaryAllocations, of: totals.allocations),
          link: "cost=temporary"),
        .text(" of \(Quantity.counted(totals.allocations, "allocation")) "),
        .text("freed before their thread's next one."),
      ] + blame(.temporary, trace, "Of these"))
  }

  private var reallocated: PageVerdict? {
    guard isDeep, totals.allocatedBytes > 0 else { return nil }
    guard totals.wastedBytes > 0 else {
      return PageVerdict(.realloc, .fine, [.text("No buffer was grown by realloc.")])
    }
    let isLarge = Double(totals.wastedBytes) >= Self.large * Double(totals.allocatedBytes)
    return PageVerdict(
      .realloc, isLarge ? .look : .note,
      [
        .text("Buffers that grew by realloc were allocated for "),
        .figure(Quantity.bytes(totals.wastedBytes), link: "cost=wasted"),
        .text(
          " before (\(Quantity.percent(totals.wastedBytes, of: totals.allocatedBytes)) of all bytes); "
        ),
        .figure(Quantity.bytes(totals.copiedBytes), link: "cost=copied"), .text(" were copied."),
      ] + blame(.wasted, trace, "Of the first"))
  }

  private var resident: PageVerdict? {
    guard trace.filterSentence == nil, let memory = ResidentMemory(trace.profile) else {
      return nil
    }
    let notices = ResidentNotice.notices(trace)
    return PageVerdict(
      .resident, notices.isEmpty ? .fine : .look,
      [
        .figure(Quantity.bytes(memory.mostBytes), link: "view=time"),
        .text(" resident at most. "),
        .text(
          notices.isEmpty
            ? "At the end \(Quantity.bytes(memory.atEnd.excessBytes)) more than was live."
            : notices.map(\.message).joined(separator: " ")),
      ])
  }

  /// Who has most of a cost: the origin that the summary names first, and its share.
  private func blame(
    _ kind: CostKind, _ trace: AnalyzedTrace, _ whole: String
  ) -> [PageVerdict.Part] {
    let origins = StackOrigins(trace.stacks, by: kind).ranked(by: kind, limit: 1)
    guard let origin = origins.first,
      let node = trace.stacks.ownNode(of: origin.largest)
    else { return [] }
    let function = trace.stacks.nodes[Int(node)].function
    let share = Quantity.percent(
      kind.value(of: origin.cost), of: kind.total(of: trace.profile.totals))
    guard !share.isEmpty else { return [] }
    let name = SafeText.sanitized(trace.stacks.functions[Int(function)].function.name)
    let link = pageFunction(function).map { "&function=\($0)" } ?? ""
    return [
      .text(" \(whole), \(share) by "),
      .figure(
        NameShortener(columns: 60).shortened(name), link: "cost=\(kind.rawValue)\(link)"),
      .text("."),
    ]
  }
}

extension PresentedStacks {
  /// The frame of a stack that its reader would call its own: the innermost that is no library's.
  fileprivate func ownNode(of stack: PresentedStack) -> UInt32? {
    let frames = frameNodes(of: stack)
    return frames.first { functions[Int(nodes[Int($0)].function)].action == .show } ?? frames.first
  }
}
