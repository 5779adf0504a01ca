import ArgumentParser
import Reports

/// Sizes of blocks on the command line: `64`, `1k..4k`, `1M..`, `..256`; both ends are included.
struct SizeRange: ExpressibleByArgument {
  let bytes: ClosedRange<Int>

  init?(argument: String) {
    guard let dots = argument.firstRange(of: "..") else {
      guard let size = ByteCount.bytes(argument) else { return nil }
      bytes = size...size
      return
    }
    let (first, last) = (argument[..<dots.lowerBound], argument[dots.upperBound...])
    guard !(first.isEmpty && last.isEmpty),
      let smallest = first.isEmpty ? 0 : ByteCount.bytes(String(first)),
      let largest = last.isEmpty ? Int.max : ByteCount.bytes(String(last)), smallest <= largest
    else { return nil }
    bytes = smallest...largest
  }
}
