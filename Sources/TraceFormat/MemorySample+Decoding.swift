import CTraceFormat

extension MemorySample {
  /// Bytes of a sample in traces of recorders that told resident and virtual memory alone.
  private static let shortestBytes = 24

  /// Reads a record's content, which may be shorter or longer than this version's.
  init(_ content: UnsafeRawBufferPointer) throws(TraceError) {
    guard content.count >= Self.shortestBytes else {
      throw TraceError(kind: .damaged, cause: "a memory sample is shorter than its type")
    }
    var sample = mt_memory_sample()
    withUnsafeMutableBytes(of: &sample) {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: content.prefix($0.count)))
    }
    self.init(sample)
  }

  /// A sample as the format has it.
  package init(_ sample: mt_memory_sample) {
    self.init(
      timeNanoseconds: sample.time_ns, residentBytes: sample.resident_bytes,
      virtualBytes: sample.virtual_bytes,
      highWaterBytes: sample.high_water_bytes == 0 ? nil : sample.high_water_bytes,
      parts: sample.high_water_bytes == 0
        ? nil
        : Parts(
          anonymousBytes: sample.anonymous_bytes, fileBytes: sample.file_bytes,
          sharedBytes: sample.shared_bytes, ownAnonymousBytes: sample.own_anonymous_bytes,
          ownFileBytes: sample.own_file_bytes, ownSharedBytes: sample.own_shared_bytes))
  }
}
