import Glibc

/// What the doctor can say of a program before it runs: whether a library can be preloaded into it,
/// whose malloc it calls, and what its functions will be called in reports.
struct ProgramChecks {
  private let name: String
  private let environment: Environment

  init(name: String, environment: Environment) {
    self.name = name
    self.environment = environment
  }

  /// All findings, in the order of reading.
  func findings() -> [Finding] {
    let path: String
    var findings: [Finding]
    do throws(LaunchError) {
      let program = try TraceableProgram(name: name, searchPath: environment["PATH"])
      var running = program
      var interpreters = program.path == program.elfPath ? [] : [program.elfPath]
      if let name = program.programForEnv {
        running = try TraceableProgram(name: name, searchPath: environment["PATH"])
        interpreters.append(running.elfPath)
      }
      path = running.elfPath
      let chain = ([program.path] + interpreters).map { ShownPath.text($0) }
      findings = [
        Finding(topic: .program, state: .good, fact: chain.joined(separator: ", run by "))
      ]
    } catch {
      return [Self.refusal(error)]
    }
    let details = ELFBytes.withFile(path) { file in
      Self.details(ELFSections(file), DynamicSymbols(file))
    }
    guard let details else {
      findings.append(
        Finding(
          topic: .linkage, state: .limited, fact: "the file may be run but not read",
          advice: "nothing more can be said; try"))
      return findings
    }
    return findings + details + [symbols(path)] + runtime(path)
  }

  /// Why `memtrace run` would refuse, as a finding.
  private static func refusal(_ error: LaunchError) -> Finding {
    let topic: Finding.Topic =
      switch error {
      case .staticallyLinked, .otherLibrary, .missingLoader, .foreign: .linkage
      case .privileged: .privileges
      case .sanitized: .allocator
      default: .program
      }
    return Finding(topic: topic, state: .bad, fact: error.fact, advice: error.advice)
  }

  private static func details(_ sections: ELFSections, _ symbols: DynamicSymbols) -> [Finding] {
    [linkage(sections), allocator(sections, symbols)]
  }

  private static func linkage(_ sections: ELFSections) -> Finding {
    Finding(
      topic: .linkage, state: .good, fact: "dynamic, loaded by \(sections.interpreter ?? "")")
  }

  private static func allocator(_ sections: ELFSections, _ symbols: DynamicSymbols) -> Finding {
    switch Allocator(ofProgramWith: symbols) {
    case .own:
      return Finding(
        topic: .allocator, state: .bad,
        fact: "it contains a malloc of its own, which comes before every preloaded library's",
        advice: "link its allocator as a shared library, or not at all")
    case .wrapper:
      return Finding(
        topic: .allocator, state: .limited,
        fact: "it contains a malloc of its own, which comes before every preloaded library's and "
          + "may hand on to it",
        advice: "only what it hands on is recorded; if that is nothing, link it as a shared library"
      )
    case .libraries: break
    }
    let known = ["jemalloc", "mimalloc", "tcmalloc"]
    let library = sections.libraries.first { name in known.contains { name.contains($0) } }
    return Finding(
      topic: .allocator, state: .good,
      fact: library.map { "\($0), whose functions are recorded" }
        ?? "the C library's, unless a library that is loaded later brings another")
  }

  private func symbols(_ path: String) -> Finding {
    let facts = ELFBytes.withFile(path) {
      file -> (hasTable: Bool, hasLines: Bool, build: String?) in
      let sections = ELFSections(file)
      return (
        sections.has(".symtab"), sections.has(".debug_info") || sections.has(".zdebug_info"),
        sections.buildID
      )
    }
    guard let facts else { return Finding(topic: .symbols, state: .limited, fact: "unreadable") }
    if facts.hasLines {
      return Finding(topic: .symbols, state: .good, fact: "functions and lines in the program")
    }
    if let build = facts.build, build.count > 2 {
      let file = "/usr/lib/debug/.build-id/\(build.prefix(2))/\(build.dropFirst(2)).debug"
      if access(file, R_OK) == 0 {
        return Finding(topic: .symbols, state: .good, fact: "functions and lines in \(file)")
      }
      if let servers = environment["DEBUGINFOD_URLS"], !servers.isEmpty {
        return Finding(
          topic: .symbols, state: .good,
          fact: "none here; the analyzer asks DEBUGINFOD_URLS for build \(build.prefix(8))")
      }
    }
    let advice =
      facts.build == nil
      ? "compile with -g"
      : "compile with -g, install its debug package, or set DEBUGINFOD_URLS"
    return facts.hasTable
      ? Finding(
        topic: .symbols, state: .limited, fact: "functions, no lines", advice: advice)
      : Finding(
        topic: .symbols, state: .limited, fact: "only functions that it exports", advice: advice)
  }

  /// What helps programs whose objects do not live in malloc's heap.
  private func runtime(_ path: String) -> [Finding] {
    let program = String(
      path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    let advice: (fact: String, advice: String)? =
      if program.hasPrefix("python") {
        (
          "Python serves objects of up to 512 bytes from arenas of its own",
          "memtrace run --python-objects shows them"
        )
      } else if program.hasPrefix("php") {
        (
          "PHP serves its objects from chunks of its own",
          "USE_ZEND_ALLOC=0 shows them"
        )
      } else if program == "node" {
        ("V8's objects live in mappings", "--perf-basic-prof names JavaScript functions on stacks")
      } else if program == "java" {
        (
          "Java's objects live in mappings; what native code allocates is recorded",
          "-XX:+PreserveFramePointer and an agent that writes /tmp/perf-PID.map name methods"
        )
      } else {
        nil
      }
    return advice.map { [Finding(topic: .runtime, state: .limited, fact: $0, advice: $1)] } ?? []
  }
}
