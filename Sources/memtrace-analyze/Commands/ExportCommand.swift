import Analysis
import ArgumentParser
import Glibc
import Reports

/// `memtrace-analyze export [TRACE] --format FORMAT`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Stacks and costs in formats that other tools read.",
    discussion: """
      Formats:
      \(Self.formatList)

      Examples:
        memtrace-analyze export --format pprof -o heap.pb.gz
        go tool pprof -sample_index=alloc_space -top heap.pb.gz
        memtrace-analyze export --format folded --cost peak -o peak.folded
      """)

  @OptionGroup var input: TraceArgument

  @Option(help: ArgumentHelp("The format to write.", valueName: "format"))
  var format: ExportFormat

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write (default: standard output).", valueName: "file"),
    completion: .file())
  var output: String?

  @Option(
    name: .customLong("cost"),
    help: ArgumentHelp("What to count, in formats that hold one cost.", valueName: "cost"))
  var kind: CostKind?

  @Flag(
    name: .customLong("simplify"),
    help: "Names as reports show them: without std:: defaults and parts of async functions.")
  var simplifiesNames = false

  @OptionGroup(title: "Filter") var filter: FilterOptions
  @OptionGroup(title: "Stacks") var stacks: StackOptions

  private static let formatList = ExportFormat.standard
    .map { "  \($0.name.padded(to: 8)) \($0.abstract)" }.joined(separator: "\n")

  func validate() throws {
    if kind != nil, !format.holdsOneCost {
      throw ValidationError(
        "\(format.name) holds several costs; --cost is for formats that hold one.")
    }
    try kind?.checkAdditive()
  }

  func run() throws {
    let cost = kind ?? .bytes
    var question = try RunQuestion(filter, cost: format.holdsOneCost ? cost : .live)
    // Stacks of other addresses are other stacks.
    if format.wantsAddresses { question.grouping = { _ in .stack } }
    try TraceExport.run(
      input, stacks: stacks, question: question, format: format,
      ExportOptions(cost: cost, simplifiesNames: simplifiesNames), to: output)
  }
}

extension ExportFormat: ExpressibleByArgument {
  /// The format of a name that the command line offers.
  public init?(argument: String) {
    guard let format = Self.standard.first(where: { $0.name == argument }) else { return nil }
    self = format
  }

  public static var allValueStrings: [String] { standard.map(\.name) }
}

extension String {
  func padded(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
