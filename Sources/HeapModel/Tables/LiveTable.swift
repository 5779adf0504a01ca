/// The live blocks by address: neighbours stand side by side, so a program that allocates or
/// releases them one after the other is followed within a few cache lines.
final class LiveTable {
  private let records: GroupedTable<PackedBlock>
  /// Blocks that a record cannot hold, by address.
  private var unusual: [UInt64: LiveBlock] = [:]

  init() { records = GroupedTable() }

  /// An empty table with room for a part of another's blocks.
  init(forPart parts: Int, of whole: LiveTable) {
    records = GroupedTable(regions: whole.records.regionCount / parts)
  }

  var count: Int { records.count }

  /// Whether blocks are worth fetching before they are used.
  @inline(__always)
  var isLarge: Bool { records.isLarge }

  /// Brings blocks into the cache in three steps, some operations apart: the first for `far`, the last for
  /// `near`.
  @inline(__always)
  func prefetch(_ far: UInt64, _ middle: UInt64, _ near: UInt64) {
    records.prefetch(far: far, middle: middle, near: near)
  }

  /// The block at an address.
  @inline(__always)
  func find(_ address: UInt64) -> LiveBlock? {
    records.find(address).map { block($0, at: address) }
  }

  /// Enters a block; returns the one that stood at its address.
  @inline(__always)
  func insert(_ block: LiveBlock) -> LiveBlock? {
    let record = PackedBlock(block)
    let earlier = records.insert(block.address, record).map { take($0, at: block.address) }
    if record.isUnusual { unusual[block.address] = block }
    return earlier
  }

  /// Takes the block at an address out.
  @inline(__always)
  func remove(_ address: UInt64) -> LiveBlock? {
    records.remove(address).map { take($0, at: address) }
  }

  /// Calls `body` with every live block, in no order.
  func forEach(_ body: (LiveBlock) -> Void) {
    records.forEach { address, record in body(block(record, at: address)) }
  }

  @inline(__always)
  private func block(_ record: PackedBlock, at address: UInt64) -> LiveBlock {
    guard record.isUnusual, let block = unusual[address] else { return record.block(at: address) }
    return block
  }

  /// The block of a record that is no longer in the table.
  @inline(__always)
  private func take(_ record: PackedBlock, at address: UInt64) -> LiveBlock {
    guard record.isUnusual, let block = unusual.removeValue(forKey: address) else {
      return record.block(at: address)
    }
    return block
  }
}
