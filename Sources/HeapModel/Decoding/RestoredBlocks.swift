/// The blocks of one batch whose release a failed realloc took back. Almost always empty.
struct RestoredBlocks {
  private var byAddress: [UInt64: (allocation: Int, lane: Int)] = [:]
  private var addresses: [Int: UInt64] = [:]

  var isEmpty: Bool { addresses.isEmpty }

  mutating func removeAll() {
    guard !isEmpty else { return }
    byAddress.removeAll()
    addresses.removeAll()
  }

  mutating func insert(address: UInt64, allocation: Int, lane: Int) {
    byAddress[address] = (allocation, lane)
    addresses[allocation] = address
  }

  /// The restored block at an address, which a release now ends for good.
  mutating func take(address: UInt64) -> (allocation: Int, lane: Int)? {
    guard !byAddress.isEmpty, let block = byAddress.removeValue(forKey: address) else { return nil }
    return block
  }

  /// The address of an allocation that was restored.
  func address(ofAllocation index: Int) -> UInt64? { addresses[index] }
}
