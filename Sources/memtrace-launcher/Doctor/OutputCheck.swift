import Glibc

/// Whether a trace can be written where it would be: tries with a file of its own beside it.
enum OutputCheck {
  /// Less room than this fills up in a short while.
  private static let littleRoom: UInt64 = 256 << 20

  /// What is found where `pattern`, as in MEMTRACE_OUTPUT, would put a trace.
  static func finding(pattern: String) -> Finding {
    let folder = self.folder(of: pattern)
    let shown = ShownPath.text(folder)
    var template = Array("\(folder)/.memtrace-doctor.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else {
      return Finding(
        topic: .output, state: .bad, fact: "\(shown): \(SystemError.text(errno))",
        advice: "name a file in a folder that can be written: --output")
    }
    unlink(template)
    defer { close(descriptor) }
    let bytes = 1 << 20
    guard posix_fallocate(descriptor, 0, bytes) == 0 else {
      return Finding(
        topic: .output, state: .bad, fact: "\(shown): no room for a file of 1 MiB",
        advice: "make room, or name a file elsewhere: --output")
    }
    let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let memory, memory != MAP_FAILED else {
      return Finding(
        topic: .output, state: .bad,
        fact: "\(shown): its file system (\(kind(of: descriptor))) maps no files that are written",
        advice: "name a file on another file system: --output /tmp/trace.bin")
    }
    munmap(memory, bytes)
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else {
      return Finding(topic: .output, state: .good, fact: shown)
    }
    let room = UInt64(status.f_bavail) * UInt64(status.f_frsize)
    let fact = "\(shown) (\(kind(of: descriptor))), \(ByteSize.text(Int64(clamping: room))) free"
    return room < littleRoom
      ? Finding(
        topic: .output, state: .limited, fact: fact,
        advice: "a trace grows with what the program does: name a file with more room, --output")
      : Finding(topic: .output, state: .good, fact: fact)
  }

  private static func folder(of pattern: String) -> String {
    guard let slash = pattern.lastIndex(of: "/") else { return "." }
    return slash == pattern.startIndex ? "/" : String(pattern[..<slash])
  }

  /// The file system's name, as the kernel lists what is mounted.
  private static func kind(of descriptor: Int32) -> String {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return "unknown file system" }
    let device = UInt64(status.st_dev)
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & ~0xff
    let mounts = MachineChecks.file("/proc/self/mountinfo") ?? ""
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count > 2, fields[2] == "\(major):\(minor)",
        let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count
      {
        return String(fields[dash + 1])
      }
    }
    return "unknown file system"
  }
}
