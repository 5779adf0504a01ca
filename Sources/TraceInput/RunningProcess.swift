import Glibc

/// Processes of this machine.
public enum RunningProcess {
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
