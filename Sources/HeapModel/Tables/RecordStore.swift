/// The elements of many runs, each of one to 32 in a row. A hot file: see `ScratchBuffer` for why it
/// uses pointers.
///
/// What a run leaves is used again before more memory is: the places of the next larger run that
/// there was give what is wanted and keep the rest. A run at the end grows where it is, so that what
/// is entered in the order of its keys lies packed and is never copied. When more memory is needed
/// though a good part of it holds nothing, the store wants to be packed: its owner, who knows the
/// runs, moves them into a new one.
struct RecordStore<Element: BitwiseCopyable> {
  private let memory = ReservedMemory()
  let elements: UnsafeMutablePointer<Element>
  /// First place that was never given out, or came back from the end.
  private var end = 0
  /// By count: the first of so many free places, which name the next in their own memory.
  private let free = UnsafeMutablePointer<UInt32>.allocate(capacity: Self.mostElements + 1)
  /// The largest that `end` was.
  private var most = 0
  private var heldElements = 0
  /// Whether more memory was needed though three sevenths of it hold nothing.
  private(set) var wantsPacking = false
  /// A bit for each count of which there are free places.
  private var freeCounts: UInt64 = 0

  private static var mostElements: Int { 32 }
  private static var none: UInt32 { .max }
  /// Fewer places that hold nothing are never worth a packing.
  private static var leastWaste: Int { 1 << 14 }

  init() {
    precondition(MemoryLayout<Element>.stride >= MemoryLayout<UInt32>.size)
    elements = memory.base.assumingMemoryBound(to: Element.self)
    free.initialize(repeating: Self.none, count: Self.mostElements + 1)
  }

  var usedBytes: Int { most * MemoryLayout<Element>.stride }

  /// Ends the use of the store.
  func deallocate() { free.deallocate() }

  /// Enters an element at its place in a run. Its bit is to be set afterwards.
  @inline(__always)
  mutating func insert(_ element: Element, at place: Int, of run: inout some RecordRun) {
    let held = run.held
    let rank = place - Int(run.start)
    if held == run.capacity { makeRoom(in: &run, held) }
    heldElements += 1
    let first = elements + Int(run.start) + rank
    if rank < held { (first + 1).update(from: first, count: held - rank) }
    first.pointee = element
  }

  /// Takes the element at a place of a run out. Its bit is to be cleared afterwards.
  @inline(__always)
  mutating func remove(at place: Int, of run: inout some RecordRun) {
    let left = run.held - 1
    let behind = Int(run.start) + left - place
    if behind > 0 { (elements + place).update(from: elements + place + 1, count: behind) }
    if left == 0 { give(run.start, count: run.capacity) }
    heldElements -= 1
  }

  /// Moves a run of another store to the end of this one.
  mutating func append(_ run: inout some RecordRun, from other: RecordStore) {
    let held = run.held
    let place = end
    use(end + held)
    heldElements += held
    (elements + place).update(from: other.elements + Int(run.start), count: held)
    run.start = UInt32(place)
    run.capacity = held
  }

  @inline(never)
  private mutating func makeRoom<Run: RecordRun>(in run: inout Run, _ held: Int) {
    if held > 0, Int(run.start) + held == end {
      use(end + 1)
      run.capacity = held + 1
      return
    }
    let capacity = self.capacity(above: held, of: Run.mostMembers)
    let start = take(capacity)
    (elements + Int(start)).update(from: elements + Int(run.start), count: held)
    if held > 0 { give(run.start, count: held) }
    run.start = start
    run.capacity = capacity
  }

  /// Room for more than so many: much, if it is lying idle. Else little, and of few different
  /// counts, so that what one run leaves fits the next.
  private func capacity(above held: Int, of most: Int) -> Int {
    let ample = min(most, held == 0 ? 4 : held * 2)
    if freeCounts >> UInt64(ample) != 0 { return ample }
    return switch held {
    case ..<4: held + 1
    case 4..<8: held / 2 * 2 + 2
    case 8..<16: held / 4 * 4 + 4
    default: held / 8 * 8 + 8
    }
  }

  private mutating func take(_ count: Int) -> UInt32 {
    let fitting = freeCounts >> UInt64(count)
    guard fitting != 0 else {
      wantsPacking = end - heldElements > Self.leastWaste && end * 4 > heldElements * 7
      let place = end
      use(end + count)
      return UInt32(place)
    }
    let found = count + fitting.trailingZeroBitCount
    let place = free[found]
    free[found] = UnsafeRawPointer(elements + Int(place)).load(as: UInt32.self)
    if free[found] == Self.none { freeCounts &= ~(1 << UInt64(found)) }
    if found > count { give(place + UInt32(count), count: found - count) }
    return place
  }

  private mutating func give(_ place: UInt32, count: Int) {
    guard Int(place) + count < end else {
      end = Int(place)
      return
    }
    UnsafeMutableRawPointer(elements + Int(place)).storeBytes(of: free[count], as: UInt32.self)
    free[count] = place
    freeCounts |= 1 << UInt64(count)
  }

  @inline(__always)
  private mutating func use(_ count: Int) {
    end = count
    guard count > most else { return }
    guard count < Int(UInt32.max) else { fatalError("no memory for the live blocks") }
    most = count
    memory.require(count * MemoryLayout<Element>.stride)
  }
}
