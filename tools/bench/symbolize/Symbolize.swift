// A symbolizer on the command line, for tools/bench/symbols and for comparisons by eye: reads
// addresses of one ELF file from the standard input, prints what `addr2line -a -i -f` would.

import CMalloc
import Dispatch
import Glibc
import Symbolization

@main
struct Symbolize {
  /// Addresses whose text is made and written at once.
  private static let blockCount = 512

  static func main() {
    mt_malloc_keep_freed()
    // The first task's thread takes milliseconds to come: it is there when addresses have been read.
    DispatchQueue.global().async {}
    let arguments = CommandLine.arguments.dropFirst()
    guard let argument = arguments.first else {
      say("usage: symbolize ELF-FILE [DEBUG-DIRECTORY…] < addresses")
      exit(64)
    }
    guard let path = absolute(argument) else {
      say("\(argument): \(String(cString: strerror(errno)))")
      exit(66)
    }
    var options = SymbolizerOptions()
    options.debugDirectories.insert(contentsOf: arguments.dropFirst(), at: 0)
    let module = ModuleImage(
      id: ModuleImage.ID(1), path: path, loadBase: 0, segments: [], buildID: nil)
    let symbolizer = Symbolizer(modules: [module], options: options)
    let addresses = AddressList.parse(readInput())
    let answers = symbolizer.symbolize(
      addresses.map { CodeAddress(module: module.id, address: $0) }
    ).map { $0.filter { !$0.isCallee } }
    // Of large answers the text takes a good part of the time: blocks of it are made side by side.
    let blocks = (addresses.count + blockCount - 1) / blockCount
    let output = OrderedOutput()
    DispatchQueue.concurrentPerform(iterations: blocks) { block in
      let places = block * blockCount..<min((block + 1) * blockCount, addresses.count)
      output.put(FrameText.lines(places, of: addresses, answers), block: block)
    }
    for module in symbolizer.diagnostics.modules {
      say("\(module.path): \(module.reason), \(module.unresolved) unresolved")
    }
    // Nothing is left to do but to give memory back, which the system does faster.
    exit(0)
  }

  /// Modules have absolute paths; `nil` when there is no such file.
  private static func absolute(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func readInput() -> [UInt8] {
    var input: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      guard count > 0 else { return input }
      input += buffer[..<count]
    }
  }

  private static func say(_ text: String) {
    OrderedOutput.write(Array((text + "\n").utf8), to: STDERR_FILENO)
  }
}
