import CTraceFormat

extension ProgramCounter {
  /// Whether this is code at an address, not a sign that stands in a stack.
  public var isAddress: Bool { marker == nil && asyncCallersOfFrame == nil }

  /// The same frame of a module that stands elsewhere: at another address, the first to stand there.
  public func moved(to address: UInt64) -> ProgramCounter {
    let addressBits: UInt64 = 1 << UInt64(MT_PC_ADDRESS_BITS) - 1
    let incarnationBits = UInt64(MT_PC_INCARNATION_MAX) << UInt64(MT_PC_INCARNATION_SHIFT)
    return ProgramCounter(
      rawValue: rawValue & ~(addressBits | incarnationBits) | address & addressBits)
  }
}
