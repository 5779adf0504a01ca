/// One thing that the doctor looked at: how it is, and what to do about it.
struct Finding: Equatable {
  /// What the finding is about; the raw values are part of the JSON schema.
  enum Topic: String, CaseIterable {
    case kernel, glibc, installation, analyzer, processMemory, seccomp, limits, environment, output
    case program, linkage, privileges, allocator, runtime, symbols

    /// The topic in the left column of the text.
    var title: String {
      switch self {
      case .processMemory: "process memory"
      case .output: "trace file"
      default: rawValue
      }
    }
  }

  /// The raw values are part of the JSON schema.
  enum State: String {
    /// Nothing stands in the way.
    case good
    /// A trace can be recorded, and something will be missing or slower.
    case limited
    /// No trace can be recorded.
    case bad
  }

  let topic: Topic
  let state: State
  let fact: String
  /// What would help; nil if nothing has to.
  var advice: String?
}
