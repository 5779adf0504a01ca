import ArgumentParser
import Reports

/// A number of bytes on the command line: `512`, `64k`, `100M`, `1.5G`.
struct ByteAmount: ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int
  var description: String { String(bytes) }

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    guard let bytes = ByteCount.bytes(argument) else { return nil }
    self.bytes = bytes
  }
}
