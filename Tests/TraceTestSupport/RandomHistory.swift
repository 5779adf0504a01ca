/// Random but sensible operations: blocks of several threads, released by whoever, addresses used
/// again at once, reallocs that move, stay or fail, and a few releases of unknown blocks.
public struct RandomHistory {
  public var threads: UInt32 = 3
  public var stacks: UInt32 = 7
  public var addresses: UInt64 = 60
  /// From one address to the next.
  public var spacing: UInt64 = 16
  /// Of the lowest block.
  public var base: UInt64 = 0x1000
  /// Of a hundred operations: how many blocks vanish beside them without a release, as from an arena
  /// that is given back.
  public var vanishing: UInt64 = 0
  private var random: SplitMix

  public init(seed: UInt64) { random = SplitMix(state: seed) }

  public mutating func operations(_ count: Int) -> [TestOperation] {
    var operations: [TestOperation] = []
    var live: [UInt64] = []
    var free = (1...addresses).map { base + $0 * spacing }
    func size(_ random: inout SplitMix) -> UInt64 {
      random.next(10) == 0 ? 0 : random.next(50) == 0 ? 5_000_000_000 : random.next(4000)
    }
    while operations.count < count {
      if vanishing > 0, random.next(100) < vanishing, !live.isEmpty {
        free.append(live.remove(at: Int(random.next(UInt64(live.count)))))
      }
      let thread = UInt32(random.next(UInt64(threads))) + 1
      let stack = UInt32(random.next(UInt64(stacks))) + 1
      // A program grows for a while, then shrinks.
      let grows = operations.count * 4 / max(count, 1) % 2 == 0
      let choice = random.next(100)
      if choice < (grows ? 55 : 35), !free.isEmpty {
        let address = free.remove(at: Int(random.next(UInt64(free.count))))
        live.append(address)
        operations.append(
          .allocate(
            thread: thread, address: address, size: size(&random), stack: stack))
      } else if choice < 85, !live.isEmpty {
        // Often the newest block, so that there are temporaries.
        let place =
          random.next(3) == 0 ? Int(random.next(UInt64(live.count))) : live.count - 1
        let address = live.remove(at: place)
        free.append(address)
        operations.append(.release(thread: thread, address: address))
      } else if choice < 95, !live.isEmpty {
        let place = Int(random.next(UInt64(live.count)))
        let address = live[place]
        operations.append(.release(thread: thread, address: address))
        switch random.next(3) {
        case 0: operations.append(.restore(thread: thread, address: address))
        case 1:
          operations.append(
            .allocate(
              thread: thread, address: address, size: size(&random), stack: stack, .inPlace))
        default:
          guard !free.isEmpty else {
            operations.append(.restore(thread: thread, address: address))
            continue
          }
          let moved = free.removeFirst()
          live[place] = moved
          free.append(address)
          operations.append(
            .allocate(
              thread: thread, address: moved, size: size(&random), stack: stack, .moved))
        }
      } else if choice < 97 {
        // Never allocated: from before recording began.
        operations.append(
          .release(thread: thread, address: 0x900_0000 + random.next(1 << 20) * 16))
      } else {
        operations.append(.mark(thread: thread, label: "mark \(operations.count)"))
      }
    }
    return operations
  }

  /// Parts of a history, each of so many operations as `length` says or fewer: what a batch releases
  /// again does not tell where it was, so a block that took the place of a vanished one is released
  /// in a later part.
  public static func parts(
    of operations: [TestOperation], length: () -> Int
  ) -> [[TestOperation]] {
    var parts: [[TestOperation]] = []
    var part: [TestOperation] = []
    var room = length()
    var live: Set<UInt64> = []
    var displacing: Set<UInt64> = []
    func close() {
      if !part.isEmpty { parts.append(part) }
      part.removeAll()
      displacing.removeAll()
      room = length()
    }
    for operation in operations {
      switch operation {
      case .allocate(_, let address, _, _, _):
        if !live.insert(address).inserted { displacing.insert(address) }
      case .release(_, let address):
        live.remove(address)
        if displacing.contains(address) { close() }
      case .restore(_, let address): live.insert(address)
      case .releaseOf, .mark, .reserved: break
      }
      part.append(operation)
      room -= 1
      if room <= 0 { close() }
    }
    close()
    return parts
  }
}
