/// A block as an index has it: what the live table and the walk's births know of it.
struct CheckpointBlock: BitwiseCopyable {
  let block: LiveBlock
  let birth: BirthTable.Birth

  var key: UInt64 { BirthTable.key(thread: block.thread, sequence: block.sequence) }

  func encode(to writer: inout LEBWriter) {
    writer.append(block.thread)
    writer.append(block.sequence)
    writer.append(block.account)
    writer.append(block.address)
    writer.append(UInt64(bitPattern: block.sizeBytes))
    writer.append(block.born)
    writer.append(birth.timeNanoseconds)
    writer.append(birth.origin.packed)
  }

  init(_ block: LiveBlock, _ birth: BirthTable.Birth) {
    self.block = block
    self.birth = birth
  }

  init(_ reader: inout LEBReader) {
    let thread = UInt32(truncatingIfNeeded: reader.unsigned())
    let sequence = UInt32(truncatingIfNeeded: reader.unsigned())
    let account = UInt32(truncatingIfNeeded: reader.unsigned())
    let address = reader.unsigned()
    let size = Int64(clamping: reader.unsigned())
    let born = UInt32(truncatingIfNeeded: reader.unsigned())
    block = LiveBlock(
      address: address, sizeBytes: size, account: account, thread: thread, sequence: sequence,
      born: born)
    let time = reader.unsigned()
    birth = BirthTable.Birth(
      timeNanoseconds: time, origin: BlockOrigin(packed: reader.unsigned()))
  }
}
