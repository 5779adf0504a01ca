/// Why a file's symbols cannot be read.
enum SymbolizationError: Error, Hashable {
  /// Nothing stands at the path.
  case missing(path: String)
  /// A directory, device, pipe or socket: only regular files are opened.
  case notRegular(path: String)
  /// The system's words.
  case system(path: String, message: String)
  /// No ELF file, or one that the library refuses: its words.
  case malformed(path: String, message: String)

  /// The reason alone, for a report that names the path itself.
  var message: String {
    switch self {
    case .missing: "no such file"
    case .notRegular: "not a regular file"
    case .system(_, let message), .malformed(_, let message): message
    }
  }
}
