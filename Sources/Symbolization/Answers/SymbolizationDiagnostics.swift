/// What a symbolizer could not do, in a form that a report can print: which modules were not
/// usable and why, how many addresses stayed without a name, and what would help.
public struct SymbolizationDiagnostics: Hashable, Sendable {
  /// Why a module gave less than names, files and lines.
  public enum Reason: Hashable, Sendable {
    /// No file at the recorded path (nor in the directories given).
    case missing
    /// The file is there but is not the one that was recorded; it was not used.
    case changed(expected: String, found: String)
    /// The file cannot be opened or is no ELF file: the system's or the library's words.
    case unreadable(String)
    /// Neither a symbol table nor debug information covers the addresses.
    case stripped
    /// Names are known, but no debug information gives files and lines.
    case noLines
  }

  /// One module that gave less than everything.
  public struct Module: Hashable, Sendable {
    public let module: ModuleImage.ID
    public let path: String
    public let buildID: BuildID?
    public let reason: Reason
    /// Addresses of this module asked for.
    public let addresses: Int
    /// Of those, the ones without a name.
    public let unresolved: Int
    /// What the user can do about it, one sentence; `nil` when nothing is known to help.
    public let remedy: String?

    /// Describes one module; see the properties.
    public init(
      module: ModuleImage.ID, path: String, buildID: BuildID?, reason: Reason, addresses: Int,
      unresolved: Int, remedy: String?
    ) {
      self.module = module
      self.path = path
      self.buildID = buildID
      self.reason = reason
      self.addresses = addresses
      self.unresolved = unresolved
      self.remedy = remedy
    }
  }

  /// Modules that gave less than everything, in the order of their ids.
  public let modules: [Module]
  /// Distinct addresses asked for.
  public let addresses: Int
  /// Of those, the ones without a name.
  public let unresolved: Int
  /// Of those, the ones that were in no module.
  public let outsideModules: Int
  /// Why debuginfod servers were given up; `nil` when they were not.
  public let serverFailure: String?
  /// What the user can do about these; `nil` when there are none.
  public var outsideRemedy: String? { outsideModules > 0 ? Remedy.outsideModules : nil }

  /// Describes what was not resolved; the default is: nothing was asked for.
  public init(
    modules: [Module] = [], addresses: Int = 0, unresolved: Int = 0, outsideModules: Int = 0,
    serverFailure: String? = nil
  ) {
    self.serverFailure = serverFailure
    self.modules = modules
    self.addresses = addresses
    self.unresolved = unresolved
    self.outsideModules = outsideModules
  }
}
