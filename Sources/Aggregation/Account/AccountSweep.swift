import HeapModel
import TraceFormat

/// Splits the resident pages of a process into what they are for: goes over them, the live blocks and
/// the mappings in the order of their addresses.
///
/// Of each stretch of resident memory the recorder's own comes first, then what live blocks occupy.
/// What is left is by its place a thread's stack, a mapping of the program, a file's, or the
/// allocator's. Every byte is counted once, so the terms add up.
///
/// Time is that of sorting the blocks, memory linear in them.
struct AccountSweep {
  struct Found {
    fileprivate(set) var bytes: [MemoryAccount.Term: UInt64] = [:]
    fileprivate(set) var pages = MemoryAccount.Pages()
  }

  /// What a live block needs: with its header, up to the next one's.
  private struct Block {
    let occupied: Range<UInt64>
    let block: Range<UInt64>
  }

  /// The C library's arenas beside the first are of this size, and begin at a multiple of it.
  private static let arenaBytes: UInt64 = 64 << 20
  /// Larger blocks may be mappings of their own, beside which there is none of the allocator's memory.
  private static let mappedBlockBytes: UInt64 = 128 << 10
  /// On x86-64, what the C library keeps of a thread takes less; above it the stack's mapping ends.
  private static let threadBytes: UInt64 = 4096

  private let resident: ResidentPages
  private let blocks: [Block]
  private let mapped: [MappedPiece]
  private let own: [Range<UInt64>]
  private let stacks: [Range<UInt64>]
  /// Stretches of `arenaBytes` that have blocks which are no mappings of their own.
  private let arenas: Set<UInt64>
  private let isAllocators: (UInt32) -> Bool
  private let group: (UInt32) -> UInt32
  private var nextBlock = 0
  private var nextOwn = 0
  private var nextStack = 0
  private var nextPiece = 0
  private var lastStack = -1
  private var found = Found()
  private var answers: [UInt32: Bool] = [:]

  init(
    _ resident: ResidentPages, _ placed: PlacedBlocks, footprint: BlockFootprint,
    pageBytes: UInt64, isAllocators: @escaping (UInt32) -> Bool,
    group: @escaping (UInt32) -> UInt32
  ) {
    self.resident = resident
    self.isAllocators = isAllocators
    self.group = group
    mapped = placed.mapped.filter { !$0.isReserved }
    own = Self.merged(resident.own)
    stacks = Self.stacks(resident, placed.mapped, pageBytes)
    var blocks: [Block] = []
    var arenas: Set<UInt64> = []
    var covered: UInt64 = 0
    let sorted = placed.blocks.sorted { $0.address < $1.address }
    for (number, block) in sorted.enumerated() {
      let needed = footprint.range(of: block.address, sizeBytes: block.sizeBytes)
      var end = max(needed.upperBound, block.address)
      if number + 1 < sorted.count {
        let next = footprint.range(of: sorted[number + 1].address, sizeBytes: 0).lowerBound
        end = min(end, max(next, block.address))
      }
      let start = max(min(needed.lowerBound, block.address), covered)
      let lower = min(max(block.address, start), max(end, start))
      let (top, isBeyond) = block.address.addingReportingOverflow(block.sizeBytes)
      let upper = max(lower, isBeyond ? end : min(top, end))
      blocks.append(Block(occupied: start..<max(end, start), block: lower..<upper))
      covered = max(end, start)
      if block.sizeBytes < Self.mappedBlockBytes {
        arenas.insert(block.address / Self.arenaBytes)
      }
    }
    self.blocks = blocks
    self.arenas = arenas
  }

