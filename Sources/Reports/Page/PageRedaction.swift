import Aggregation

/// What a page that is sent around leaves out: command lines, titles, directories, marks, filters, and
/// of each path all above its last name. Off, it makes text safe to show and keeps the rest.
struct PageRedaction {
  let isOn: Bool

  /// A path, or its last name.
  func path(_ path: String) -> String {
    SafeText.sanitized(isOn ? PresentedFrame.baseName(path) : path)
  }

  /// Text that is left out.
  func secret(_ text: String?) -> String? { isOn ? nil : text.map(SafeText.sanitized) }

  func name(of process: TracedProcess) -> String {
    SafeText.sanitized(isOn ? process.program : ProcessText.name(of: process))
  }

  func command(of process: TracedProcess) -> String? {
    secret(ProcessText.commandLine(of: process))
  }

  func mark(_ label: String, _ number: Int, _ noun: String = "mark") -> String {
    isOn ? "\(noun) \(number + 1)" : SafeText.sanitized(label)
  }

  /// A notice; its words that are paths lose all but their last names.
  func notice(_ notice: Notice) -> Notice {
    let words = notice.message.split(separator: " ", omittingEmptySubsequences: false)
    let message = words.map { word in
      isOn && word.contains("/") ? PresentedFrame.baseName(String(word)) : String(word)
    }.joined(separator: " ")
    return Notice(
      severity: notice.severity, kind: notice.kind, message: SafeText.sanitized(message))
  }
}
