import CTraceFormat

/// A part of an account of resident memory, as a record has it: `ResidentPages` reads the whole.
public struct AccountPart: Sendable, Hashable {
  /// Why the account was taken.
  public enum Reason: String, Sendable {
    case start, end, grown, asked, due, other
  }

  /// When the account was begun; the same in all its parts.
  public let timeNanoseconds: UInt64
  /// The rest is of the last part alone, but for the number, what was left out, and the entries.
  public let tookNanoseconds: UInt64
  public let number: UInt32
  public let isLast: Bool
  /// The kernel did not say what was resident: `errno` says why.
  public let isRefused: Bool
  public let errno: Int32
  /// Large mappings were left out.
  public let isPartial: Bool
  /// Untouched pages that were only read may count as resident.
  public let isPlain: Bool
  public let reason: Reason
  public let residentBeforeBytes: UInt64
  public let residentAfterBytes: UInt64
  public let pageTableBytes: UInt64
  public let swapBytes: UInt64
  public let entries: [UInt8]

  /// Reads a record's content.
  init(_ content: UnsafeRawBufferPointer) throws(TraceError) {
    let bytes = MemoryLayout<mt_account>.size
    guard content.count >= bytes else {
      throw TraceError(kind: .damaged, cause: "a record is shorter than its type")
    }
    let header = content.loadUnaligned(as: mt_account.self)
    func has(_ flag: mt_account_flag) -> Bool { UInt32(header.flags) & flag.rawValue != 0 }
    timeNanoseconds = header.time_ns
    tookNanoseconds = header.took_ns
    number = header.part
    isLast = has(MT_ACCOUNT_LAST)
    isRefused = has(MT_ACCOUNT_REFUSED)
    errno = header.error
    isPartial = has(MT_ACCOUNT_PARTIAL)
    isPlain = has(MT_ACCOUNT_PLAIN)
    reason =
      switch mt_account_reason(rawValue: UInt32(header.reason)) {
      case MT_ACCOUNT_AT_START: .start
      case MT_ACCOUNT_AT_END: .end
      case MT_ACCOUNT_GROWN: .grown
      case MT_ACCOUNT_ASKED: .asked
      case MT_ACCOUNT_DUE: .due
      default: .other
      }
    residentBeforeBytes = header.resident_before_bytes
    residentAfterBytes = header.resident_after_bytes
    pageTableBytes = header.page_table_bytes
    swapBytes = header.swap_bytes
    entries = [UInt8](content.dropFirst(bytes))
  }
}
