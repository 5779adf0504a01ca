import ArgumentParser
import CTraceFormat

@main
struct MemtraceAnalyze: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "memtrace-analyze")
  func run() { print("format \(MT_FORMAT_VERSION_MAJOR)") }
}
