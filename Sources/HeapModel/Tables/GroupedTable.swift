import CPrefetch

/// Records by 64-bit keys of which many are neighbours, such as addresses of blocks or numbers of
/// allocations. A hot file: see `ScratchBuffer` for why it uses pointers.
///
/// Sixteen keys are a group, 32 groups a region. A table by hash finds the region; a bit for each
/// neighbour tells which groups there are in it, and which keys in a group; what there is stands
/// side by side, in the order of keys and without the keys. So keys that come one after the other
/// meet the same few cache lines, and a record of 16 bytes takes 18 where blocks of 56 bytes stand
/// side by side, 53 where it is alone in its region.
///
/// Invariants: a region has a group, a group a record; all runs together have room for at most seven
/// fourths of what they hold, or did when they last needed more memory.
final class GroupedTable<Record: BitwiseCopyable> {
  private var table: RegionTable
  private var groups = RecordStore<RecordGroup>()
  private var records = RecordStore<Record>()
  private(set) var count = 0

  /// Fewer records than this stay in the cache by themselves.
  private static var fewRecords: Int { 1 << 14 }

  /// - Parameter regions: room for so many from the start.
  init(regions: Int = 0) { table = RegionTable(expected: regions) }

  deinit {
    groups.deallocate()
    records.deallocate()
  }

  var regionCount: Int { table.count }

  /// What it has ever had in use.
  var usedBytes: Int { table.usedBytes + groups.usedBytes + records.usedBytes }

  /// Whether records are worth fetching before they are used.
  @inline(__always)
  var isLarge: Bool { count > Self.fewRecords }

  /// Brings records into the cache in three steps, some operations apart: the first for the key
  /// `far`, the last for `near`.
  @inline(__always)
  func prefetch(far: UInt64, middle: UInt64, near: UInt64) {
    if table.isLarge { table.prefetch(RecordRegion.number(of: far)) }
    let number = RecordRegion.number(of: middle)
    let region = table.regions[table.place(of: number)]
    if region.number == number, !region.isEmpty {
      mt_prefetch_write(groups.elements + region.place(of: RecordRegion.bit(middle)))
    }
    guard let group = group(of: near) else { return }
    mt_prefetch_write(records.elements + group.place(of: RecordGroup.bit(near)))
  }

  /// The record under a key.
  @inline(__always)
  func find(_ key: UInt64) -> Record? {
    guard let group = group(of: key), group.has(RecordGroup.bit(key)) else { return nil }
    return records.elements[group.place(of: RecordGroup.bit(key))]
  }

  /// Enters a record; returns the one that stood under its key.
  @inline(__always)
  func insert(_ key: UInt64, _ record: Record) -> Record? {
    let group = groups.elements + openGroup(of: key)
    let bit = RecordGroup.bit(key)
    let place = group.pointee.place(of: bit)
    guard !group.pointee.has(bit) else {
      let earlier = records.elements[place]
      records.elements[place] = record
      return earlier
    }
    records.insert(record, at: place, of: &group.pointee)
    group.pointee.members |= bit
    count += 1
    if records.wantsPacking || groups.wantsPacking { pack() }
    return nil
  }

  /// Takes the record under a key out.
  @inline(__always)
  func remove(_ key: UInt64) -> Record? {
    let number = RecordRegion.number(of: key)
    let regionPlace = table.place(of: number)
    let region = table.regions + regionPlace
    let groupBit = RecordRegion.bit(key)
    guard region.pointee.number == number, region.pointee.has(groupBit) else { return nil }
    let groupPlace = region.pointee.place(of: groupBit)
    let group = groups.elements + groupPlace
    let bit = RecordGroup.bit(key)
    guard group.pointee.has(bit) else { return nil }
    let place = group.pointee.place(of: bit)
    let record = records.elements[place]
    records.remove(at: place, of: &group.pointee)
    group.pointee.members &= ~bit
    count -= 1
    if group.pointee.members == 0 {
      groups.remove(at: groupPlace, of: &region.pointee)
      region.pointee.members &= ~groupBit
      if region.pointee.isEmpty { table.close(regionPlace) }
    }
    return record
  }

  /// Calls `body` with every key and its record, in no order.
  func forEach(_ body: (UInt64, Record) -> Void) {
    for place in 0..<table.places {
      let region = table.regions[place]
      var groupPlace = Int(region.start)
      region.forEachGroup { firstKey in
        let group = groups.elements[groupPlace]
        groupPlace += 1
        var recordPlace = Int(group.start)
        var rest = group.members
        while rest != 0 {
          body(firstKey | UInt64(rest.trailingZeroBitCount), records.elements[recordPlace])
          recordPlace += 1
          rest &= rest - 1
        }
      }
    }
  }

  /// Moves what there is together, in the order of regions.
  @inline(never)
  private func pack() {
    if groups.wantsPacking {
      var packed = RecordStore<RecordGroup>()
      for place in 0..<table.places where !table.regions[place].isEmpty {
        packed.append(&table.regions[place], from: groups)
      }
      groups.deallocate()
      groups = packed
    }
    guard records.wantsPacking else { return }
    var packed = RecordStore<Record>()
    for place in 0..<table.places {
      let region = table.regions[place]
      for group in 0..<region.held {
        packed.append(&groups.elements[Int(region.start) + group], from: records)
      }
    }
    records.deallocate()
    records = packed
  }

  @inline(__always)
  private func group(of key: UInt64) -> RecordGroup? {
    let number = RecordRegion.number(of: key)
    let region = table.regions[table.place(of: number)]
    let bit = RecordRegion.bit(key)
    guard region.number == number, region.has(bit) else { return nil }
    return groups.elements[region.place(of: bit)]
  }

  /// The place of a key's group, which is made if there is none.
  @inline(__always)
  private func openGroup(of key: UInt64) -> Int {
    let number = RecordRegion.number(of: key)
    var place = table.place(of: number)
    if table.regions[place].number != number || table.regions[place].isEmpty {
      place = table.open(number)
    }
    let bit = RecordRegion.bit(key)
    if !table.regions[place].has(bit) {
      groups.insert(
        RecordGroup(), at: table.regions[place].place(of: bit), of: &table.regions[place])
      table.regions[place].members |= bit
    }
    return table.regions[place].place(of: bit)
  }
}
