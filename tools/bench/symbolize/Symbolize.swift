// A symbolizer on the command line, for tools/bench/symbols and for comparisons by eye: reads
// addresses of one ELF file from the standard input, prints what `addr2line -a -i -f` would.

import Foundation
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
    var output = ""
    for (address, frames) in zip(addresses, symbolizer.symbolize(addresses)) {
      output += "0x\(String(address.address, radix: 16))\n"
      for frame in frames {
        output +=
          "\(frame.function)\n\(frame.file ?? "??"):\(frame.line ?? 0):\(frame.column ?? 0)\n"
      }
      if output.utf8.count > 1 << 16 {
        print(output, terminator: "")
        output = ""
      }
    }
    print(output, terminator: "")
    for module in symbolizer.diagnostics.modules {
      say("\(module.path): \(module.reason), \(module.unresolved) unresolved")
    }
  }

  private static func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
