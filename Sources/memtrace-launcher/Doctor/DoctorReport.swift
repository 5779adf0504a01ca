/// The doctor's findings as text and as JSON.
struct DoctorReport {
  let findings: [Finding]

  static let schemaVersion = 1

  /// Whether a trace can be recorded.
  var works: Bool { !findings.contains { $0.state == .bad } }

  /// A line for each finding, and one for what to do about it.
  func text() -> String {
    let width = findings.reduce(0) { max($0, $1.topic.title.count) }
    var text = ""
    for finding in findings {
      let mark =
        switch finding.state {
        case .good: "ok "
        case .limited: "-- "
        case .bad: "NO "
        }
      let gap = String(repeating: " ", count: width - finding.topic.title.count)
      text += "\(mark) \(finding.topic.title)\(gap)  \(ShownPath.text(finding.fact))\n"
      if let advice = finding.advice {
        text += String(repeating: " ", count: width + 6) + "> \(advice)\n"
      }
    }
    text +=
      works
      ? "\nmemtrace can record here.\n"
      : "\nmemtrace cannot record this: see the lines marked NO.\n"
    return text
  }

  func json() -> String {
    let checks = findings.map { finding in
      let advice = finding.advice.map(Self.quoted) ?? "null"
      return """
            {"topic": "\(finding.topic.rawValue)", "state": "\(finding.state.rawValue)", \
        "fact": \(Self.quoted(finding.fact)), "advice": \(advice)}
        """
    }
    return """
      {
        "schema": "memtrace-doctor",
        "schemaVersion": \(Self.schemaVersion),
        "works": \(works),
        "checks": [
      \(checks.joined(separator: ",\n"))
        ]
      }

      """
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
