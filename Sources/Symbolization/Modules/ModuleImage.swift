/// One executable or shared library as it was mapped in the recorded process: all that is needed
/// to find the same file again, to be sure that it is the same, and to read its symbols.
public struct ModuleImage: Hashable, Sendable, Identifiable {
  /// Names one mapping of one file in one trace; a library loaded twice has two.
  public struct ID: Hashable, Comparable, Sendable {
    /// The number that the trace gives the module.
    public let rawValue: UInt32

    /// Wraps the number that the trace gives the module.
    public init(_ rawValue: UInt32) {
      self.rawValue = rawValue
    }

    public static func < (left: ID, right: ID) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  public let id: ID
  /// Absolute path on the recorded machine, or a name in brackets such as `[vdso]`.
  public let path: String
  /// Address in the process − address in the ELF file.
  public let loadBase: UInt64
  public let segments: [ModuleSegment]
  /// `nil` when the binary was linked without one.
  public let buildID: BuildID?
  /// Size of the file when it was recorded; `nil` when unknown.
  public let fileBytes: UInt64?
  /// Modification time of the file when it was recorded, in nanoseconds since 1970; `nil` when
  /// unknown.
  public let modificationTimeNanoseconds: Int64?

  /// Describes one mapped file; see the properties for units.
  public init(
    id: ID, path: String, loadBase: UInt64, segments: [ModuleSegment], buildID: BuildID?,
    fileBytes: UInt64? = nil, modificationTimeNanoseconds: Int64? = nil
  ) {
    self.id = id
    self.path = path
    self.loadBase = loadBase
    self.segments = segments
    self.buildID = buildID
    self.fileBytes = fileBytes
    self.modificationTimeNanoseconds = modificationTimeNanoseconds
  }

  /// Whether the module is the GNU C library, or a part of it.
  var isCLibrary: Bool {
    ["libc.so", "libc-2", "libpthread.so", "libpthread-2", "ld-linux"].contains {
      name.hasPrefix($0)
    }
  }

  /// The last part of the path: what a report calls the module.
  public var name: String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    let name = path[path.index(after: slash)...]
    return name.isEmpty ? path : String(name)
  }
}
