/// Things that wait, by key and in the order of arrival, for an event of another thread that the
/// trace may bring a little later: order between threads is only that of collection.
///
/// What has waited too long leaves; so the memory is bounded by a few batches.
struct WaitingList<Item> {
  private struct Entry {
    let item: Item
    let batch: Int
    let timeNanoseconds: UInt64
    let ticket: Int
  }

  private var waiting: [UInt64: [Entry]] = [:]
  private var arrivals: [(key: UInt64, ticket: Int, batch: Int, timeNanoseconds: UInt64)] = []
  private var firstArrival = 0
  private var nextTicket = 0

  /// Collection delays an event by milliseconds; a stopped machine may make it much more.
  static var patienceNanoseconds: UInt64 { 1_000_000_000 }
  static var patienceBatches: Int { 1 }
  static var mostBatches: Int { 64 }

  @inline(__always)
  var isEmpty: Bool { waiting.isEmpty }

  mutating func append(_ item: Item, key: UInt64, batch: Int, timeNanoseconds: UInt64) {
    waiting[key, default: []].append(
      Entry(item: item, batch: batch, timeNanoseconds: timeNanoseconds, ticket: nextTicket))
    arrivals.append((key, nextTicket, batch, timeNanoseconds))
    nextTicket += 1
  }

  /// Takes the oldest item under a key that fits.
  mutating func take(_ key: UInt64, where fits: (Item) -> Bool) -> Item? {
    guard let place = waiting[key]?.firstIndex(where: { fits($0.item) }) else { return nil }
    return remove(key, at: place)
  }

  /// Takes the newest item under a key that fits.
  mutating func takeLast(_ key: UInt64, where fits: (Item) -> Bool) -> Item? {
    guard let place = waiting[key]?.lastIndex(where: { fits($0.item) }) else { return nil }
    return remove(key, at: place)
  }

  private mutating func remove(_ key: UInt64, at place: Int) -> Item? {
    let item = waiting[key]?.remove(at: place).item
    if waiting[key]?.isEmpty == true { waiting[key] = nil }
    return item
  }

  /// The oldest item under a key that fits.
  func first(_ key: UInt64, where fits: (Item) -> Bool) -> Item? {
    waiting[key]?.first { fits($0.item) }?.item
  }

  /// Calls `body` with what waits, in the order of arrival.
  func forEach(
    _ body: (_ item: Item, _ key: UInt64, _ batch: Int, _ timeNanoseconds: UInt64) -> Void
  ) {
    for arrival in arrivals[firstArrival...] {
      guard let entry = waiting[arrival.key]?.first(where: { $0.ticket == arrival.ticket })
      else { continue }
      body(entry.item, arrival.key, arrival.batch, arrival.timeNanoseconds)
    }
  }

  /// Lets what has waited too long leave, oldest first.
  mutating func expire(batch: Int, timeNanoseconds: UInt64, _ body: (Item) -> Void) {
    while firstArrival < arrivals.count {
      let arrival = arrivals[firstArrival]
      let batches = batch - arrival.batch
      let late =
        batches > Self.patienceBatches
        && timeNanoseconds &- arrival.timeNanoseconds > Self.patienceNanoseconds
      guard late || batches > Self.mostBatches else { break }
      leave(arrival.key, arrival.ticket, body)
      firstArrival += 1
    }
    if firstArrival * 2 > arrivals.count {
      arrivals.removeFirst(firstArrival)
      firstArrival = 0
    }
  }

  /// Lets all leave.
  mutating func expireAll(_ body: (Item) -> Void) {
    for arrival in arrivals[firstArrival...] { leave(arrival.key, arrival.ticket, body) }
    arrivals.removeAll()
    firstArrival = 0
  }

  private mutating func leave(_ key: UInt64, _ ticket: Int, _ body: (Item) -> Void) {
    guard let place = waiting[key]?.firstIndex(where: { $0.ticket == ticket }) else { return }
    if let item = remove(key, at: place) { body(item) }
  }
}
