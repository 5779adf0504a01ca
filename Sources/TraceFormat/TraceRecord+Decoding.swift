import CTraceFormat

extension TraceRecord {
  /// Reads a sequence of `struct mt_record`, as in a records chunk.
  ///
  /// - Throws: `TraceError` with an offset relative to `bytes`.
  public static func decodeAll(_ bytes: UnsafeRawBufferPointer) throws(TraceError) -> [TraceRecord]
  {
    var records: [TraceRecord] = []
    var offset = 0
    while offset < bytes.count {
      let (record, length) = try decode(UnsafeRawBufferPointer(rebasing: bytes[offset...]))
      records.append(record)
      offset += length
    }
    return records
  }

  /// Reads the record at the start of `bytes`; returns it with its length, padding included.
  ///
  /// - Throws: `TraceError` when the record does not fit into the bytes or contradicts itself.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer
  ) throws(TraceError) -> (record: TraceRecord, length: Int) {
    let headerBytes = MemoryLayout<mt_record>.size
    guard bytes.count >= headerBytes else { throw damaged("a record ends within its header") }
    let header = bytes.loadUnaligned(as: mt_record.self)
    guard Int(header.bytes) <= bytes.count - headerBytes else {
      throw damaged("a record is longer than what holds it")
    }
    let content = UnsafeRawBufferPointer(rebasing: bytes[headerBytes...].prefix(Int(header.bytes)))
    let padded = headerBytes + (Int(header.bytes) + 7) & ~7
    return (try decode(type: header.type, content: content), min(padded, bytes.count))
  }

  private static func decode(
    type: UInt16, content: UnsafeRawBufferPointer
  ) throws(TraceError) -> TraceRecord {
    switch mt_record_type(rawValue: UInt32(type)) {
    case MT_RECORD_EXECUTABLE: return .executable(text(content))
    case MT_RECORD_ARGUMENTS: return .arguments(strings(content))
    case MT_RECORD_DIRECTORY: return .directory(text(content))
    case MT_RECORD_ENVIRONMENT: return .environment(strings(content))
    case MT_RECORD_RECORDER: return .recorder(text(content))
    case MT_RECORD_ALLOCATOR: return .allocator(text(content))
    case MT_RECORD_MODULE_LOAD: return .moduleLoad(try module(content))
    case MT_RECORD_MODULE_UNLOAD:
      let unload = try load(mt_module_unload.self, content)
      return .moduleUnload(ModuleID(rawValue: unload.module), timeNanoseconds: unload.time_ns)
    case MT_RECORD_THREAD_START:
      let start = try load(mt_thread_start.self, content)
      return .threadStart(
        ThreadID(rawValue: start.thread), tid: start.tid, timeNanoseconds: start.time_ns)
    case MT_RECORD_THREAD_NAME:
      let name = try load(mt_thread_name.self, content)
      let characters = withUnsafeBytes(of: name.name) { String(paddedWithNUL: $0) }
      return .threadName(ThreadID(rawValue: name.thread), characters)
    case MT_RECORD_THREAD_END:
      let end = try load(mt_thread_end.self, content)
      return .threadEnd(ThreadID(rawValue: end.thread), timeNanoseconds: end.time_ns)
    case MT_RECORD_MEMORY:
      return .memory(try MemorySample(content))
    case MT_RECORD_ACCOUNT: return .account(try AccountPart(content))
    case MT_RECORD_COUNTERS:
      return .counters(
        RecorderCounters(
          values: (0..<min(content.count / 8, 1024)).map {
            content.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
          }))
    case MT_RECORD_END: return .end(ProcessEnd(try load(mt_end.self, content)))
    case MT_RECORD_RESTORE:
      return .restore(address: try load(mt_restore.self, content).address)
    case MT_RECORD_MARK:
      let mark = try load(mt_mark.self, content)
      let label = content.dropFirst(MemoryLayout<mt_mark>.size).prefix(Int(mark.label_bytes))
      return .mark(
        Mark(
          timeNanoseconds: mark.time_ns, thread: ThreadID(rawValue: mark.thread),
          label: text(UnsafeRawBufferPointer(rebasing: label))))
    case MT_RECORD_MOMENT:
      let moment = try load(mt_moment.self, content)
      guard let kind = Mark.Kind(rawValue: moment.kind), kind != .mark else {
        return .unknown(type: type)
      }
      let label = content.dropFirst(MemoryLayout<mt_moment>.size).prefix(Int(moment.label_bytes))
      let threshold =
        kind == .threshold
        ? Mark.Threshold(
          measure: Mark.Threshold.Measure(rawValue: moment.measure), limitBytes: moment.phase)
        : nil
      return .mark(
        Mark(
          timeNanoseconds: moment.time_ns, thread: ThreadID(rawValue: moment.thread),
          label: text(UnsafeRawBufferPointer(rebasing: label)), kind: kind,
          phase: threshold == nil ? moment.phase : 0, residentBytes: moment.resident_bytes,
          virtualBytes: moment.virtual_bytes, threshold: threshold))
    case MT_RECORD_ORDER:
      guard let order = RecordedOrder(try load(mt_order.self, content)) else {
        return .unknown(type: type)
      }
      return .order(order)
    case MT_RECORD_LOCATION: return try location(content)
    case MT_RECORD_TITLE: return .title(text(content))
    case MT_RECORD_UNTRACED:
      let program = try load(mt_untraced.self, content)
      let path = content.dropFirst(MemoryLayout<mt_untraced>.size)
      return .untraced(
        UntracedProgram(
          timeNanoseconds: program.time_ns, pid: program.pid,
          reason: UntracedProgram.Reason(code: program.reason),
          path: text(UnsafeRawBufferPointer(rebasing: path))))
    case MT_RECORD_TROUBLE: return .trouble(Trouble(try load(mt_trouble.self, content)))
    default: return .unknown(type: type)
    }
  }

  private static func location(_ content: UnsafeRawBufferPointer) throws(TraceError) -> TraceRecord
  {
    let location = try load(mt_location.self, content)
    let names = content.dropFirst(MemoryLayout<mt_location>.size)
    guard names.count >= Int(location.function_bytes) + Int(location.file_bytes) else {
      throw damaged("a location's record is too short for what it announces")
    }
    let function = names.prefix(Int(location.function_bytes))
    let file = names.dropFirst(function.count).prefix(Int(location.file_bytes))
    return .location(
      ProgramCounter(rawValue: location.pc),
      RecordedLocation(
        function: text(UnsafeRawBufferPointer(rebasing: function)),
        file: file.isEmpty ? nil : text(UnsafeRawBufferPointer(rebasing: file)),
        line: location.line == 0 ? nil : Int(location.line)))
  }

  private static func module(_ content: UnsafeRawBufferPointer) throws(TraceError) -> Module {
    let load = try load(mt_module_load.self, content)
    var offset = MemoryLayout<mt_module_load>.size
    let needed =
      offset + Int(load.segment_count) * MemoryLayout<mt_segment>.size
      + Int(load.build_id_bytes) + Int(load.path_bytes)
    guard content.count >= needed, load.start <= load.end else {
      throw damaged("a module's record is too short for what it announces")
    }
    var segments: [Module.Segment] = []
    for _ in 0..<load.segment_count {
      let segment = content.loadUnaligned(fromByteOffset: offset, as: mt_segment.self)
      offset += MemoryLayout<mt_segment>.size
      guard segment.start <= segment.end else { throw damaged("a segment ends before its start") }
      segments.append(
        Module.Segment(
          addresses: segment.start..<segment.end, fileOffset: segment.file_offset,
          isReadable: segment.flags & 4 != 0, isWritable: segment.flags & 2 != 0,
          isExecutable: segment.flags & 1 != 0))
    }
    let buildID = content[offset...].prefix(Int(load.build_id_bytes))
    let path = content[(offset + buildID.count)...].prefix(Int(load.path_bytes))
    return Module(
      id: ModuleID(rawValue: load.module), path: text(UnsafeRawBufferPointer(rebasing: path)),
      base: load.base, addresses: load.start..<load.end, segments: segments,
      buildID: Array(buildID), fileBytes: load.file_bytes,
      fileModificationNanoseconds: load.file_mtime_ns,
      // Version 1 has one more, which now means another thing in stacks.
      incarnation: min(load.incarnation, UInt16(MT_PC_INCARNATION_MAX)),
      loadTimeNanoseconds: load.time_ns)
  }

  private static func load<Content: BitwiseCopyable>(
    _ type: Content.Type, _ content: UnsafeRawBufferPointer
  ) throws(TraceError) -> Content {
    guard content.count >= MemoryLayout<Content>.size else {
      throw damaged("a record is shorter than its type")
    }
    return content.loadUnaligned(as: Content.self)
  }

  private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes, as: UTF8.self)
  }

  /// Strings that are each followed by a NUL.
  private static func strings(_ bytes: UnsafeRawBufferPointer) -> [String] {
    var pieces = bytes.split(separator: 0, omittingEmptySubsequences: false)
    if pieces.last?.isEmpty == true { pieces.removeLast() }
    return pieces.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func damaged(_ cause: String) -> TraceError {
    TraceError(kind: .damaged, cause: cause)
  }
}
