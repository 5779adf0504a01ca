import Glibc
import Reports

/// The files beside a trace.
package enum TraceDirectory {
  /// Names of the directory's entries, sorted; empty if it cannot be read.
  static func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
      }
      if let name { names.append(name) }
    }
    return names.sorted()
  }

  /// Whether a name is one that the recorder gives: `trace.bin`, `trace.PROGRAM.PID.bin`.
  static func looksLikeTrace(_ name: String) -> Bool {
    name.hasPrefix("trace.") && name.hasSuffix(".bin") || name == SummaryReport.defaultPath
  }

  /// The directory part of a path, `.` if there is none, and the name in it.
  package static func split(_ path: String) -> (directory: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let directory = String(path[..<slash])
    return (directory.isEmpty ? "/" : directory, String(path[path.index(after: slash)...]))
  }
}
