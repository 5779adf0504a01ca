import Glibc

/// Processes of this machine.
public enum RunningProcess {
  /// The trace that a process is writing, as far as what it has mapped or opened tells; `nil` if it
  /// records nothing, or may not be looked at.
  public static func trace(of pid: UInt32) -> String? {
    let mapped = mappedFiles(of: pid).compactMap { trace(ofLiveFile: $0) }
    for path in mapped + openFiles(of: pid) {
      // In a container the process has other names for its files.
      for candidate in [path, "/proc/\(pid)/root\(path)"] {
        guard let file = try? TraceFile(path: candidate), file.isBeingRecorded,
          file.header.pid == pid || file.isOfOtherPidNamespace
        else { continue }
        return candidate
      }
    }
    return nil
  }

  /// `/tmp/trace.bin` of `/tmp/.trace.bin.1a2b3c4d.live`.
  private static func trace(ofLiveFile path: String) -> String? {
    guard path.hasSuffix(".live"), let slash = path.lastIndex(of: "/") else { return nil }
    let name = path[path.index(after: slash)...].dropLast(".live".count)
    guard name.hasPrefix("."), let nonce = name.lastIndex(of: ".") else { return nil }
    return String(path[...slash]) + name[..<nonce].dropFirst()
  }

  private static func mappedFiles(of pid: UInt32) -> [String] {
    guard let file = fopen("/proc/\(pid)/maps", "re") else { return [] }
    defer { fclose(file) }
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    defer { free(line) }
    var names: [String] = []
    while getline(&line, &size, file) > 0, let line {
      let text = String(cString: line)
      guard let start = text.firstIndex(of: "/"), text.hasSuffix(".live\n") else { continue }
      let name = String(text[start...].dropLast())
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  private static func openFiles(of pid: UInt32) -> [String] {
    guard let stream = opendir("/proc/\(pid)/fd") else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      guard readlink("/proc/\(pid)/fd/\(name)", &target, target.count - 1) > 0,
        target[0] == CChar(UInt8(ascii: "/"))
      else { continue }
      names.append(
        String(decoding: target.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
    return names
  }

  /// Whether a process runs that has this number and began at that tick: the one that was recorded,
  /// not a later one with its number.
  public static func exists(_ pid: UInt32, startTicks: UInt64) -> Bool {
    guard startTicks != 0, let file = fopen("/proc/\(pid)/stat", "re") else { return false }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = fread(&buffer, 1, buffer.count, file)
    // The name in parentheses may hold anything. Behind it the state, `Z` for one that has ended and
    // was not waited for; the start is the 20th word.
    guard let end = buffer[..<count].lastIndex(of: UInt8(ascii: ")")) else { return false }
    let words = buffer[(end + 1)..<count].split(separator: UInt8(ascii: " "))
    return words.count > 19 && words[0] != [UInt8(ascii: "Z")]
      && UInt64(String(decoding: words[19], as: UTF8.self)) == startTicks
  }
}
