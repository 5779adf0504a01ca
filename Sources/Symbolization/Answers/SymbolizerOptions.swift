/// Where a symbolizer looks for binaries and their debug information.
public struct SymbolizerOptions: Sendable {
  /// Directories with separate debug files, laid out as `/usr/lib/debug` is; asked in this order.
  public var debugDirectories: [String]
  /// Directory that holds the recorded machine's file system; every recorded path is looked up
  /// below it, and nowhere else.
  public var systemRoot: String?
  /// Directories searched for a module by its file name, before its recorded path.
  public var modulePaths: [String]
  /// Whether files, lines and inlined callers are read; names alone are found faster.
  public var readsLines: Bool
  /// Whether diagnostics name the packages with the debug information that is missing: for reports
  /// that show them, because it reads the system's lists of packages.
  public var namesPackages = false
  /// Texts of maps of JIT-compiled code (`/tmp/perf-PID.map`), for addresses outside of every
  /// module, by what these addresses have for a module.
  public var codeMaps: [ModuleImage.ID?: [UInt8]]
  /// Follows downloads from debuginfod servers.
  public var downloadObserver: DebugInfoDownload.Observer?

  /// Looks where the system keeps things, and reads everything.
  public init(
    debugDirectories: [String] = ["/usr/lib/debug"], systemRoot: String? = nil,
    modulePaths: [String] = [], readsLines: Bool = true, codeMaps: [ModuleImage.ID?: [UInt8]] = [:]
  ) {
    self.debugDirectories = debugDirectories
    self.systemRoot = systemRoot
    self.modulePaths = modulePaths
    self.readsLines = readsLines
    self.codeMaps = codeMaps
  }
}