  consuming func run() -> Found {
    found.pages.tookNanoseconds = resident.tookNanoseconds
    found.pages.reason = resident.reason
    found.pages.isPartial = resident.isPartial
    found.pages.isPlain = resident.isPlain
    found.pages.residentBeforeBytes = resident.residentBeforeBytes
    found.pages.residentAfterBytes = resident.residentAfterBytes
    found.pages.pageTableBytes = resident.pageTableBytes
    var before: ResidentPages.Region?
    for region in resident.regions {
      let isBehindData =
        before.map {
          $0.addresses.upperBound == region.addresses.lowerBound && $0.isOfFile && $0.isWritable
            && !$0.isShared
        } ?? false
      for run in resident.runs[region.runs] {
        if run.isHuge, !run.isSwapped { found.pages.hugeBytes += run.addresses.byteCount }
        take(run, of: region, isBehindData: isBehindData)
      }
      before = region
    }
    return found
  }

  // MARK: A run of pages

  private mutating func take(
    _ run: ResidentPages.Run, of region: ResidentPages.Region, isBehindData: Bool
  ) {
    var at = run.addresses.lowerBound
    let end = run.addresses.upperBound
    while at < end {
      while nextOwn < own.count, own[nextOwn].upperBound <= at { nextOwn += 1 }
      let next = nextOwn < own.count ? own[nextOwn] : end..<end
      if next.lowerBound <= at {
        let stop = min(end, next.upperBound)
        if run.isSwapped {
          found.pages.swappedBytes += stop - at
        } else {
          add(.recorder, stop - at)
        }
        at = stop
      } else {
        let stop = min(end, next.lowerBound)
        takeBlocks(at..<stop, run, region, isBehindData)
        at = stop
      }
    }
  }

  private mutating func takeBlocks(
    _ range: Range<UInt64>, _ run: ResidentPages.Run, _ region: ResidentPages.Region,
    _ isBehindData: Bool
  ) {
    var at = range.lowerBound
    while nextBlock < blocks.count, blocks[nextBlock].occupied.upperBound <= at { nextBlock += 1 }
    var index = nextBlock
    while index < blocks.count, blocks[index].occupied.lowerBound < range.upperBound {
      let occupied = blocks[index].occupied.clamped(to: range)
      let live = blocks[index].block.clamped(to: range).byteCount
      takeRest(at..<max(at, occupied.lowerBound), run, region, isBehindData)
      if run.isSwapped {
        found.pages.swappedBytes += occupied.byteCount
        found.pages.swappedLiveBytes += live
      } else {
        add(.liveBlocks, live)
        add(.rounding, occupied.byteCount - live)
      }
      at = max(at, occupied.upperBound)
      index += 1
    }
    takeRest(at..<range.upperBound, run, region, isBehindData)
  }

  // MARK: What no block occupies

  private mutating func takeRest(
    _ range: Range<UInt64>, _ run: ResidentPages.Run, _ region: ResidentPages.Region,
    _ isBehindData: Bool
  ) {
    guard !range.isEmpty else { return }
    if run.isSwapped {
      found.pages.swappedBytes += range.byteCount
      return
    }
    var at = range.lowerBound
    while at < range.upperBound {
      while nextStack < stacks.count, stacks[nextStack].upperBound <= at { nextStack += 1 }
      while nextPiece < mapped.count, mapped[nextPiece].range.upperBound <= at { nextPiece += 1 }
      var stop = range.upperBound
      if nextStack < stacks.count {
        let stack = stacks[nextStack]
        if stack.lowerBound <= at {
          stop = min(stop, stack.upperBound)
          add(.threadStacks, stop - at)
          if lastStack != nextStack { found.pages.threadStacks += 1 }
          lastStack = nextStack
          at = stop
          continue
        }
        stop = min(stop, stack.lowerBound)
      }
      var piece: MappedPiece?
      if nextPiece < mapped.count {
        let next = mapped[nextPiece]
        if next.range.lowerBound <= at {
          stop = min(stop, next.range.upperBound)
          piece = next
        } else {
          stop = min(stop, next.range.lowerBound)
        }
      }
      add(piece, at..<stop, run, region, isBehindData)
      at = stop
    }
  }

