import Testing

@testable import Symbolization

/// The table of where an address belongs among others, with counting as witness.
@Suite struct AddressSlotsTests {
  @Test(
    "A place is the number of addresses below, however they are spread",
    arguments: [
      [], [7], [0], [.max], [0, .max], [5, 6, 7], [1, 2, 3, 1 << 60, (1 << 60) + 1],
      (0..<1_000).map { $0 * $0 * $0 }, Array(1 << 40..<(1 << 40) + 500) + [1 << 50],
    ] as [[UInt64]])
  func places(addresses: [UInt64]) {
    let slots = AddressSlots(addresses)
    let asked = Set(addresses.flatMap { [$0 &- 1, $0, $0 &+ 1, $0 / 2] } + [0, 1, 1 << 63, .max])
    for address in asked {
      #expect(slots.place(of: address) == addresses.count { $0 < address })
      let isHeld = addresses.contains { $0 >= address && $0 < address &+ 2 }
      #expect(slots.hasAddress(from: address, below: address &+ 2) == isHeld)
    }
  }
}
