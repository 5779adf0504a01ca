import Aggregation
import ArgumentParser
import Reports
import TraceFormat

/// Which blocks a report is about: shared by every command that counts blocks.
struct FilterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Blocks of the heap, mappings (mmap and its kin), or all: those of both.",
      valueName: "space"))
  var space = BlockSpace.heap

  @Option(
    help: ArgumentHelp(
      "Start of the window: 1.5s, 250ms, 40%, or a mark (LABEL, LABEL#2).", valueName: "moment"))
  var from: Moment?

  @Option(help: ArgumentHelp("End of the window, not included.", valueName: "moment"))
  var to: Moment?

  @Option(
    help: ArgumentHelp("Blocks live at this moment: --to MOMENT --show live.", valueName: "moment"))
  var at: Moment?

  @Option(
    help: ArgumentHelp(
      "Blocks allocated in the window, live at its end, retained (both), freed in it, or present "
        + "(live at any moment of it).",
      valueName: "blocks"))
  var show: HeapQuery.Choice?

  @Option(
    name: .customLong("thread"),
    help: ArgumentHelp("Blocks allocated by this thread, number or name; may be repeated."))
  var threads: [String] = []

  @Option(
    name: .customLong("module"),
    help: ArgumentHelp(
      "Stacks with a frame in this module (* is any text); may be repeated.", valueName: "pattern"))
  var modules: [String] = []

  @Option(
    name: .customLong("function"),
    help: ArgumentHelp(
      "Stacks with a frame of this function; may be repeated.", valueName: "pattern")
  )
  var functions: [String] = []

  @Option(
    name: .customLong("exclude"),
    help: ArgumentHelp(
      "No stacks with a frame of this function or module; may be repeated.", valueName: "pattern"))
  var excluded: [String] = []

  @Option(
    name: .customLong("size"),
    help: ArgumentHelp("Blocks of this size: 64, 1k..4k, 1M.. or ..256.", valueName: "bytes"))
  var sizes: SizeRange?

  @Option(
    name: .customLong("min-bytes"),
    help: ArgumentHelp("Stacks with at least so many bytes allocated.", valueName: "bytes"))
  var minimumBytes: ByteAmount?

  @Option(
    name: .customLong("short-lived"),
    help: ArgumentHelp("Blocks that lived for less are short-lived (1ms).", valueName: "time"))
  var shortLife: ShortLife?

  func validate() throws {
    if at != nil, from != nil || to != nil || show != nil {
      throw ValidationError("--at is a window of its own: it excludes --from, --to and --show.")
    }
    if (threads + modules + functions + excluded).contains("") {
      throw ValidationError("--thread, --module, --function and --exclude need a name.")
    }
  }

  /// Refuses blocks whose sum is not known at every moment.
  func checkRunning() throws {
    if at != nil || show != nil && show != .allocated && show != .present {
      throw ValidationError(
        "--show live, retained and freed cannot be shown over time: use --show allocated or "
          + "present.")
    }
  }

  var filter: HeapFilter {
    var filter = HeapFilter()
    filter.space = space
    filter.window = TimeWindow(from: from?.point, to: (at ?? to)?.point)
    filter.choice = at != nil ? .live : show ?? .allocated
    filter.threads = threads
    filter.modules = modules
    filter.functions = functions
    filter.excluded = excluded
    filter.sizes = sizes?.bytes
    filter.minimumBytes = minimumBytes?.bytes
    if let shortLife { filter.shortLifeNanoseconds = shortLife.nanoseconds }
    return filter
  }
}

extension HeapQuery.Choice: ExpressibleByArgument {}
extension BlockSpace: ExpressibleByArgument {}