  private mutating func add(
    _ piece: MappedPiece?, _ range: Range<UInt64>, _ run: ResidentPages.Run,
    _ region: ResidentPages.Region, _ isBehindData: Bool
  ) {
    let bytes = range.byteCount
    let isKept = piece.map { isOfAllocator($0.stack) } ?? false
    if let piece, !isKept {
      found.pages.mappingsOfGroups[group(piece.stack), default: 0] += bytes
    }
    if run.isOfFile {
      if region.isSharedMemory {
        add(.sharedMemory, bytes)
      } else {
        add(.files, bytes)
        found.pages.filesByName[region.name, default: 0] += bytes
      }
    } else if isKept {
      add(.keptByAllocator, bytes)
    } else if region.isOfFile {
      add(.programData, bytes)
      found.pages.filesByName[region.name, default: 0] += bytes
    } else if piece != nil {
      add(.mappings, bytes)
    } else if isBehindData {
      add(.programData, bytes)
    } else if region.name == "[stack]" {
      add(.threadStacks, bytes)
    } else if region.name == "[heap]" || isInArena(range.lowerBound, region) {
      add(.keptByAllocator, bytes)
    } else {
      add(.otherAnonymous, bytes)
      found.pages.othersByName[region.name, default: 0] += bytes
    }
  }

  private func isInArena(_ address: UInt64, _ region: ResidentPages.Region) -> Bool {
    if arenas.contains(address / Self.arenaBytes) { return true }
    return region.addresses.lowerBound % Self.arenaBytes == 0
  }

  private mutating func isOfAllocator(_ stack: UInt32) -> Bool {
    if let known = answers[stack] { return known }
    let answer = isAllocators(stack)
    answers[stack] = answer
    return answer
  }

  private mutating func add(_ term: MemoryAccount.Term, _ bytes: UInt64) {
    found.bytes[term, default: 0] += bytes
  }

  // MARK: Places

  private static func merged(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
    var merged: [Range<UInt64>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }

  /// The stacks of threads: from the mapping's start, or the next stack below, to what the C library
  /// keeps of the thread; not beyond the program's own mapping that it lies in, or lies between.
  private static func stacks(
    _ resident: ResidentPages, _ mapped: [MappedPiece], _ pageBytes: UInt64
  ) -> [Range<UInt64>] {
    var found: [Range<UInt64>] = []
    var below: UInt64 = 0
    for stack in resident.stacks.sorted(by: { $0.addresses.lowerBound < $1.addresses.lowerBound }) {
      let address = stack.addresses.lowerBound
      let regions = resident.regions
      let region = regions.partitioningIndex { $0.addresses.upperBound > address }
      guard region < regions.count, regions[region].addresses.contains(address),
        stack.addresses.upperBound < regions[region].addresses.upperBound
      else { continue }
      let whole = regions[region].addresses
      let (top, isBeyond) = stack.addresses.upperBound.addingReportingOverflow(
        threadBytes + pageBytes - 1)
      var lower = max(whole.lowerBound, below)
      var upper = isBeyond ? whole.upperBound : min(whole.upperBound, top / pageBytes * pageBytes)
      let piece = mapped.partitioningIndex { $0.range.upperBound > address }
      if piece < mapped.count {
        if mapped[piece].range.contains(address) {
          lower = max(lower, mapped[piece].range.lowerBound)
          upper = min(upper, mapped[piece].range.upperBound)
        } else {
          upper = min(upper, mapped[piece].range.lowerBound)
        }
      }
      if piece > 0 { lower = max(lower, mapped[piece - 1].range.upperBound) }
      guard lower < upper else { continue }
      found.append(lower..<upper)
      below = upper
    }
    return found
  }
}

extension ResidentPages.Region {
  /// Memory that processes share, or that only looks like a file: it has no file on a disk.
  fileprivate var isSharedMemory: Bool {
    isOfFile
      && ["/dev/zero", "/memfd:", "/SYSV", "/dev/shm/", "/anon_hugepage", "/drm", "/dmabuf"]
        .contains { name.hasPrefix($0) }
  }
}

extension Range<UInt64> {
  fileprivate var byteCount: UInt64 { upperBound - lowerBound }
}

extension Array {
  /// The first element for which `predicate` holds, of an array in which it holds from some place on.
  fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
