import Aggregation
import ArgumentParser

/// A moment of the run on the command line.
struct Moment: ExpressibleByArgument {
  let point: TimePoint
  /// As it was given.
  let text: String

  init?(argument: String) {
    guard let point = TimePoint(argument) else { return nil }
    self.point = point
    text = argument
  }
}
