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
    var addresses: [CodeAddress] = []
    while let line = readLine() {
      guard let address = UInt64(line.hasPrefix("0x") ? line.dropFirst(2) : line[...], radix: 16)
      else { continue }
      addresses.append(CodeAddress(module: module.id, address: address))
    }
    var output: [UInt8] = []
    for (address, frames) in zip(addresses, symbolizer.symbolize(addresses)) {
      output += "0x\(String(address.address, radix: 16))\n".utf8
      for frame in frames {
        output += frame.function.utf8
        output.append(UInt8(ascii: "\n"))
        output += (frame.file ?? "??").utf8
        output += ":\(frame.line ?? 0):\(frame.column ?? 0)\n".utf8
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
