import Aggregation
import Analysis
import ArgumentParser
import Glibc
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// `memtrace-analyze bundle [TRACE] -o FILE`
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "A copy of a trace that carries its symbols.",
    discussion: """
      Looks up every code address of the trace here, and writes a copy that holds the names, files, \
      lines and inlined calls found. Reports on the copy need neither the recorded programs nor \
      their debug information.

      Examples:
        memtrace-analyze bundle trace.bin -o trace.bundle.bin
        memtrace-analyze bundle --debug-path build/debug -o for-a-colleague.bin
      """)

  @OptionGroup var input: TraceArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file(extensions: ["bin"]))
  var output: String

  @Flag(name: .customLong("json"), help: "Write what was done as JSON (see docs/JSON.md).")
  var writesJSON = false

  @OptionGroup(title: "Symbols") var symbols: SymbolOptions

  func run() throws {
    let path = try input.single(for: "bundle")
    let target = try OutputPath.target(of: output)
    try checkOutput(target, path)
    let presentation = try symbols.presentation()
    do {
      let observer = AnalysisObserver.onStandardError
      let analysis = try RunAnalysis(RunTraces([path], observer), presentation, observer)
      let profile = try analysis.profile()
      try checkTrace(profile, path)
      let file = try TraceFile(path: path)
      guard try TraceSymbols(file).symbols == nil else {
        throw CommandFailure(
          "\(path) carries symbols already; bundle the trace that it was made from",
          status: .usage)
      }
      let symbolizer = try analysis.symbolizer(of: profile, namesPackages: true)
      let recorded = RecordedSymbols(profile.stacks.codeAddresses, symbolizer)
      try TraceBundle(file).write(symbols: recorded.encoded(), to: target)
      if writesJSON { try writeJSON(path, symbolizer.diagnostics) }
    } catch let error as AnalysisError {
      throw CommandFailure(error)
    } catch let error as TraceError {
      let isOutput = error.file == target
      throw CommandFailure(
        error.description, status: isOutput ? .outputError : CommandFailure(error).status)
    }
  }

  private func writeJSON(_ path: String, _ found: SymbolizationDiagnostics) throws {
    var writer = JSONWriter(StandardOutput())
    writer.document("memtrace-bundle", analyzerVersion: Version.number) { json in
      json.object("trace", compact: true) { $0.member("path", path) }
      json.member("output", output)
      json.member("addresses", found.addresses)
      json.member("unresolvedAddresses", found.unresolved)
    }
    try writer.output.finish()
  }

  private func checkOutput(_ output: String, _ path: String) throws {
    var source = stat()
    var target = stat()
    guard stat(output, &target) == 0 else {
      if let failure = ExportFile.missingDirectory(of: output) { throw failure }
      return
    }
    if stat(path, &source) == 0, source.st_dev == target.st_dev, source.st_ino == target.st_ino {
      throw CommandFailure("\(output) is the trace itself; name another file", status: .usage)
    }
  }

  private func checkTrace(_ profile: HeapProfile, _ path: String) throws {
    if let damage = profile.damage.first {
      throw CommandFailure(
        "\(path): damaged \(damage); only a whole trace can be bundled", status: .dataError)
    }
    let process = profile.process
    if process.isBeingRecorded {
      throw CommandFailure(
        "\(path) is still being recorded, by process \(process.pid)", status: .usage)
    }
  }
}

extension StackTree {
  /// Every distinct place in code that a stack of the tree passes.
  fileprivate var codeAddresses: [CodeAddress] {
    var seen: Set<CodeAddress> = []
    // The first location is the root's.
    return locations.dropFirst().compactMap { location in
      guard location.programCounter.isAddress else { return nil }
      let address = CodeAddress(
        module: location.module.map { ModuleImage.ID($0.rawValue) },
        address: location.programCounter.lookupAddress)
      return seen.insert(address).inserted ? address : nil
    }
  }
}
