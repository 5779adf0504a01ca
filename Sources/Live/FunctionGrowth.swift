import Analysis

/// Follows what each function holds, to tell what grows from what comes and goes.
///
/// A function *rises* if the least that it had live in the later half of the latest looks is more than
/// the least of the earlier half: a cache that is emptied now and then returns to its least, a leak
/// does not. The rate is that difference over the time between the halves.
struct FunctionGrowth {
  /// So many looks are kept: with one a second, the last minute.
  private static let mostLooks = 60
  /// Before there are so many, nothing rises: a program that starts has everything to allocate.
  private static let fewestLooks = 10

  private struct Course {
    var latest: FollowedProcess.Function
    /// Live bytes at the start of the watch.
    var first: Int
    var live: [Int] = []
    var allocatedBytes: Int
    var allocatedBytesPerSecond = 0.0
  }

  private var courses: [String: Course] = [:]
  /// Of the looks, in seconds.
  private var times: [Double] = []

  /// Takes what the functions hold at a time. Functions that come later begin with nothing.
  mutating func look(_ functions: [FollowedProcess.Function], at seconds: Double) {
    let isFirst = times.isEmpty
    let elapsed = times.last.map { seconds - $0 } ?? 0
    let known = times.count
    times.append(seconds)
    var missing = Set(courses.keys)
    for function in functions {
      missing.remove(function.key)
      var course =
        courses[function.key]
        ?? Course(
          latest: function, first: isFirst ? function.liveBytes : 0,
          live: Array(repeating: 0, count: known),
          allocatedBytes: isFirst ? function.allocatedBytes : 0)
      course.live.append(function.liveBytes)
      if elapsed > 0 {
        course.allocatedBytesPerSecond =
          Double(function.allocatedBytes &- course.allocatedBytes) / elapsed
      }
      course.allocatedBytes = function.allocatedBytes
      course.latest = function
      courses[function.key] = course
    }
    // Code that was given another name, as its map came or its module went.
    for key in missing {
      courses[key]?.live.append(0)
      courses[key]?.latest.liveBytes = 0
      courses[key]?.latest.liveBlocks = 0
    }
    guard times.count > Self.mostLooks else { return }
    times.removeFirst()
    for key in courses.keys { courses[key]?.live.removeFirst() }
  }

  /// Growth counts from now on.
  mutating func reset() {
    courses = courses.mapValues { course in
      var course = course
      course.first = course.latest.liveBytes
      return course
    }
  }

  /// All functions, in no order.
  var functions: [LiveFunction] {
    courses.values.map { course in
      LiveFunction(
        name: course.latest.name, module: course.latest.module,
        liveBytes: course.latest.liveBytes, liveBlocks: course.latest.liveBlocks,
        allocations: course.latest.allocations, allocatedBytes: course.latest.allocatedBytes,
        growthBytes: course.latest.liveBytes - course.first,
        risingBytesPerSecond: rising(course.live),
        allocatedBytesPerSecond: course.allocatedBytesPerSecond)
    }
  }

  private func rising(_ live: [Int]) -> Double {
    guard live.count >= Self.fewestLooks, live.count == times.count else { return 0 }
    let half = live.count / 2
    guard let early = live[..<half].min(), let late = live[half...].min(), late > early else {
      return 0
    }
    let seconds = (times[live.count - 1] - times[0]) / 2
    return seconds > 0 ? Double(late - early) / seconds : 0
  }
}
