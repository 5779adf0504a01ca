import Synchronization

/// Readable names by linkage name, shared by all tasks. Small functions are inlined into many units,
/// and demangling takes longer than all else about them.
final class ReadableNames: Sendable {
  private let names = Mutex<[String: String]>([:])

  /// The readable form of a name. Two tasks that meet a new name at once may both demangle it.
  subscript(linkageName: String) -> String {
    if let known = names.withLock({ $0[linkageName] }) { return known }
    let readable = Demangler.readable(linkageName)
    names.withLock { $0[linkageName] = readable }
    return readable
  }
}
