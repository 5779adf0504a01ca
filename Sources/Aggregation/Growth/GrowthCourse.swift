/// The least that a group had live in each of some windows of equal width, read for whether it rises
/// until the end. Knows nothing of thresholds and verdicts: `HeapGrowth` judges.
///
/// What counts as kept at a moment is the least that is ever live from there on, the *floor*: it
/// never falls. Every limit below was chosen by the shapes of `GrowthShapesTests`, whose confusion
/// table is in docs/Reliability.md.
struct GrowthCourse {
  /// How a course rises.
  struct Rise {
    /// Per window.
    let slope: Double
    /// Share of pairs of windows that rise less those that fall.
    let concordance: Double
  }

  /// Numbers of equal parts whose least is compared, and the concordance that makes a rise: what
  /// comes and goes within a part does not count. Of few parts more must rise.
  private static let scales: [(parts: Int, concordance: Double)] = [
    (64, 0.6), (32, 0.6), (16, 0.6), (12, 0.7), (8, 0.8), (6, 0.8),
  ]
  /// A course of fewer windows is one of so many parts.
  private static let shortest = 4
  /// The largest step of a rise in four.
  private static let largestStep = 0.29
  /// A rise after a load is of so many windows at least, and as straight as this.
  private static let fewestAfterLoad = 16
  private static let largestBulge = 0.12
  /// What it gained, as a share of all that is there: what is replaced over and over rises by chance.
  private static let leastAfterLoad = 0.03
  /// As many gaps between its steps may pass before a rise has ended.
  private static let patienceGaps = 2.2

  let values: [Int]
  /// The least from each window on.
  let floor: [Int]
  private let trend: RobustTrend

  init(_ values: some Sequence<Int>) {
    self.values = Array(values)
    var floor = self.values
    for index in floor.indices.dropLast().reversed() {
      floor[index] = min(floor[index], floor[index + 1])
    }
    self.floor = floor
    trend = RobustTrend(self.values)
  }

  /// The trend, whether or not it is a rise.
  var anyTrend: Rise { Rise(slope: trend.slope, concordance: trend.concordance) }

  /// What was gained for good.
  var gain: Int { (floor.last ?? 0) - (floor.first ?? 0) }

  /// The largest step's share of the gain.
  private var largestStep: Double {
    let step = zip(floor.dropFirst(), floor).reduce(0) { max($0, $1.0 - $1.1) }
    return Double(step) / Double(max(1, gain))
  }

  /// Whether there is a gain in steps too few to call it a rise.
  var isGainOfFewSteps: Bool { gain > 0 && largestStep > Self.largestStep }

  /// The steady rise, in at least four steps, that goes on to the end; `nil` if there is none.
  var rise: Rise? {
    guard gain > 0, !isGainOfFewSteps, goesOn, !slackens, isAboveNoise else { return nil }
    guard
      let concordance = scales.lazy.map({ (RobustTrend(leastOfParts($0.parts)).concordance, $0) })
        .first(where: { $0 >= $1.concordance })?.0
    else { return nil }
    let average = Double(gain) / Double(max(1, values.count - 1))
    // The median of slopes means little where most of them are none.
    let isOfSteps = largestStep > 0.15 || trend.slope <= 0
    return Rise(
      slope: isOfSteps ? average : min(max(trend.slope, average / 2), average * 2),
      concordance: concordance)
  }

  /// Those that there are windows enough for.
  private var scales: [(parts: Int, concordance: Double)] {
    let possible = Self.scales.filter { $0.parts <= values.count }
    return !possible.isEmpty
      ? possible : values.count >= Self.shortest ? [(values.count, 0.8)] : []
  }

  private func leastOfParts(_ parts: Int) -> [Int] {
    (0..<parts).map { part in
      let start = values.count * part / parts
      let end = max(start + 1, values.count * (part + 1) / parts)
      return values[start..<end].min() ?? 0
    }
  }

  /// Whether the time since the last of the gain is no longer than the gaps within it let expect.
  private var goesOn: Bool {
    let steps = zip(floor.dropFirst(), floor).reduce(0) { $0 + ($1.0 > $1.1 ? 1 : 0) }
    let parts = min(32, max(1, steps))
    guard let first = floor.firstIndex(where: { $0 > floor[0] }) else { return false }
    var position = first
    var longest = 1
    for part in 1...parts {
      // Short of the whole: noise at the end would always be the last of it.
      let share = floor[0] + Int(Double(gain) * Double(part) / Double(parts) * 0.97)
      let next = max(position, floor.firstIndex { $0 >= share } ?? floor.count - 1)
      longest = max(longest, next - position)
      position = next
    }
    let silence = Double(floor.count - 1 - position)
    return silence <= Self.patienceGaps * Double(longest) + Double(floor.count) / 32 + 1
  }

