// Where an address belongs among some that are asked for. Hundreds of thousands of symbols are put
// in their places among some thousand addresses: a table of the address space, with about two
// buckets for each address, leaves a step or two to search.

/// Sorted addresses, and a table of where among them each part of the address space begins.
struct AddressSlots: Sendable {
  /// Growing.
  let addresses: [UInt64]
  private let first: UInt64
  private let last: UInt64
  /// A bucket holds `1 << shift` addresses.
  private let shift: UInt64
  /// By bucket: how many of the addresses lie in front of it. One more than there are buckets.
  private let starts: [Int32]

  /// Takes addresses that must be sorted. O(n).
  init(_ addresses: [UInt64]) {
    self.addresses = addresses
    first = addresses.first ?? 0
    last = addresses.last ?? 0
    let spanBits = UInt64.bitWidth - (last - first).leadingZeroBitCount
    let bucketBits = Int.bitWidth - addresses.count.leadingZeroBitCount + 1
    shift = UInt64(max(0, spanBits - bucketBits))
    var starts: [Int32] = []
    starts.reserveCapacity(Int((last - first) >> shift) + 2)
    for (place, address) in addresses.enumerated() {
      while starts.count <= Int((address - first) >> shift) { starts.append(Int32(place)) }
    }
    starts.append(Int32(addresses.count))
    self.starts = starts
  }

  /// How many of the addresses are below one: the place of the first that is not. O(log n), mostly
  /// O(1).
  @inline(__always)
  func place(of address: UInt64) -> Int {
    if address <= first { return 0 }
    if address > last { return addresses.count }
    let bucket = Int((address - first) >> shift)
    var low = Int(starts[bucket])
    var high = Int(starts[bucket + 1])
    while low < high {
      let middle = (low + high) / 2
      if addresses[middle] < address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether one of the addresses lies in a range.
  @inline(__always)
  func hasAddress(from start: UInt64, below end: UInt64) -> Bool {
    let place = place(of: start)
    return place < addresses.count && addresses[place] < end
  }
}
