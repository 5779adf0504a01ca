import CPrefetch
import Glibc

/// The live blocks by address: open addressing, linear probing, deletion by shifting back. A hot
/// file: see `ScratchBuffer` for why it uses pointers.
///
/// Invariant: no empty place between a block's home and its place. At most 3/4 full, so that a
/// probe is a step or two.
final class LiveTable {
  private var blocks: UnsafeMutablePointer<LiveBlock>
  private var mask: Int
  private var shift: UInt64
  private(set) var count = 0

  private static let empty = LiveBlock(
    address: 0, sizeBytes: 0, account: 0, thread: 0, sequence: 0, born: 0)

  init() {
    mask = (1 << 12) - 1
    shift = 64 - 12
    blocks = Self.allocate(mask + 1)
  }

  deinit { Self.free(blocks, mask + 1) }

  /// Brings an address's home into the cache, some operations before it is used.
  @inline(__always)
  func prefetch(_ address: UInt64) { mt_prefetch_write(blocks + home(address)) }

  /// The block at an address.
  @inline(__always)
  func find(_ address: UInt64) -> LiveBlock? {
    var place = home(address)
    while blocks[place].address != 0 {
      if blocks[place].address == address { return blocks[place] }
      place = (place + 1) & mask
    }
    return nil
  }

  /// Enters a block; returns the one that stood at its address.
  @inline(__always)
  func insert(_ block: LiveBlock) -> LiveBlock? {
    if count * 4 >= (mask + 1) * 3 { grow() }
    var place = home(block.address)
    while blocks[place].address != 0 {
      if blocks[place].address == block.address {
        let earlier = blocks[place]
        blocks[place] = block
        return earlier
      }
      place = (place + 1) & mask
    }
    blocks[place] = block
    count += 1
    return nil
  }

  /// Takes the block at an address out.
  @inline(__always)
  func remove(_ address: UInt64) -> LiveBlock? {
    var place = home(address)
    while blocks[place].address != address {
      if blocks[place].address == 0 { return nil }
      place = (place + 1) & mask
    }
    let block = blocks[place]
    close(place)
    return block
  }

  /// Calls `body` with every live block, in no order.
  func forEach(_ body: (LiveBlock) -> Void) {
    for place in 0...mask where blocks[place].address != 0 { body(blocks[place]) }
  }

  /// Fills the gap at a place with blocks that would otherwise be cut off from their homes.
  private func close(_ start: Int) {
    var gap = start
    var place = start
    while true {
      place = (place + 1) & mask
      let candidate = blocks[place]
      if candidate.address == 0 { break }
      let distance = (place - home(candidate.address)) & mask
      if distance >= (place - gap) & mask {
        blocks[gap] = candidate
        gap = place
      }
    }
    blocks[gap] = Self.empty
    count -= 1
  }

  @inline(__always)
  private func home(_ address: UInt64) -> Int {
    Int(truncatingIfNeeded: (address &* 0x9e37_79b9_7f4a_7c15) >> shift)
  }

  @inline(never)
  private func grow() {
    let old = blocks
    let oldCount = mask + 1
    mask = oldCount * 2 - 1
    shift -= 1
    blocks = Self.allocate(mask + 1)
    for place in 0..<oldCount where old[place].address != 0 {
      var target = home(old[place].address)
      while blocks[target].address != 0 { target = (target + 1) & mask }
      blocks[target] = old[place]
    }
    Self.free(old, oldCount)
  }

  /// Empty places. The system gives zeros; large pages spare the address translation, which else
  /// costs as much as the cache misses.
  private static func allocate(_ count: Int) -> UnsafeMutablePointer<LiveBlock> {
    let bytes = count * MemoryLayout<LiveBlock>.stride
    let memory = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let memory, memory != MAP_FAILED else { fatalError("no memory for the live blocks") }
    madvise(memory, bytes, MADV_HUGEPAGE)
    return memory.bindMemory(to: LiveBlock.self, capacity: count)
  }

  private static func free(_ blocks: UnsafeMutablePointer<LiveBlock>, _ count: Int) {
    munmap(blocks, count * MemoryLayout<LiveBlock>.stride)
  }
}
