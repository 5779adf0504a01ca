import CTraceFormat

extension ProgramCounter {
  /// The same frame of a module that stands elsewhere: at another address, the first to stand there.
  public func moved(to address: UInt64) -> ProgramCounter {
    let addressBits: UInt64 = 1 << UInt64(MT_PC_ADDRESS_BITS) - 1
    let incarnationBits =
      UInt64(Self.recordedIncarnation) << UInt64(MT_PC_INCARNATION_SHIFT)
    return ProgramCounter(
      rawValue: rawValue & ~(addressBits | incarnationBits) | address & addressBits)
  }
}
