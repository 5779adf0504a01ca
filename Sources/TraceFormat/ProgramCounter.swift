import CTraceFormat

/// What a frame of a stack is, as the trace stores it: most often a code address, with what is needed
/// to look it up.
///
/// An address is a return address, so its call is found one byte before it, except directly above a
/// signal frame, where it is the interrupted instruction itself.
public struct ProgramCounter: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The kinds of frames. A new one is a case here, and a kind of location in the format.
  public enum Kind: Sendable, Hashable {
    /// Code that a thread's stack returns to.
    case code
    /// No frame on a thread's stack but an async caller: code that goes on after its await.
    case awaiting
    /// A sign in place of frames that the recorder could not give.
    case marker(Marker)
    /// The end of a native stack whose async callers follow: they are those of the frame so many
    /// calls above the stack's innermost.
    case asyncCallers(frame: Int)
    /// No machine address: a line of a script, or whatever else a `RecordedLocation` describes.
    case recorded
    /// In the path of an interpreter's stack: what follows is run by the native frame at this depth,
    /// 0 being the outermost.
    case interpreterRun(depth: Int)
    /// Below a native stack: the node of the interpreter's stack beside it.
    case interpreterStack(node: UInt32)
    /// Below a stack, and no frame: malloc does not serve its blocks, but a runtime that cuts them from
    /// mappings of its own.
    case otherBlocks

    public var isInterpreterStack: Bool {
      if case .interpreterStack = self { true } else { false }
    }
  }

  /// What stands in place of a frame that the recorder could not give.
  public enum Marker: Sendable, Hashable {
    /// The stack was deeper than the recorder's limit: its outer frames are missing.
    case cut
    /// The unwinder could not go on from here.
    case broken
  }

  public var kind: Kind {
    let firstAsync = UInt64(MT_PC_ASYNC)
    switch rawValue {
    case UInt64(MT_PC_CUT): return .marker(.cut)
    case UInt64(MT_PC_BROKEN): return .marker(.broken)
    case firstAsync...firstAsync + UInt64(MT_PC_ASYNC_FRAMES_MAX):
      return .asyncCallers(frame: Int(rawValue - firstAsync))
    default:
      if incarnation == Self.recordedIncarnation { return recordedKind }
      return rawValue >> 63 != 0 ? .awaiting : .code
    }
  }

  private var recordedKind: Kind {
    let shift = UInt64(MT_PC_LOCATION_KIND_SHIFT)
    let number = rawValue & (1 << shift - 1)
    switch UInt32(rawValue >> shift & 0xff) {
    case MT_LOCATION_RUN.rawValue: return .interpreterRun(depth: Int(number))
    case MT_LOCATION_BESIDE.rawValue:
      return .interpreterStack(node: UInt32(truncatingIfNeeded: number))
    case MT_LOCATION_BLOCKS.rawValue: return .otherBlocks
    default: return .recorded
    }
  }

  /// Set when this is no code address but a sign that outer frames are missing.
  public var marker: Marker? {
    guard case .marker(let marker) = kind else { return nil }
    return marker
  }

  /// Set when this ends a native stack whose async callers follow; see `Kind.asyncCallers`.
  public var asyncCallersOfFrame: Int? {
    guard case .asyncCallers(let frame) = kind else { return nil }
    return frame
  }

  /// Whether this is code at an address, to be looked up in a module.
  public var isAddress: Bool {
    switch kind {
    case .code, .awaiting: true
    case .marker, .asyncCallers, .recorded, .interpreterRun, .interpreterStack, .otherBlocks: false
    }
  }

  /// The address in the process, without the marks in its upper bits.
  public var address: UInt64 { rawValue & (1 << UInt64(MT_PC_ADDRESS_BITS) - 1) }

  /// Whether the address is an instruction to be executed next, not one to return to.
  public var isExact: Bool { rawValue & (1 << UInt64(MT_PC_ADDRESS_BITS)) != 0 }

  /// Tells apart modules that stood at the same address one after the other.
  public var incarnation: UInt16 {
    UInt16(rawValue >> UInt64(MT_PC_INCARNATION_SHIFT) & UInt64(Self.recordedIncarnation))
  }

  /// The address inside the instruction that this frame was executing.
  public var lookupAddress: UInt64 { isExact || address == 0 ? address : address - 1 }

  public static let cut = ProgramCounter(rawValue: UInt64(MT_PC_CUT))
  public static let broken = ProgramCounter(rawValue: UInt64(MT_PC_BROKEN))

  /// The incarnation that stands for recorded locations; the largest that there can be.
  static let recordedIncarnation = UInt16(MT_PC_INCARNATION_MAX) + 1

  /// A recorded location by a number of the caller's, which belongs to no trace.
  public static func recorded(number: UInt64) -> ProgramCounter {
    ProgramCounter(
      rawValue: UInt64(recordedIncarnation) << UInt64(MT_PC_INCARNATION_SHIFT)
        | number & (1 << UInt64(MT_PC_ADDRESS_BITS) - 1))
  }

  /// The same as a trace of format version 1 has it, where no incarnation stood for anything else.
  public static func ofVersion1(_ rawValue: UInt64) -> UInt64 {
    let counter = ProgramCounter(rawValue: rawValue)
    guard counter.incarnation == recordedIncarnation else { return rawValue }
    return rawValue & ~(1 << UInt64(MT_PC_INCARNATION_SHIFT))
  }
}
