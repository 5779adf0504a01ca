import Aggregation
import Glibc
import Reports
import Symbolization
import TraceFormat
import TraceInput

/// Reads several traces into one group: those that are named, and those in directories that are.
enum TraceGroupLoader {
  /// From so many on their time lines are kept coarser.
  private static let manyTraces = 50

  /// The group that the arguments mean and its combined trace; nil if they name a single file.
  ///
  /// A file that cannot be read is listed in the group, whose combined profile counts as damaged.
  ///
  /// - Throws: `CommandFailure`: status 2 if a path names nothing, a directory has no trace, the
  ///   question is for one trace at a time or names what is in none, 65 if no trace can be read.
  static func load(
    _ paths: [String], stacks: StackOptions, question: TraceQuestion, keepsAllFrames: Bool = false
  ) throws -> (group: ProfileGroup, trace: AnalyzedTrace)? {
    guard try paths.count > 1 || paths.contains(where: isDirectory) else { return nil }
    let query = try question.needsQuery ? GroupQuery(question, stacks: stacks) : nil
    let rules = try stacks.rules.load()
    let files = try paths.flatMap { try isDirectory($0) ? TraceRun.files(in: $0) : [$0] }
    let group = if let query { try answer(query, files) } else { try read(files) }
    let symbolizer = try symbolizer(of: group, stacks.symbols)
    let presented = PresentedStacks(
      of: group.profile.stacks, modules: group.profile.modules, symbolizer: symbolizer,
      rules: rules, keepsAllFrames: keepsAllFrames && question.showsStacks,
      separatesLines: question.separatesLines)
    let trace = AnalyzedTrace(
      path: paths.joined(separator: " "), answer: group.profile, stacks: presented,
      symbolization: symbolizer.diagnostics, filter: question.filter)
    return (group, trace)
  }

  private static func symbolizer(
    of group: ProfileGroup, _ symbols: SymbolOptions
  ) throws -> any Symbolizing {
    do {
      return try TraceSymbolizer.make(group, symbols)
    } catch let error as TraceError {
      throw CommandFailure(error)
    }
  }

  private static func isDirectory(_ path: String) throws -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw CommandFailure(
        "cannot open \(path): \(String(cString: strerror(errno)))", status: .usage)
    }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  private static func answer(
    _ query: GroupQuery, _ files: [String]
  ) throws -> ProfileGroup {
    var query = query
    var builder = ProfileGroupBuilder()
    var seen: Set<FileIdentity> = []
    let progress = ProgressLine("reading \(Quantity.counted(files.count, "trace"))")
    defer { progress.clear() }
    for path in files {
      // Two names of one file are one trace.
      if let identity = FileIdentity(path: path), !seen.insert(identity).inserted { continue }
      do {
        try query.open(path)
      } catch let error as TraceError {
        builder.add(unreadable: path, cause: error.description)
      }
    }
    let selection = try query.answer(into: &builder, progress)
    guard !builder.isEmpty else { throw nothingReadable }
    return builder.group(selection: selection)
  }

  private static var nothingReadable: CommandFailure {
    CommandFailure("none of the files is a trace that can be read", status: .dataError)
  }

  private static func read(_ files: [String]) throws -> ProfileGroup {
    var options = LoadOptions()
    if files.count > manyTraces { options.timelinePoints = 200 }
    var builder = ProfileGroupBuilder()
    var seen: Set<FileIdentity> = []
    let progress = ProgressLine("reading \(Quantity.counted(files.count, "trace"))")
    defer { progress.clear() }
    let sizes = files.map(size)
    var reading = GroupProgress(progress, bytesTotal: sizes.reduce(0, &+))
    for (path, bytes) in zip(files, sizes) {
      // Two names of one file are one trace.
      if let identity = FileIdentity(path: path), !seen.insert(identity).inserted { continue }
      do throws(TraceError) {
        let profile = try HeapProfile.load(path: path, options: options) { reading.show($0) }
        builder.add(profile, path: path)
      } catch {
        builder.add(unreadable: path, cause: error.description)
      }
      reading.goOn(afterBytes: bytes)
    }
    guard !builder.isEmpty else { throw nothingReadable }
    return builder.group()
  }

  private static func size(_ path: String) -> UInt64 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(max(0, status.st_size)) : 0
  }

  /// What makes two paths name the same file.
  private struct FileIdentity: Hashable {
    let device: UInt64
    let number: UInt64

    init?(path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }
}
