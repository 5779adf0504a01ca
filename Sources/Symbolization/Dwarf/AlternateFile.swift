// The file that dwz moved common debug information into, named by the section `.gnu_debugaltlink`:
// a path, a NUL, and the file's build id.

import CElfutils

enum AlternateFile {
  /// Opens the alternate file of a debug file, proven by its build id; `nil` when there is none.
  static func open(for file: ElfFile, debugDirectories: [String]) -> ElfFile? {
    guard let section = file.section(named: ".gnu_debugaltlink"),
      let bytes = file.bytes(of: section)
    else { return nil }
    var reader = SectionReader(bytes)
    let recorded = String(decoding: reader.text(), as: UTF8.self)
    guard !reader.hasFailed,
      let buildID = BuildID(UnsafeRawBufferPointer(rebasing: bytes[reader.offset...]))
    else { return nil }
    var candidates = debugDirectories.map { DebugFileLocator.path(of: buildID, below: $0) }
    if recorded.hasPrefix("/") {
      candidates.append(recorded)
    } else {
      // Relative to the real place of the debug file, which is often reached by a link.
      for base in [file.path, RealPath.of(file.path) ?? file.path] {
        candidates.append("\(base.directory)/\(recorded)")
      }
    }
    for candidate in candidates {
      if let file = try? ElfFile(path: candidate), file.buildID() == buildID { return file }
    }
    return nil
  }
}
