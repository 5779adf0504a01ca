import CTraceFormat

/// Encodes records as a recorder writes them.
public enum TestRecords {
  /// A record's header, content and padding.
  public static func record(_ type: mt_record_type, _ content: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(
      mt_record(type: UInt16(type.rawValue), reserved: 0, bytes: UInt32(content.count)))
    writer.append(content)
    writer.pad(to: 8)
    return writer.bytes
  }

  public static func text(_ type: mt_record_type, _ text: String) -> [UInt8] {
    record(type, Array(text.utf8))
  }

  public static func structure<Content: BitwiseCopyable>(
    _ type: mt_record_type, _ content: Content, _ rest: [UInt8] = []
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(content)
    writer.append(rest)
    return record(type, writer.bytes)
  }

  /// A mark, or a moment of a kind other than 0.
  public static func mark(
    thread: UInt32, timeNanoseconds: UInt64, label: String, kind: UInt32 = 0, phase: UInt64 = 0
  ) -> [UInt8] {
    guard kind == 0 else {
      return structure(
        MT_RECORD_MOMENT,
        mt_moment(
          time_ns: timeNanoseconds, thread: thread, kind: kind, phase: phase, resident_bytes: 4096,
          virtual_bytes: 8192, label_bytes: UInt32(label.utf8.count), measure: 0),
        Array(label.utf8))
    }
    return structure(
      MT_RECORD_MARK,
      mt_mark(time_ns: timeNanoseconds, thread: thread, label_bytes: UInt32(label.utf8.count)),
      Array(label.utf8))
  }

  /// Says that no two events of the trace stand in the wrong order.
  public static func exactOrder() -> [UInt8] {
    structure(
      MT_RECORD_ORDER,
      mt_order(
        time_ns: 0, bound_bytes: 0, bound_events: 0, kind: MT_ORDER_EXACT.rawValue,
        clock_interval_ns: 0))
  }

  public static func location(
    _ programCounter: UInt64, function: String, file: String, line: UInt32
  ) -> [UInt8] {
    structure(
      MT_RECORD_LOCATION,
      mt_location(
        pc: programCounter, line: line, function_bytes: UInt16(function.utf8.count),
        file_bytes: UInt16(file.utf8.count)), Array((function + file).utf8))
  }

  public static func restore(address: UInt64) -> [UInt8] {
    structure(MT_RECORD_RESTORE, mt_restore(address: address))
  }

  public static func end(_ reason: mt_end_reason, status: Int32, timeNanoseconds: UInt64) -> [UInt8]
  {
    structure(
      MT_RECORD_END,
      mt_end(time_ns: timeNanoseconds, reason: UInt32(reason.rawValue), status: status))
  }

  public static func moduleLoad(
    id: UInt32, range: Range<UInt64>, path: String, buildID: [UInt8] = [], incarnation: UInt16 = 0
  ) -> [UInt8] {
    var rest = ByteWriter()
    rest.append(
      mt_segment(
        start: range.lowerBound, end: range.upperBound, file_offset: 0, flags: 5, reserved: 0))
    rest.append(buildID)
    rest.append(Array(path.utf8))
    let load = mt_module_load(
      time_ns: 5, base: range.lowerBound, start: range.lowerBound, end: range.upperBound,
      file_bytes: 4096, file_mtime_ns: 7, module: id, incarnation: incarnation, segment_count: 1,
      build_id_bytes: UInt16(buildID.count), path_bytes: UInt16(path.utf8.count), reserved: 0)
    return structure(MT_RECORD_MODULE_LOAD, load, rest.bytes)
  }
}