  /// Whether it approaches a limit: of the last quarter, or the last three eighths, too little.
  private var slackens: Bool {
    let before = Double(floor[floor.count * 3 / 4] - floor[0]) / Double(gain)
    if before - largestStep > 0.86 { return true }
    guard largestStep <= 0.1 else { return false }
    let late = RobustTrend(values.suffix(values.count - values.count * 5 / 8))
    return late.slope * Double(values.count - 1) < 0.3 * Double(gain)
  }

  /// Whether the gain is several times what the course strays from its trend.
  private var isAboveNoise: Bool {
    let rests = values.enumerated().map { Double($1) - trend.slope * Double($0) }
    let mean = rests.reduce(0, +) / Double(rests.count)
    let variance = rests.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rests.count)
    return Double(gain) >= 4 * variance.squareRoot()
  }

  // MARK: After a load

  /// The rise that is left when a load has passed: of what follows the bend of the floor, if that is a
  /// straight line less than half as steep. A pool that fills ever more slowly is none.
  var riseAfterLoad: Rise? {
    guard gain > 0, let bend = bend() else { return nil }
    let rest = GrowthCourse(values[bend...])
    guard rest.values.count >= max(Self.fewestAfterLoad, values.count / 4), rest.gain > 0 else {
      return nil
    }
    let before = Double(floor[bend] - floor[0]) / Double(bend)
    let after = Double(rest.gain) / Double(rest.values.count - 1)
    guard before >= 2 * after, rest.bulge <= Self.largestBulge,
      Double(rest.gain) >= Self.leastAfterLoad * Double(rest.floor.last ?? 0)
    else { return nil }
    return rest.rise
  }

  /// The position at which the floor is farthest above the straight line between its ends.
  private func bend() -> Int? {
    floor.indices.dropFirst().dropLast().max { heightAboveLine($0) < heightAboveLine($1) }
  }

  private func heightAboveLine(_ position: Int) -> Double {
    Double(floor[position] - floor[0]) - Double(gain) * Double(position) / Double(floor.count - 1)
  }

  /// How far the floor is above that line at most, as a share of the gain.
  private var bulge: Double {
    (floor.indices.map(heightAboveLine).max() ?? 0) / Double(max(1, gain))
  }

  // MARK: Batches

  /// The rise of what batches leave behind: of the lowest points after falls by more than half of
  /// the highest, at least four.
  func riseOfBatches() -> Rise? {
    let bottoms = bottoms()
    guard bottoms.count >= 4, let first = bottoms.first, let last = bottoms.last,
      let highest = values.max()
    else { return nil }
    let trend = RobustTrend(bottoms.map(\.value))
    guard trend.concordance >= 0.8, Double(last.value - first.value) > 0.02 * Double(highest) else {
      return nil
    }
    return Rise(
      slope: Double(last.value - first.value) / Double(last.index - first.index),
      concordance: trend.concordance)
  }

  private func bottoms() -> [(index: Int, value: Int)] {
    guard let highest = values.max(), highest > 0 else { return [] }
    var bottoms: [(index: Int, value: Int)] = []
    var top = values[0]
    var bottom: (index: Int, value: Int)?
    for (index, value) in values.enumerated() {
      guard let lowest = bottom else {
        top = max(top, value)
        if top - value > highest / 2 { bottom = (index, value) }
        continue
      }
      if value < lowest.value {
        bottom = (index, value)
      } else if value - lowest.value > highest / 2 {
        bottoms.append(lowest)
        bottom = nil
        top = value
      }
    }
    return bottoms + (bottom.map { [$0] } ?? [])
  }

  // MARK: Containers

  /// Whether this is a container that doubles, or grows by another such factor, whenever it is
  /// full, and the next time is not overdue: its steps become larger and rarer, and what fills it
  /// may rise all the same. `warmUp` is the number of windows before which a last step is too early.
  func isFillingContainer(after warmUp: Int) -> Bool {
    let steps = floor.indices.dropFirst().filter {
      floor[$0 - 1] > 0 && Double(floor[$0]) >= 1.2 * Double(floor[$0 - 1])
    }
    guard steps.count >= 3, let last = steps.last, last >= warmUp, bottoms().isEmpty else {
      return false
    }
    let recent = Array(steps.suffix(3))
    let factors = recent.map { Double(floor[$0]) / Double(floor[$0 - 1]) }
    guard factors.allSatisfy({ $0 <= 2.7 }) else { return false }
    let ofSteps = recent.reduce(0) { $0 + floor[$1] - floor[$1 - 1] }
    let all = floor[floor.count - 1] - floor[recent[0] - 1]
    guard Double(all - ofSteps) <= 0.1 * Double(all) else { return false }
    // It stands still between its steps: what merely begins to rise has some as large.
    let gaps = (before: recent[1] - recent[0], last: last - recent[1])
    return gaps.last >= 4 && Double(gaps.last) >= 0.6 * Double(gaps.before)
      && Double(floor.count - 1 - last) <= 2.3 * Double(gaps.last) + 1
  }
}
