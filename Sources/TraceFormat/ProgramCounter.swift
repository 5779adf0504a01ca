import CTraceFormat

/// A code address as the trace stores it, with what is needed to look it up.
///
/// It is a return address, so its call is found one byte before it, except directly above a
/// signal frame, where it is the interrupted instruction itself.
public struct ProgramCounter: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// What stands in place of a frame that the recorder could not give.
  public enum Marker: Sendable, Hashable {
    /// The stack was deeper than the recorder's limit: its outer frames are missing.
    case cut
    /// The unwinder could not go on from here.
    case broken
  }

  /// Set when this is no code address but a sign that outer frames are missing.
  public var marker: Marker? {
    switch rawValue {
    case UInt64(MT_PC_CUT): .cut
    case UInt64(MT_PC_BROKEN): .broken
    default: nil
    }
  }

  /// Set when this ends a native stack whose async callers follow: they are those of the frame so
  /// many calls above the stack's innermost.
  public var asyncCallersOfFrame: Int? {
    let first = UInt64(MT_PC_ASYNC)
    guard rawValue >= first, rawValue <= first + UInt64(MT_PC_ASYNC_FRAMES_MAX) else { return nil }
    return Int(rawValue - first)
  }

  /// The address in the process, without the marks in its upper bits.
  public var address: UInt64 { rawValue & (1 << UInt64(MT_PC_ADDRESS_BITS) - 1) }

  /// Whether the address is an instruction to be executed next, not one to return to.
  public var isExact: Bool { rawValue & (1 << UInt64(MT_PC_ADDRESS_BITS)) != 0 }

  /// Tells apart modules that stood at the same address one after the other.
  public var incarnation: UInt16 {
    UInt16(rawValue >> UInt64(MT_PC_INCARNATION_SHIFT) & UInt64(MT_PC_INCARNATION_MAX))
  }

  /// Whether this is no frame on a thread's stack but an async caller: where it goes on after its
  /// await.
  public var awaits: Bool { rawValue >> 63 != 0 }

  /// The address inside the instruction that this frame was executing.
  public var lookupAddress: UInt64 { isExact || address == 0 ? address : address - 1 }

  public static let cut = ProgramCounter(rawValue: UInt64(MT_PC_CUT))
  public static let broken = ProgramCounter(rawValue: UInt64(MT_PC_BROKEN))
}
