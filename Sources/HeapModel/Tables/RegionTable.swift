import CPrefetch

/// The regions of a `GroupedTable`: linear probing in the order of hashes. A hot file: see
/// `ScratchBuffer` for why it uses pointers.
///
/// The order is what lets the table grow in place, by a third and in two sweeps: there is never a
/// second table in memory, and no page is cleared twice. It also makes deletion a shift back, and
/// lets a search in vain end early.
///
/// Invariants: a region stands at its home or behind it, with no empty place between; hashes ascend
/// from place to place; there are at most 3/4 as many regions as homes; the last place is empty.
struct RegionTable {
  private let memory = ReservedMemory()
  let regions: UnsafeMutablePointer<RecordRegion>
  /// Homes and what is behind them.
  private(set) var places = 0
  /// Places that are homes. What the last of them cannot hold goes on behind them.
  private var homes: Int
  private(set) var count = 0

  private static let fewHomes = 1 << 8
  private static let placesBehind = 1 << 10
  /// A table of fewer homes grows to twice its size.
  private static let manyHomes = 1 << 21
  private static let empty = RecordRegion(number: 0)

  /// - Parameter expected: so many regions find room without growth. A table that grows while it is
  ///   filled in the order of hashes would have them all among its first places.
  init(expected: Int) {
    homes = max(Self.fewHomes, expected + expected / 2)
    regions = memory.base.assumingMemoryBound(to: RecordRegion.self)
    usePlaces(homes + Self.placesBehind)
  }

  var usedBytes: Int { places * MemoryLayout<RecordRegion>.stride }

  /// Whether it does not stay in the cache by itself.
  @inline(__always)
  var isLarge: Bool { homes > 1 << 14 }

  /// Brings a region's home into the cache.
  @inline(__always)
  func prefetch(_ number: UInt64) { mt_prefetch_write(regions + home(RecordRegion.hash(number))) }

  /// Where a region stands, or would have to be entered.
  @inline(__always)
  func place(of number: UInt64) -> Int {
    let hash = RecordRegion.hash(number)
    var place = home(hash)
    while !regions[place].isEmpty, regions[place].hash < hash { place += 1 }
    return place
  }

  /// Makes room for a region that is not there: an empty place for one that will have a member.
  @inline(never)
  mutating func open(_ number: UInt64) -> Int {
    if count >= homes / 4 * 3 { grow() }
    let place = place(of: number)
    var end = place
    while !regions[end].isEmpty { end += 1 }
    if end == places - 1 { usePlaces(places + Self.placesBehind) }
    (regions + place + 1).update(from: regions + place, count: end - place)
    regions[place] = RecordRegion(number: number)
    count += 1
    return place
  }

  /// Fills the gap at a place with those behind it that are not at home.
  @inline(never)
  mutating func close(_ place: Int) {
    var gap = place
    while !regions[gap + 1].isEmpty, home(regions[gap + 1].hash) <= gap {
      regions[gap] = regions[gap + 1]
      gap += 1
    }
    regions[gap] = Self.empty
    count -= 1
  }

  @inline(__always)
  private func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash.multipliedFullWidth(by: UInt64(homes)).high)
  }

  /// More homes: the regions move to the end of the larger table, then each, in their order, to its
  /// new place. None is overtaken, since it never has more behind it than there is room for.
  private mutating func grow() {
    let oldPlaces = places
    homes += homes < Self.manyHomes ? homes : homes / 3
    usePlaces(max(homes, oldPlaces) + Self.placesBehind)
    var source = places
    for place in stride(from: oldPlaces - 1, through: 0, by: -1) where !regions[place].isEmpty {
      source -= 1
      regions[source] = regions[place]
    }
    var end = places
    var next = 0
    while source < end {
      let target = max(home(regions[source].hash), next)
      if target > source {
        // Very many regions belong behind the last home.
        usePlaces(places + Self.placesBehind)
        for place in stride(from: end - 1, through: source, by: -1) {
          regions[place + Self.placesBehind] = regions[place]
        }
        source += Self.placesBehind
        end += Self.placesBehind
        continue
      }
      let region = regions[source]
      while next < target {
        regions[next] = Self.empty
        next += 1
      }
      regions[target] = region
      next = target + 1
      source += 1
    }
    if next == places { usePlaces(places + Self.placesBehind) }
    while next < end {
      regions[next] = Self.empty
      next += 1
    }
  }

  /// The places that are new are empty: the memory was never used.
  private mutating func usePlaces(_ count: Int) {
    places = count
    memory.require(count * MemoryLayout<RecordRegion>.stride)
  }
}
