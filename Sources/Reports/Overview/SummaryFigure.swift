/// A total of a summary: what it is called, how much, and what there is to say of it.
struct SummaryFigure {
  let label: String
  let value: String
  /// What is said of it, the most important part first; each part reads on from those before.
  let remark: [String]

  init(_ label: String, _ value: String, _ remark: String...) {
    self.init(label, value, parts: remark)
  }

  init(_ label: String, _ value: String, parts: [String]) {
    self.label = label
    self.value = value
    remark = parts.filter { !$0.isEmpty }
  }

  /// All of the remark.
  var wholeRemark: String { remark.joined() }

  /// As many parts of the remark as columns hold; of one that is alone too wide, the beginning.
  func remark(columns: Int) -> String {
    var kept = ""
    for part in remark {
      guard SafeText.columns(kept + part) <= columns else { break }
      kept += part
    }
    return kept.isEmpty ? NameShortener.cut(remark.first ?? "", to: columns) : kept
  }
}
