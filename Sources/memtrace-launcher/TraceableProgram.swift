import CXattr
import Glibc

/// A program that exists, may be run, and into which a library can be preloaded: the proof is
/// that a value could be made. What cannot be traced is refused before anything is started.
struct TraceableProgram {
  /// What to execute: the name as given if it has a slash, else where PATH has it.
  let path: String
  /// The ELF file that runs: of a script, its interpreter.
  let elfPath: String
  /// Its base name.
  let executable: String

  /// Finds `name` as execvp would, and follows `#!` lines to the ELF program that would run.
  ///
  /// - Throws: ``LaunchError``, the one reason why it cannot be traced.
  init(name: String, searchPath: String?) throws(LaunchError) {
    path = try Self.locate(name, searchPath: searchPath)
    elfPath = try Self.examine(path, depth: 0)
    executable = Self.baseName(elfPath)
  }

  /// The kernel gives up on scripts run by scripts at the same depth.
  private static let scriptDepthLimit = 4

  private static func locate(_ name: String, searchPath: String?) throws(LaunchError) -> String {
    guard !name.isEmpty else { throw .noSuchProgram("''") }
    if name.utf8.contains(UInt8(ascii: "/")) {
      try checkExecutable(name)
      return name
    }
    var found: LaunchError = .noSuchProgram(name)
    let search = searchPath ?? "/bin:/usr/bin"
    for folder in search.split(separator: ":", omittingEmptySubsequences: false) {
      let candidate = folder.isEmpty ? "./\(name)" : "\(folder)/\(name)"
      do {
        try checkExecutable(candidate)
        return candidate
      } catch {
        if case .notExecutable = error { found = error }
      }
    }
    throw found
  }

  private static func checkExecutable(_ path: String) throws(LaunchError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { throw .noSuchProgram(path) }
      throw .unreadable(program: path, reason: SystemError.text(errno))
    }
    if status.st_mode & S_IFMT == S_IFDIR { throw .isDirectory(program: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(program: path) }
    guard access(path, X_OK) == 0 else { throw .notExecutable(program: path) }
  }

  /// Whose `malloc` the program calls.
  var allocator: Allocator {
    DynamicSymbols.withFile(elfPath) { Allocator(ofProgramWith: $0) } ?? .libraries
  }

  /// Of a script that begins with `#!/usr/bin/env NAME`, the name: what env becomes.
  var programForEnv: String? {
    guard path != elfPath, executable == "env", let prefix = Self.readPrefix(path) else {
      return nil
    }
    let line = prefix.prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    // Ahead of it are `#!/usr/bin/env` (or `#! /usr/bin/env`), options and variables.
    return words.drop { !$0.hasSuffix("env") }.dropFirst()
      .first { !$0.hasPrefix("-") && !$0.contains("=") }.map(String.init)
  }

  /// Refuses what cannot be traced; the ELF file behind the path otherwise.
  private static func examine(_ path: String, depth: Int) throws(LaunchError) -> String {
    guard depth <= scriptDepthLimit else { throw .scriptsTooDeep(program: path) }
    try checkPrivileges(path)
    // A program that may be run but not read is left to the kernel to judge.
    guard let prefix = readPrefix(path) else { return path }
    if let image = ELFImage(prefix: prefix) {
      guard image.isForHost else { throw .foreign(path: path, machine: image.machineName) }
      guard image.isWhole else { throw .truncated(path: path) }
      guard image.hasInterpreter else { throw .staticallyLinked(path: path) }
      try checkLoader(of: path)
      if let tool = sanitizer(of: path) { throw .sanitized(path: path, tool: tool) }
      return path
    }
    guard let interpreter = scriptInterpreter(prefix) else { throw .notAProgram(path: path) }
    do {
      try checkExecutable(interpreter)
    } catch {
      throw .missingInterpreter(script: path, interpreter: interpreter)
    }
    return try examine(interpreter, depth: depth + 1)
  }

  /// The last component of where a path leads, as the kernel names a running program.
  private static func baseName(_ path: String) -> String {
    let resolved = realpath(path, nil)
    defer { free(resolved) }
    let target = resolved.map { String(cString: $0) } ?? path
    return String(target.split(separator: "/").last ?? "")
  }

  /// The sanitizer that a program is built with: some runtimes end a program before whose own
  /// libraries another one stands.
  private static func sanitizer(of path: String) -> String? {
    let runtimes = [
      ("__asan_init", "AddressSanitizer"), ("__hwasan_init", "HWAddressSanitizer"),
      ("__msan_init", "MemorySanitizer"), ("__tsan_init", "ThreadSanitizer"),
    ]
    let found = DynamicSymbols.withFile(path) { symbols in
      runtimes.first { symbols.mentions($0.0) }?.1
    }
    return found ?? nil
  }

  /// Refuses a program of another C library (musl's is its own loader), and one whose loader is not
  /// there: the kernel would say of the program that it does not exist.
  private static func checkLoader(of path: String) throws(LaunchError) {
    let found = ELFBytes.withFile(path) { ELFSections($0).interpreter }
    guard let loader = found ?? nil else { return }
    let isLibrary = DynamicSymbols.withFile(loader) { $0.defines("printf") } ?? false
    if isLibrary || loader.contains("musl") || loader.contains("uClibc") {
      throw .otherLibrary(path: path, loader: loader)
    }
    guard access(loader, X_OK) == 0 else { throw .missingLoader(path: path, loader: loader) }
  }

  /// The loader ignores LD_PRELOAD for programs that gain privileges, silently.
  private static func checkPrivileges(_ path: String) throws(LaunchError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    if status.st_mode & S_ISUID != 0 { throw .privileged(path: path, how: "setuid") }
    if status.st_mode & S_ISGID != 0 { throw .privileged(path: path, how: "setgid") }
    if getxattr(path, "security.capability", nil, 0) > 0 {
      throw .privileged(path: path, how: "given capabilities by its file")
    }
  }

  private static func readPrefix(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: ELFImage.prefixBytes)
    let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    return count >= 0 ? Array(bytes.prefix(count)) : nil
  }

  /// The path after `#!`, up to the first blank, as the kernel reads it.
  private static func scriptInterpreter(_ prefix: [UInt8]) -> String? {
    guard prefix.starts(with: [UInt8(ascii: "#"), UInt8(ascii: "!")]) else { return nil }
    let blank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let line = prefix.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
    let path = line.drop(while: blank).prefix { !blank($0) }
    return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
  }
}
