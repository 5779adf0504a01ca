import Aggregation

/// One ranking of stacks as text: a title, then for each entry its figures and its stack.
struct RankingText {
  let kind: CostKind
  let trace: AnalyzedTrace
  let style: TextStyle

  /// Writes the ranking. A stack that `shown` already names is referred to instead of repeated;
  /// the stacks written here are added to it.
  func write(
    _ ranking: [PresentedStack], label: String, shown: inout [PresentedStack.ID: String],
    to output: inout some TextOutputStream
  ) {
    let totals = trace.profile.totals
    output.write("\n" + style.title(CostText.title(kind, trace.profile)))
    guard !ranking.isEmpty else {
      output.write(": \(CostText.nothing(kind, trace.profile))\n")
      return
    }
    output.write("  " + style.faint(CostText.whole(kind, trace.profile)) + "\n")
    let values = ranking.map { CostText.value(kind, $0.cost) }
    let valueWidth = values.reduce(0) { max($0, SafeText.columns($1)) }
    let rankWidth = String(ranking.count).count
    let indent = rankWidth + 3
    let stackText = StackText(style: style)
    for (index, stack) in ranking.enumerated() {
      let rank = String(index + 1)
      let share = Quantity.percent(
        kind.value(of: stack.cost), of: kind.total(of: totals))
      let figures =
        "\n " + TextTable.spaces(rankWidth - rank.count) + "\(rank)  "
        + TextTable.spaces(valueWidth - SafeText.columns(values[index]))
        + style.strong(values[index])
        + TextTable.spaces(9 - SafeText.columns(share)) + share
        + "   " + style.faint(CostText.detail(kind, stack.cost)) + "\n"
      output.write(figures)
      let frames = trace.stacks.frames(of: stack)
      if let earlier = shown[stack.id] {
        let note = "  (stack: see \(earlier))"
        let line = stackText.reference(
          to: frames, columns: style.width - indent - SafeText.columns(note))
        output.write(TextTable.spaces(indent) + line + style.faint(note) + "\n")
      } else {
        stackText.write(frames, to: &output, indent: indent)
        shown[stack.id] = "\(label) \(rank)"
      }
    }
    let rest = restText(of: ranking)
    if !rest.isEmpty { output.write("\n" + TextTable.spaces(indent) + style.faint(rest) + "\n") }
  }

  /// What the stacks that are not shown add up to.
  private func restText(of ranking: [PresentedStack]) -> String {
    let others = trace.stacks.stacks.lazy.filter { kind.blocks(of: $0.cost) > 0 }.count
    let count = others - ranking.count
    guard count > 0 else { return "" }
    let stacks = Quantity.counted(count, "more stack")
    guard kind.isAdditive else { return "… \(stacks)" }
    let shownSum = ranking.reduce(0) { $0 + kind.value(of: $1.cost) }
    let total = kind.total(of: trace.profile.totals)
    let rest = max(0, total - shownSum)
    let amount = kind.isBytes ? Quantity.bytes(rest) : Quantity.grouped(rest)
    return "… \(stacks) with \(amount), "
      + Quantity.percent(rest, of: total)
  }
}
