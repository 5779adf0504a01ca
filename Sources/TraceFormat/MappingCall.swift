import CTraceFormat

/// One call of `mmap` or its kin, as the trace has it; see `mt_mapping_call` for the terms.
public struct MappingCall: Sendable, Hashable {
  public enum Kind: UInt16, Sendable {
    case map = 1
    case unmap = 2
    case moveFrom = 3
    case moveTo = 4
    case forbid = 5
    case permit = 6
    case extend = 7
    case failed = 8
  }

  /// In a trace, of each call.
  public static let storedBytes = MemoryLayout<mt_mapping>.size

  public let kind: Kind
  public let start: UInt64
  /// As the call was given them.
  public let bytes: UInt64
  /// The trace's node; of calls that take memory.
  public let stack: UInt32
  /// Of `map`: the machine's `MAP_*`.
  public let flags: UInt32
  /// Of `map` and `permit`: `PROT_*`.
  public let protection: UInt16

  public init(
    _ kind: Kind, start: UInt64, bytes: UInt64, stack: UInt32 = 0, flags: UInt32 = 0,
    protection: UInt16 = 0
  ) {
    self.kind = kind
    self.start = start
    self.bytes = bytes
    self.stack = stack
    self.flags = flags
    self.protection = protection
  }

  /// Reads a `struct mt_mapping`; `nil` if it is of a kind that this version does not know.
  ///
  /// - Precondition: there are so many bytes.
  public init?(_ bytes: UnsafeRawBufferPointer) {
    let mapping = bytes.loadUnaligned(as: mt_mapping.self)
    guard let kind = Kind(rawValue: mapping.call) else { return nil }
    self.init(
      kind, start: mapping.start, bytes: mapping.bytes, stack: mapping.stack,
      flags: mapping.flags, protection: mapping.protection)
  }

  /// Whether the range may be neither read, written nor run.
  public var isWithoutAccess: Bool { protection & 0x7 == 0 }
  /// `MAP_ANONYMOUS`: of no file.
  public var isAnonymous: Bool { flags & 0x20 != 0 }
  /// `MAP_SHARED`.
  public var isShared: Bool { flags & 0x1 != 0 }
  /// `MAP_HUGETLB`: of huge pages that were set aside.
  public var isOfHugePages: Bool { kind == .map && flags & 0x40000 != 0 }
}
