// Finds separate debug files: by build id, and by the name that the binary's section
// `.gnu_debuglink` gives, in the places gdb looks at.

import CElfutils

struct DebugFileLocator {
  let options: SymbolizerOptions

  /// The debug file of a binary, proven to belong to it; `nil` when none is found.
  func locate(buildID: BuildID?, binary: ElfFile?, recordedPath: String) -> ElfFile? {
    let buildID = buildID ?? binary?.buildID()
    if let buildID {
      for directory in debugDirectories() {
        let path = Self.path(of: buildID, below: directory)
        if let file = try? ElfFile(path: path), file.buildID() == buildID { return file }
      }
    }
    if let binary, let file = linked(binary, buildID: buildID, recordedPath: recordedPath) {
      return file
    }
    // Not for what has its debug information in itself.
    guard let buildID, !(binary?.hasDebugInformation ?? false),
      let path = DebugInfoServer.debugFile(buildID, observer: options.downloadObserver),
      let file = try? ElfFile(path: path),
      file.buildID() == buildID
    else { return nil }
    return file
  }

  /// The file that the section `.gnu_debuglink` names.
  private func linked(
    _ binary: ElfFile, buildID: BuildID?, recordedPath: String
  ) -> ElfFile? {
    guard let link = DebugLink(in: binary) else { return nil }
    for path in candidates(link.fileName, binaryPath: binary.path, recordedPath: recordedPath)
    where path != binary.path {
      guard let file = try? ElfFile(path: path) else { continue }
      if let buildID, let found = file.buildID() {
        if found == buildID { return file }
      } else if link.matches(contentsOf: path) {
        return file
      }
    }
    return nil
  }

  /// `DIRECTORY/.build-id/ab/cdef….debug`.
  static func path(of buildID: BuildID, below directory: String) -> String {
    let text = buildID.description
    return "\(directory)/.build-id/\(text.prefix(2))/\(text.dropFirst(2)).debug"
  }

  /// The directories given, below the root of the recorded machine first if there is one.
  private func debugDirectories() -> [String] {
    guard let root = options.systemRoot else { return options.debugDirectories }
    return options.debugDirectories.map { root + $0 } + options.debugDirectories
  }

  private func candidates(
    _ fileName: String, binaryPath: String, recordedPath: String
  ) -> [String] {
    let beside = binaryPath.directory
    let recorded = recordedPath.directory
    return ["\(beside)/\(fileName)", "\(beside)/.debug/\(fileName)"]
      + debugDirectories().flatMap { ["\($0)\(recorded)/\(fileName)", "\($0)/\(fileName)"] }
  }
}
