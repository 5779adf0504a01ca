import Glibc

/// What the doctor can say of the machine, whatever is to be recorded on it. Every check tries the
/// thing itself where that harms nothing, and reads a version only where it cannot.
enum MachineChecks {
  static func kernel() -> Finding {
    var name = utsname()
    uname(&name)
    let release = withUnsafePointer(to: &name.release) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
    }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let memory = mmap(nil, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      return Finding(
        topic: .kernel, state: .bad, fact: "Linux \(release) gives no memory",
        advice: "raise the limit of the address space (ulimit -v)")
    }
    defer { munmap(memory, page) }
    let wipeOnFork: Int32 = 18
    guard madvise(memory, page, wipeOnFork) == 0 else {
      return Finding(
        topic: .kernel, state: .bad, fact: "Linux \(release) has no MADV_WIPEONFORK",
        advice: "use Linux 4.14 or newer")
    }
    return Finding(topic: .kernel, state: .good, fact: "Linux \(release)")
  }

  static func glibc(version: String = glibcVersion) -> Finding {
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    let isNew = numbers.count >= 2 && (numbers[0], numbers[1]) >= (2, 35)
    return isNew
      ? Finding(topic: .glibc, state: .good, fact: "glibc \(version)")
      : Finding(
        topic: .glibc, state: .limited,
        fact: "glibc \(version) has no _dl_find_object: stacks are unwound by libunwind, and "
          + "libraries that are loaded later have no names",
        advice: "use glibc 2.35 or newer for fast and whole stacks")
  }

  /// Such as `2.36`.
  private static var glibcVersion: String {
    let versionName: Int32 = 2  // _CS_GNU_LIBC_VERSION
    var text = [CChar](repeating: 0, count: 64)
    confstr(versionName, &text, text.count)
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return words.last.map(String.init) ?? "?"
  }

  private typealias ReadMemory =
    @convention(c) (
      pid_t, UnsafePointer<iovec>, UInt, UnsafePointer<iovec>, UInt, UInt
    ) -> Int

  /// The recorder reads stacks and unwind tables that may be unmapped meanwhile through the kernel.
  static func processMemory() -> Finding {
    // Swift's Glibc does not have it.
    guard let symbol = dlsym(nil, "process_vm_readv") else {
      return Finding(
        topic: .processMemory, state: .limited, fact: "this C library has no process_vm_readv",
        advice: "use a newer one")
    }
    let readMemory = unsafeBitCast(symbol, to: ReadMemory.self)
    var value: UInt64 = 42
    var copy: UInt64 = 0
    let count = withUnsafeMutablePointer(to: &copy) { target in
      withUnsafeMutablePointer(to: &value) { source in
        var local = iovec(iov_base: target, iov_len: 8)
        var remote = iovec(iov_base: source, iov_len: 8)
        return readMemory(getpid(), &local, 1, &remote, 1, 0)
      }
    }
    let scope = file("/proc/sys/kernel/yama/ptrace_scope").map { "; ptrace_scope \($0)" } ?? ""
    if count == 8, copy == 42 {
      return Finding(
        topic: .processMemory, state: .good, fact: "a process can read its own memory\(scope)")
    }
    return Finding(
      topic: .processMemory, state: .limited,
      fact: "process_vm_readv is refused (\(SystemError.text(errno)))\(scope): some stacks of "
        + "generated code end early",
      advice: "allow it, in a container with --cap-add SYS_PTRACE or another seccomp profile")
  }

  static func seccomp(status: String? = file("/proc/self/status")) -> Finding {
    let line = status?.split(separator: "\n").first { $0.hasPrefix("Seccomp:") }
    let mode = line?.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.map(String.init)
    switch mode {
    case "1":
      return Finding(
        topic: .seccomp, state: .bad, fact: "strict seccomp: no file can be opened",
        advice: "record outside of this sandbox")
    case "2":
      return Finding(
        topic: .seccomp, state: .good,
        fact: "a seccomp filter is in force; what recording needs is tried below and above")
    default: return Finding(topic: .seccomp, state: .good, fact: "no filter")
    }
  }

  static func limits() -> Finding {
    var trouble: [String] = []
    var limit = rlimit()
    let infinity = ~rlim_t(0)
    if getrlimit(__rlimit_resource_t(1), &limit) == 0, limit.rlim_cur != infinity,
      limit.rlim_cur < 64 << 20
    {
      trouble.append(
        "files of at most \(ByteSize.text(Int64(clamping: limit.rlim_cur))) (ulimit -f)")
    }
    if getrlimit(__rlimit_resource_t(9), &limit) == 0, limit.rlim_cur != infinity,
      limit.rlim_cur < 1 << 30
    {
      trouble.append(
        "an address space of \(ByteSize.text(Int64(clamping: limit.rlim_cur))) (ulimit -v)")
    }
    if trouble.isEmpty {
      return Finding(topic: .limits, state: .good, fact: "none that matters")
    }
    return Finding(
      topic: .limits, state: .limited, fact: trouble.joined(separator: ", "),
      advice: "recording stops where a limit is reached, and the report says so: raise it")
  }

  static func environment(_ environment: Environment) -> Finding {
    let preloads = environment["LD_PRELOAD"].flatMap { $0.isEmpty ? nil : $0 }
    let options = environment.entries.filter { $0.hasPrefix("MEMTRACE_") }
    let facts =
      (preloads.map { ["LD_PRELOAD=\($0)"] } ?? []) + options.sorted()
    if let preloads, preloads.contains("asan") || preloads.contains("tsan") {
      return Finding(
        topic: .environment, state: .bad, fact: "LD_PRELOAD=\(preloads)",
        advice: "a sanitizer's malloc and memtrace's exclude each other: take it out")
    }
    return Finding(
      topic: .environment, state: .good,
      fact: facts.isEmpty ? "no option set, nothing preloaded" : facts.joined(separator: ", "))
  }

  static func installation(_ environment: Environment) -> [Finding] {
    do throws(LaunchError) {
      let installation = try Installation(environment: environment)
      let library = Finding(
        topic: .installation, state: .good, fact: ShownPath.text(installation.library))
      guard let analyzer = installation.analyzer else {
        return [
          library,
          Finding(
            topic: .analyzer, state: .limited,
            fact: "memtrace-analyze is neither beside memtrace nor in PATH",
            advice: "install it, or copy traces to where it is"),
        ]
      }
      return [
        library, Finding(topic: .analyzer, state: .good, fact: ShownPath.text(analyzer)),
      ]
    } catch {
      return [
        Finding(
          topic: .installation, state: .bad, fact: error.description,
          advice: "install memtrace with tools/install")
      ]
    }
  }

  /// The text of a small file without the line break at its end; nil if it cannot be read.
  static func file(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    guard count >= 0 else { return nil }
    var text = String(decoding: bytes.prefix(count), as: UTF8.self)
    if text.last == "\n" { text.removeLast() }
    return text
  }
}
