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
  ) throws -> AnalyzedRun? {
    guard try areSeveral(paths) else { return nil }
    let files = try files(paths)
    let progress = ProgressLine("reading \(Quantity.counted(files.count, "trace"))")
    defer { progress.clear() }
    guard question.needsQuery else {
      let group = try read(files, progress)
      let names = try names(of: group, stacks, question, keepsAllFrames: keepsAllFrames)
      return AnalyzedRun(trace: trace(paths, group, names, question), group: group)
    }
    var query = GroupQuery(question, stacks: stacks)
    for path in distinct(files) { query.add(path) }
    var answer = try query.answer(progress)
    let names = try names(of: answer.group, stacks, question, keepsAllFrames: keepsAllFrames)
    if question.needsGroupStacks {
      // What is one stack in the group is known now, and what it had in all.
      var partition = GroupQuery.Partition(stackNumbers: answer.stackNumbers)
      if let bytes = question.filter.minimumBytes {
        let shown =
          keepsAllFrames
          ? try self.names(of: answer.group, stacks, question, keepsAllFrames: false) : names
        partition.isWanted = shown.stacks.stacks(of: answer.group.profile.costs, from: bytes)
      }
      partition.grouping = question.grouping(names.stacks)
      let count = answer.group.profile.stacks.count
      answer = try query.answer(progress, partition)
      guard answer.group.profile.stacks.count == count else {
        throw CommandFailure("the traces changed while they were read", status: .dataError)
      }
    }
    return AnalyzedRun(
      trace: trace(paths, answer.group, names, question), group: answer.group, parts: answer.parts,
      times: query.times.times)
  }

  /// A window of the time of several traces, resolved; nil if the arguments name a single file.
  ///
  /// - Throws: `CommandFailure`, as `load`.
  static func window(
    _ paths: [String], stacks: StackOptions, question: TraceQuestion
  ) throws -> Range<UInt64>? {
    guard try areSeveral(paths) else { return nil }
    var query = GroupQuery(question, stacks: stacks)
    for path in distinct(try files(paths)) { query.add(path) }
    return try query.window
  }

  /// Whether the arguments mean more than a single file.
  static func areSeveral(_ paths: [String]) throws -> Bool {
    try paths.count > 1 || paths.contains(where: isDirectory)
  }

  /// The traces that the arguments mean.
  static func files(_ paths: [String]) throws -> [String] {
    try paths.flatMap { try isDirectory($0) ? TraceRun.files(in: $0) : [$0] }
  }

  private static func trace(
    _ paths: [String], _ group: ProfileGroup,
    _ names: (stacks: PresentedStacks, diagnostics: SymbolizationDiagnostics),
    _ question: TraceQuestion
  ) -> AnalyzedTrace {
    AnalyzedTrace(
      path: paths.joined(separator: " "), answer: group.profile, stacks: names.stacks,
      symbolization: names.diagnostics, filter: question.filter)
  }

  private static func names(
    of group: ProfileGroup, _ stacks: StackOptions, _ question: TraceQuestion,
    keepsAllFrames: Bool
  ) throws -> (stacks: PresentedStacks, diagnostics: SymbolizationDiagnostics) {
    let symbolizer = try symbolizer(of: group, stacks.symbols)
    let presented = PresentedStacks(
      of: group.profile.stacks, modules: group.profile.modules, symbolizer: symbolizer,
      rules: try stacks.rules.load(), keepsAllFrames: keepsAllFrames && question.showsStacks,
      separatesLines: question.separatesLines,
      foldsRecursion: stacks.rules.foldsRecursion)
    stacks.rules.reportUnmatched(in: presented)
    return (presented, symbolizer.diagnostics)
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
    guard stat(path, &status) == 0 else { throw TraceLocator.notOpened(path, errno) }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  static var nothingReadable: CommandFailure {
    CommandFailure("none of the files is a trace that can be read", status: .dataError)
  }

  private static func read(
    _ files: [String], _ progress: ProgressLine
  ) throws -> ProfileGroup {
    var options = LoadOptions()
    if files.count > manyTraces { options.timelinePoints = 200 }
    var builder = ProfileGroupBuilder()
    let files = distinct(files)
    let sizes = files.map(size)
    var reading = GroupProgress(progress, bytesTotal: sizes.reduce(0, &+))
    for (path, bytes) in zip(files, sizes) {
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

  /// Two names of one file are one trace.
  private static func distinct(_ files: [String]) -> [String] {
    var seen: Set<FileIdentity> = []
    return files.filter { path in
      FileIdentity(path: path).map { seen.insert($0).inserted } ?? true
    }
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
