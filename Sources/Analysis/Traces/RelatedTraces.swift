import Aggregation
import Reports
import TraceFormat
import TraceInput

/// Finds the traces of the other processes of a run: the files beside a trace whose headers name
/// the same first process.
struct RelatedTraces {
  /// At most so many are read through; a build may leave thousands.
  private static let limit = 16

  private let observer: AnalysisObserver

  init(_ observer: AnalysisObserver) { self.observer = observer }

  /// Reads the totals of the largest traces of the same run in the same directory.
  ///
  /// A file that turns out not to be a readable trace is none of the run's: it is left out.
  func find(besides path: String, of profile: HeapProfile) -> [RelatedTrace] {
    let (directory, name) = TraceDirectory.split(path)
    let candidates = TraceDirectory.names(in: directory)
      .filter { $0 != name && TraceDirectory.looksLikeTrace($0) }
      .map { path.contains("/") ? "\(directory == "/" ? "" : directory)/\($0)" : $0 }
      .compactMap { candidate(at: $0, of: profile.process) }
    return candidates.sorted { ($0.bytes, $1.path) > ($1.bytes, $0.path) }.prefix(Self.limit)
      .compactMap { totals(at: $0.path) }
  }

  private func candidate(
    at path: String, of process: TracedProcess
  ) -> (path: String, bytes: UInt64)? {
    guard let file = try? TraceFile(path: path) else { return nil }
    let header = file.header
    guard header.rootPID == process.rootPID, header.rootStartTicks == process.rootStartTicks
    else { return nil }
    // Two names of one file are one trace.
    let isSame =
      header.pid == process.pid && header.processStartTicks == process.processStartTicks
      && header.startRealtimeNanoseconds == process.startRealtimeNanoseconds
    return isSame ? nil : (path, file.source.byteCount)
  }

  private func totals(at path: String) -> RelatedTrace? {
    let profile = try? observer.during(.reading(path: path)) { progress in
      try HeapProfile.load(path: path, progress: progress)
    }
    guard let profile else { return nil }
    return RelatedTrace(
      path: path, program: profile.process.program, pid: profile.process.pid,
      allocations: profile.totals.allocations, allocatedBytes: profile.totals.allocatedBytes)
  }
}
