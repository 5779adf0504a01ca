/// Why a trace, or a part of it, could not be read.
public struct TraceError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// The file could not be opened or read at all.
    case unreadable
    /// The file is something else.
    case notATrace
    /// Written by a later major version of the format.
    case newerVersion(major: Int, supported: Int)
    /// Bytes contradict the format or their checksum.
    case damaged
    /// The file ends before what it announces.
    case truncated
  }

  public let kind: Kind
  /// Path of the file, empty for a trace in memory.
  public var file: String
  /// Bytes from the start of the file to what could not be read.
  public var offset: UInt64
  /// What was found and what was expected, for a person.
  public let cause: String

  public init(kind: Kind, file: String = "", offset: UInt64 = 0, cause: String) {
    self.kind = kind
    self.file = file
    self.offset = offset
    self.cause = cause
  }

  /// One line naming the file, the place and the cause.
  public var description: String {
    let name = file.isEmpty ? "trace" : file
    return switch kind {
    case .unreadable: "\(name): \(cause)"
    case .notATrace: "\(name): not a memtrace trace: \(cause)"
    case .newerVersion(let major, let supported):
      "\(name): written in trace format \(major), as it says at byte \(offset); this version reads "
        + "up to \(supported): use a newer memtrace-analyze"
    case .damaged: "\(name): damaged at byte \(offset): \(cause)"
    case .truncated: "\(name): truncated at byte \(offset): \(cause)"
    }
  }
}
