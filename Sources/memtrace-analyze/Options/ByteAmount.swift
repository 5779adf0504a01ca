import ArgumentParser
import Reports

/// A number of bytes on the command line: `512`, `64k`, `100M`, `1.5G`.
struct ByteAmount: ExpressibleByArgument {
  let bytes: Int

  init?(argument: String) {
    guard let bytes = ByteCount.bytes(argument) else { return nil }
    self.bytes = bytes
  }
}
