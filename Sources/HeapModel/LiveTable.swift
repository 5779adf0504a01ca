import CPrefetch

/// The live blocks by address: once there are many, less than 43 bytes each, at every moment. A hot
/// file: see `ScratchBuffer` for why it uses pointers.
///
/// One table of 24-byte entries, linear probing, in the order of their hashes. The order is what
/// lets the table grow in place, by a third and in two sweeps: there is never a second table in
/// memory, and no page is cleared twice. It also makes deletion a shift back, and lets a search in
/// vain end early.
///
/// Invariants: an entry stands at its home or behind it, with no empty place between; hashes ascend
/// from place to place; there are at most 3/4 as many entries as homes; the last place is empty.
final class LiveTable {
  private let memory = ReservedMemory()
  private let entries: UnsafeMutablePointer<PackedBlock>
  /// Places that are homes. What the last of them cannot hold goes on behind them.
  private var homes = 1 << 12
  /// Homes and what is behind them.
  private var places = 0
  private var entryCount = 0
  /// Sizes of blocks that their entry cannot hold.
  private var largeSizes: [UInt64: Int64] = [:]
  /// Blocks at addresses that an entry cannot hold: only damage brings them.
  private var strangers: [UInt64: LiveBlock] = [:]

  private static let placesBehind = 1 << 10
  /// A table of fewer homes grows to twice its size.
  private static let manyHomes = 1 << 21

  init() {
    entries = memory.base.assumingMemoryBound(to: PackedBlock.self)
    usePlaces(homes + Self.placesBehind)
  }

  var count: Int { entryCount + strangers.count }

  /// Brings an address's home and what follows it into the cache, some operations before it is used.
  @inline(__always)
  func prefetch(_ address: UInt64) {
    let place = entries + home(PackedBlock.hash(address))
    mt_prefetch_write(place)
    mt_prefetch_write(place + 3)
  }

  /// The block at an address.
  @inline(__always)
  func find(_ address: UInt64) -> LiveBlock? {
    guard PackedBlock.canHold(address) else { return strangers[address] }
    let place = place(of: address)
    return entries[place].address == address ? block(at: place) : nil
  }

  /// Enters a block; returns the one that stood at its address.
  @inline(__always)
  func insert(_ block: LiveBlock) -> LiveBlock? {
    guard PackedBlock.canHold(block.address) else {
      return strangers.updateValue(block, forKey: block.address)
    }
    if entryCount >= homes / 4 * 3 { grow() }
    let place = place(of: block.address)
    let earlier = entries[place].address == block.address ? take(place) : nil
    if earlier == nil { open(place) }
    entries[place] = PackedBlock(block)
    if block.sizeBytes >= PackedBlock.largeSize { largeSizes[block.address] = block.sizeBytes }
    return earlier
  }

  /// Takes the block at an address out.
  @inline(__always)
  func remove(_ address: UInt64) -> LiveBlock? {
    guard PackedBlock.canHold(address) else { return strangers.removeValue(forKey: address) }
    let place = place(of: address)
    guard entries[place].address == address else { return nil }
    let block = take(place)
    close(place)
    return block
  }

  /// Calls `body` with every live block, in no order.
  func forEach(_ body: (LiveBlock) -> Void) {
    for place in 0..<places where !entries[place].isEmpty { body(block(at: place)) }
    strangers.values.forEach(body)
  }

  /// Where an address stands, or would have to be entered.
  @inline(__always)
  private func place(of address: UInt64) -> Int {
    let hash = PackedBlock.hash(address)
    var place = home(hash)
    while !entries[place].isEmpty, entries[place].hash < hash { place += 1 }
    return place
  }

  @inline(__always)
  private func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(homes)).high)
  }

  @inline(__always)
  private func block(at place: Int) -> LiveBlock {
    var block = entries[place].block
    if block.sizeBytes == PackedBlock.largeSize {
      block.sizeBytes = largeSizes[block.address] ?? block.sizeBytes
    }
    return block
  }

  /// The block at a place, which ends there.
  @inline(__always)
  private func take(_ place: Int) -> LiveBlock {
    let block = block(at: place)
    if block.sizeBytes >= PackedBlock.largeSize { largeSizes[block.address] = nil }
    return block
  }

  /// Makes a place empty: what stands there and behind it moves on by one.
  @inline(__always)
  private func open(_ place: Int) {
    var end = place
    while !entries[end].isEmpty { end += 1 }
    if end == places - 1 { usePlaces(places + Self.placesBehind) }
    while end > place {
      entries[end] = entries[end - 1]
      end -= 1
    }
    entryCount += 1
  }

  /// Fills the gap at a place with those behind it that are not at home.
  @inline(__always)
  private func close(_ place: Int) {
    var gap = place
    while !entries[gap + 1].isEmpty, home(entries[gap + 1].hash) <= gap {
      entries[gap] = entries[gap + 1]
      gap += 1
    }
    entries[gap] = .empty
    entryCount -= 1
  }

  /// More homes: the entries move to the end of the larger table, then each, in their order, to its
  /// new place. None is overtaken, since it never has more behind it than there is room for.
  @inline(never)
  private func grow() {
    let oldPlaces = places
    homes += homes < Self.manyHomes ? homes : homes / 3
    usePlaces(max(homes, oldPlaces) + Self.placesBehind)
    var source = places
    for place in stride(from: oldPlaces - 1, through: 0, by: -1) where !entries[place].isEmpty {
      source -= 1
      entries[source] = entries[place]
    }
    var end = places
    var next = 0
    while source < end {
      let target = max(home(entries[source].hash), next)
      if target > source {
        // Very many entries belong behind the last home.
        usePlaces(places + Self.placesBehind)
        for place in stride(from: end - 1, through: source, by: -1) {
          entries[place + Self.placesBehind] = entries[place]
        }
        source += Self.placesBehind
        end += Self.placesBehind
        continue
      }
      let entry = entries[source]
      while next < target {
        entries[next] = .empty
        next += 1
      }
      entries[target] = entry
      next = target + 1
      source += 1
    }
    if next == places { usePlaces(places + Self.placesBehind) }
    while next < end {
      entries[next] = .empty
      next += 1
    }
  }

  /// The places that are new are empty: the memory was never used.
  private func usePlaces(_ count: Int) {
    places = count
    memory.require(count * MemoryLayout<PackedBlock>.stride)
  }
}
