/// What the code addresses of a trace stand for, as a bundled trace carries it.
public struct RecordedSymbols: Sendable, Hashable {
  /// One function at an address.
  public struct Frame: Sendable, Hashable {
    /// The readable name.
    public var function: String
    /// The linker's name; nil if the address has no symbol.
    public var linkageName: String?
    public var module: ModuleID?
    public var file: String?
    public var line: Int?
    public var column: Int?
    /// Whether the body stands in the next frame's function.
    public var isInlined: Bool
    /// What tells the function from others of its name, as the format has it.
    public var definition: String?
    /// Whether it is no frame, but the function that the call at the address enters.
    public var isCallee: Bool

    /// Describes one frame; see the properties.
    public init(
      function: String, linkageName: String?, module: ModuleID?, file: String?, line: Int?,
      column: Int?, isInlined: Bool, definition: String? = nil, isCallee: Bool = false
    ) {
      self.function = function
      self.linkageName = linkageName
      self.module = module
      self.file = file
      self.line = line
      self.column = column
      self.isInlined = isInlined
      self.definition = definition
      self.isCallee = isCallee
    }
  }

  /// An address and its functions, the innermost first; at least one.
  public struct Address: Sendable, Hashable {
    public var module: ModuleID?
    public var address: UInt64
    public var frames: [Frame]

    public init(module: ModuleID?, address: UInt64, frames: [Frame]) {
      self.module = module
      self.address = address
      self.frames = frames
    }
  }

  /// Why a module gave less than names, files and lines.
  public enum Reason: Sendable, Hashable {
    case missing
    case changed(expected: String, found: String)
    case unreadable(String)
    case stripped
    case noLines
  }

  /// A module that gave less than everything.
  public struct Module: Sendable, Hashable {
    public var module: ModuleID
    public var reason: Reason
    /// Addresses looked up in it.
    public var lookedUp: Int
    /// Of those, the ones without a name.
    public var unresolved: Int
    /// What would help.
    public var remedy: String?

    public init(
      module: ModuleID, reason: Reason, lookedUp: Int, unresolved: Int, remedy: String?
    ) {
      self.module = module
      self.reason = reason
      self.lookedUp = lookedUp
      self.unresolved = unresolved
      self.remedy = remedy
    }
  }

  public var addresses: [Address] = []
  public var modules: [Module] = []
  /// Distinct addresses looked up.
  public var lookedUp = 0
  /// Of those, the ones without a name.
  public var unresolved = 0
  /// Of those, the ones in no module.
  public var outside = 0

  /// Nothing yet.
  public init() {}
}
