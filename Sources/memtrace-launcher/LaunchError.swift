import Glibc

/// Why a program was not started, or not traced. Exit statuses follow env, nice and timeout: 127
/// for a program that is not there, 126 for one that cannot be run, 125 for our own failures. Wrong
/// usage is 2, as of memtrace-analyze.
enum LaunchError: Error, Equatable, CustomStringConvertible {
  case noSuchProgram(String)
  case notExecutable(program: String)
  case isDirectory(program: String)
  case notAFile(program: String)
  case unreadable(program: String, reason: String)
  case truncated(path: String)
  case notAProgram(path: String)
  case staticallyLinked(path: String)
  case privileged(path: String, how: String)
  case sanitized(path: String, tool: String)
  case otherLibrary(path: String, loader: String)
  case missingLoader(path: String, loader: String)
  case foreign(path: String, machine: String)
  case missingInterpreter(script: String, interpreter: String)
  case scriptsTooDeep(program: String)
  case noLibrary(searched: [String])
  case libraryUnusable(path: String, reason: String)
  case spawnFailed(program: String, reason: String)
  case noSocket(reason: String)
  case noControl(process: pid_t, reason: String)

  static let wrongUsage: Int32 = 2

  var exitStatus: Int32 {
    switch self {
    case .noSuchProgram: 127
    case .noLibrary, .libraryUnusable, .noSocket: 125
    case .noControl: 1
    default: 126
    }
  }

  /// The cause, and what to do about it.
  var description: String { advice.map { "\(fact); \($0)" } ?? fact }

  /// The cause.
  var fact: String {
    switch self {
    case .noSuchProgram(let name):
      "\(name): no such program"
    case .notExecutable(let program):
      "\(program): not executable"
    case .isDirectory(let program):
      "\(program): is a directory"
    case .notAFile(let program):
      "\(program): is a pipe, a socket or a device, not a file"
    case .unreadable(let program, let reason):
      "\(program): cannot be examined: \(reason)"
    case .truncated(let path):
      "\(path): is only a part of an ELF file"
    case .notAProgram(let path):
      "\(path): neither an ELF program nor a script that starts with #!"
    case .staticallyLinked(let path):
      "\(path): is statically linked, so no library can be preloaded into it"
    case .privileged(let path, let how):
      "\(path): is \(how), so it is left alone"
    case .sanitized(let path, let tool):
      "\(path): is built with \(tool), which serves malloc itself"
    case .otherLibrary(let path, let loader):
      "\(path): is linked with another C library than glibc (its loader is \(loader))"
    case .missingLoader(let path, let loader):
      "\(path): its loader \(loader) does not exist or cannot be run"
    case .foreign(let path, let machine):
      "\(path): is a program for \(machine); this memtrace traces \(ELFImage.hostName) programs"
    case .missingInterpreter(let script, let interpreter):
      "\(script): its interpreter \(interpreter) does not exist or cannot be run"
    case .scriptsTooDeep(let program):
      "\(program): its interpreter is a script of a script of a script …"
    case .noLibrary(let searched):
      "libmemtrace.so was not found (looked in \(searched.joined(separator: ", ")))"
    case .libraryUnusable(let path, let reason):
      "\(path): cannot be preloaded: \(reason)"
    case .spawnFailed(let program, let reason):
      "\(program): could not be started: \(reason)"
    case .noSocket(let reason):
      "no socket could be made for --on-critical: \(reason)"
    case .noControl(let process, let reason):
      "process \(process): \(reason)"
    }
  }

  /// What to do about it; nil where the cause says all.
  var advice: String? {
    switch self {
    case .noSuchProgram: "give its path, or put its folder into PATH"
    case .notExecutable: "chmod +x it, or name the interpreter that runs it"
    case .isDirectory: "name a program in it"
    case .notAFile: "name a program"
    case .unreadable(_, let reason) where reason == SystemError.text(EACCES):
      "trace it as a user who may look at it"
    case .unreadable: nil
    case .truncated: "build or copy it again"
    case .notAProgram: "name the interpreter that runs it"
    case .staticallyLinked: "link it dynamically (Go: with cgo; Rust: not for a musl target)"
    case .privileged: "trace a copy without that"
    case .sanitized: "trace a build without it"
    case .otherLibrary: "trace a build for glibc"
    case .missingLoader: "install the C library that it is linked with"
    case .foreign: "trace a build for this machine"
    case .missingInterpreter: "install it, or mend the script's first line"
    case .scriptsTooDeep: "name the interpreter that runs them all"
    case .noLibrary: "set MEMTRACE_LIBRARY to its path"
    case .noSocket: "set TMPDIR to a folder that you can write to"
    case .libraryUnusable, .spawnFailed, .noControl: nil
    }
  }
}
