import Aggregation
import ArgumentParser

/// The lifetime below which a block is short-lived, on the command line.
struct ShortLife: ExpressibleByArgument {
  let nanoseconds: UInt64

  init?(argument: String) {
    guard let nanoseconds = TimePoint.nanoseconds(argument) else { return nil }
    self.nanoseconds = nanoseconds
  }
}
