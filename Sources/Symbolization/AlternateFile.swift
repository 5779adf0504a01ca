// The file that dwz moved common debug information into, named by the section `.gnu_debugaltlink`.

import CElfutils

enum AlternateFile {
  /// Opens the alternate file of a debug file, proven by its build id; `nil` when there is none.
  static func open(
    for dwarf: OpaquePointer, path: String, debugDirectories: [String]
  ) -> ElfFile? {
    var name: UnsafePointer<CChar>?
    var bytes: UnsafeRawPointer?
    let count = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bytes)
    guard count > 0, count <= 64, let name, let bytes,
      let buildID = BuildID(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    else { return nil }
    let recorded = String(cString: name)
    var candidates = debugDirectories.map { DebugFileLocator.path(of: buildID, below: $0) }
    if recorded.hasPrefix("/") {
      candidates.append(recorded)
    } else {
      // Relative to the real place of the debug file, which is often reached by a link.
      for base in [path, RealPath.of(path) ?? path] {
        let directory = base.lastIndex(of: "/").map { base[..<$0] } ?? "."
        candidates.append("\(directory)/\(recorded)")
      }
    }
    for candidate in candidates {
      do {
        let file = try ElfFile(path: candidate)
        if file.buildID() == buildID { return file }
      } catch {
        continue
      }
    }
    return nil
  }
}
