// A symbolizer on the command line, for tools/bench/symbols and for comparisons by eye: reads
// addresses of one ELF file from the standard input, prints what `addr2line -a -i -f` would.

import Glibc
import Symbolization

@main
struct Symbolize {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    guard let path = arguments.first else {
      say("usage: symbolize ELF-FILE [DEBUG-DIRECTORY…] < addresses")
      exit(64)
    }
    var options = SymbolizerOptions()
    options.debugDirectories.insert(contentsOf: arguments.dropFirst(), at: 0)
    let module = ModuleImage(
      id: ModuleImage.ID(1), path: path, loadBase: 0, segments: [], buildID: nil)
    let symbolizer = Symbolizer(modules: [module], options: options)
    let addresses = readAddresses().map { CodeAddress(module: module.id, address: $0) }
    var output: [UInt8] = []
    output.reserveCapacity(1 << 17)
    for (address, frames) in zip(addresses, symbolizer.symbolize(addresses)) {
      output += "0x".utf8
      append(address.address, radix: 16, to: &output)
      output.append(UInt8(ascii: "\n"))
      for frame in frames {
        append(frame.function, to: &output)
        output.append(UInt8(ascii: "\n"))
        append(frame.file ?? "??", to: &output)
        output.append(UInt8(ascii: ":"))
        append(UInt64(frame.line ?? 0), radix: 10, to: &output)
        output.append(UInt8(ascii: ":"))
        append(UInt64(frame.column ?? 0), radix: 10, to: &output)
        output.append(UInt8(ascii: "\n"))
      }
      if output.count > 1 << 16 { put(&output, to: STDOUT_FILENO) }
    }
    put(&output, to: STDOUT_FILENO)
    for module in symbolizer.diagnostics.modules {
      say("\(module.path): \(module.reason), \(module.unresolved) unresolved")
    }
    // Nothing is left to do but to give memory back, which the system does faster.
    exit(0)
  }

  /// Hexadecimal numbers, one a line, with or without `0x`; other lines are passed over.
  private static func readAddresses() -> [UInt64] {
    var input: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      guard count > 0 else { break }
      input += buffer[..<count]
    }
    return input.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let digits = line.starts(with: "0x".utf8) ? line.dropFirst(2) : line
      guard !digits.isEmpty, digits.count <= 16 else { return nil }
      var value: UInt64 = 0
      for character in digits {
        let digit: UInt8
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
        default: return nil
        }
        value = value << 4 | UInt64(digit)
      }
      return value
    }
  }

  private static func append(_ text: String, to output: inout [UInt8]) {
    var text = text
    text.withUTF8 { output.append(contentsOf: $0) }
  }

  private static func append(_ number: UInt64, radix: UInt64, to output: inout [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = digits.count
      var rest = number
      repeat {
        let digit = UInt8(truncatingIfNeeded: radix == 16 ? rest & 15 : rest % 10)
        rest = radix == 16 ? rest >> 4 : rest / 10
        start -= 1
        digits[start] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
      } while rest > 0
      output.append(contentsOf: digits[start...])
    }
  }

  private static func say(_ text: String) {
    var bytes = Array((text + "\n").utf8)
    put(&bytes, to: STDERR_FILENO)
  }

  /// Writes and empties a buffer; whoever reads may have gone.
  private static func put(_ bytes: inout [UInt8], to descriptor: Int32) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { exit(74) }
      offset += count
    }
    bytes.removeAll(keepingCapacity: true)
  }
}
