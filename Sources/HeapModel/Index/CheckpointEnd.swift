/// The end of a block that an earlier batch began, or the taking back of such an end: what an index
/// says of the events between two checkpoints to a reader that passes over them.
struct CheckpointEnd: BitwiseCopyable {
  let block: CheckpointBlock
  let end: BlockEnd
  let isRevived: Bool

  private static let temporary: UInt64 = 1
  private static let released: UInt64 = 2
  private static let revived: UInt64 = 4

  init(_ block: CheckpointBlock, _ end: BlockEnd, isRevived: Bool = false) {
    self.block = block
    self.end = end
    self.isRevived = isRevived
  }

  /// Of a block that only ends, no more is written than finds it.
  func encode(to writer: inout LEBWriter) {
    var flags: UInt64 = 0
    if end.isTemporary { flags |= Self.temporary }
    if end.isReleased { flags |= Self.released }
    if isRevived { flags |= Self.revived }
    writer.append(flags)
    if isRevived {
      block.encode(to: &writer)
    } else {
      writer.append(block.block.thread)
      writer.append(block.block.sequence)
      writer.append(block.block.address)
    }
    writer.append(end.timeNanoseconds)
  }

  init(_ reader: inout LEBReader) {
    let flags = reader.unsigned()
    isRevived = flags & Self.revived != 0
    if isRevived {
      block = CheckpointBlock(&reader)
    } else {
      let thread = UInt32(truncatingIfNeeded: reader.unsigned())
      let sequence = UInt32(truncatingIfNeeded: reader.unsigned())
      block = CheckpointBlock(
        LiveBlock(
          address: reader.unsigned(), sizeBytes: 0, account: 0, thread: thread,
          sequence: sequence, born: 0),
        BirthTable.Birth(timeNanoseconds: 0, origin: BlockOrigin(packed: 0)))
    }
    end = BlockEnd(
      timeNanoseconds: reader.unsigned(), isTemporary: flags & Self.temporary != 0,
      isReleased: flags & Self.released != 0)
  }
}
