import Aggregation
import Glibc
import Reports
import TraceFormat
import TraceInput

/// The processes that are watched while they are recorded: one, or those whose traces are in a
/// directory, as they come and go.
///
/// Belongs to one thread at a time.
package final class FollowedRun {
  /// What a step brought.
  package enum Change: Sendable {
    case began(path: String, FollowedMoment)
    /// The process ended, or its trace was given up for the reason.
    case ended(path: String, FollowedMoment, trouble: String?)
  }

  /// Of the processes that have ended, as many stay.
  private static let mostEnded = 16

  /// As the user named it.
  package let name: String
  /// Those that run, and the latest that have ended, in the order in which they were found.
  package private(set) var processes: [FollowedProcess] = []
  /// Ended, and no longer among the processes.
  package private(set) var forgotten = 0

  /// Whether processes may still come.
  package var watchesDirectory: Bool { directory != nil }

  private let presentation: StackPresentation
  /// `nil` if one trace is followed.
  private var directory: String?
  /// By path: the files that were looked at, so that each is opened once.
  private var seen: [String: FileVersion] = [:]
  private var pending: [Change] = []

  /// What tells whether a file may have become another trace.
  private struct FileVersion: Equatable {
    let number: UInt64
    let changeSeconds: Int
    let changeNanoseconds: Int

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      number = UInt64(status.st_ino)
      changeSeconds = status.st_ctim.tv_sec
      changeNanoseconds = status.st_ctim.tv_nsec
    }
  }

  /// Begins to follow what a process id, a trace or a directory names; without any, `trace.bin` here.
  /// Of a directory the traces that are being recorded are followed; if there are none, those of its
  /// latest run.
  ///
  /// - Throws: `AnalysisError` if nothing can be followed.
  package init(
    _ target: String?, _ presentation: StackPresentation, _ observer: AnalysisObserver
  ) throws(AnalysisError) {
    self.presentation = presentation
    if let target, let pid = UInt32(target), access(target, F_OK) != 0 {
      guard let path = RunningProcess.trace(of: pid) else { throw .notRecorded(pid: pid) }
      name = path
      try follow(path)
      return
    }
    let path = target ?? SummaryReport.defaultPath
    name = path
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      let traces = try RunTraces(target.map { [$0] } ?? [], observer)
      try follow(traces.single())
      return
    }
    directory = path
    look(in: path, wantsEnded: false)
    guard processes.isEmpty else { return }
    do throws(AnalysisError) {
      for path in try RunTraces([path], observer).files { try follow(path) }
    } catch {
      // A program may be about to start.
      guard case .noTraceInDirectory = error else { throw error }
    }
  }

  /// Reads what is new of all processes and tells of those that came or went.
  package func step() -> [Change] {
    for process in processes where !process.isOver {
      process.step()
      if process.isOver {
        pending.append(.ended(path: process.path, process.now, trouble: process.trouble))
      }
    }
    followReplacements()
    if let directory { look(in: directory, wantsEnded: true) }
    forgetEnded()
    defer { pending.removeAll() }
    return pending
  }

  /// The trace of a process that becomes another program is given another name, and the program's takes
  /// its place: in a directory the old one is found again.
  private func followReplacements() {
    for process in processes where process.now.state == .replaced {
      guard let next = try? FollowedProcess(path: process.path, presentation) else { continue }
      processes.removeAll { $0 === process }
      forgotten += directory == nil ? 1 : 0
      seen[process.path] = FileVersion(process.path)
      add(next)
    }
  }

  private func follow(_ path: String) throws(AnalysisError) {
    do throws(TraceError) {
      add(try FollowedProcess(path: path, presentation))
    } catch {
      throw .trace(error)
    }
  }

  private func add(_ process: FollowedProcess) {
    processes.append(process)
    pending.append(.began(path: process.path, process.now))
    guard process.isOver else { return }
    pending.append(.ended(path: process.path, process.now, trouble: process.trouble))
  }

  /// Looks for traces that are new. Those of processes that have ended are wanted once the watch has
  /// begun: they came and went between two steps.
  private func look(in directory: String, wantsEnded: Bool) {
    let prefix = directory.hasSuffix("/") ? directory : directory + "/"
    let followed = Set(processes.filter { !$0.isOver }.map(\.path))
    var present: [String: FileVersion] = [:]
    for name in TraceDirectory.names(in: directory) where !name.hasPrefix(".") {
      let path = prefix + name
      guard let version = FileVersion(path) else { continue }
      // Followed ones change all the time; others are done, as far as they were opened.
      guard !followed.contains(path), seen[path] != version else {
        present[path] = followed.contains(path) ? version : seen[path]
        continue
      }
      guard let file = try? TraceFile(path: path) else {
        // One that is named like a trace may be about to become one.
        if !TraceDirectory.looksLikeTrace(name) { present[path] = version }
        continue
      }
      present[path] = version
      // Whoever waited for a process may have written how it ended into its trace; that of a process
      // which becomes another program gets another name.
      if let known = processes.first(where: { $0.isSame(as: file) }) {
        known.move(to: path)
        continue
      }
      guard file.isBeingRecorded || wantsEnded,
        let process = try? FollowedProcess(path: path, presentation)
      else { continue }
      add(process)
    }
    seen = present
  }

  private func forgetEnded() {
    let ended = processes.indices.filter { processes[$0].isOver }
    for index in ended.dropLast(Self.mostEnded).reversed() {
      processes.remove(at: index)
      forgotten += 1
    }
  }
}
