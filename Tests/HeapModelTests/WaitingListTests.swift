import Testing

@testable import HeapModel

@Suite("The waiting list") struct WaitingListTests {
  @Test("Items leave in the order of arrival, by key")
  func order() {
    var list = WaitingList<Int>()
    list.append(1, key: 7, batch: 0, timeNanoseconds: 0)
    list.append(2, key: 7, batch: 0, timeNanoseconds: 0)
    list.append(3, key: 8, batch: 0, timeNanoseconds: 0)
    #expect(list.take(7) { _ in true } == 1)
    #expect(list.take(8) { $0 == 4 } == nil)
    #expect(list.takeLast(7) { _ in true } == 2)
    #expect(list.take(7) { _ in true } == nil)
    #expect(!list.isEmpty)
  }

  @Test("What was not taken leaves once its batch and its time are past, or many batches")
  func patience() {
    var list = WaitingList<Int>()
    var left: [Int] = []
    list.append(1, key: 1, batch: 0, timeNanoseconds: 0)
    list.append(2, key: 2, batch: 1, timeNanoseconds: 0)
    list.expire(batch: 1, timeNanoseconds: 1 << 40) { left.append($0) }
    #expect(left == [])
    list.expire(batch: 2, timeNanoseconds: 1000) { left.append($0) }
    #expect(left == [])
    list.expire(batch: 2, timeNanoseconds: 1 << 40) { left.append($0) }
    #expect(left == [1])
    list.expire(batch: 66, timeNanoseconds: 0) { left.append($0) }
    #expect(left == [1, 2])
    #expect(list.isEmpty)
  }
}
