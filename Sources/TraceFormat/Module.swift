/// One mapped object of the traced process: the program, a library, the vDSO.
public struct Module: Sendable, Hashable, Identifiable {
  /// One PT_LOAD segment as it was mapped.
  public struct Segment: Sendable, Hashable {
    /// Addresses in the process.
    public let addresses: Range<UInt64>
    /// Where the segment's first byte stands in the file.
    public let fileOffset: UInt64
    public let isReadable: Bool
    public let isWritable: Bool
    public let isExecutable: Bool

    public init(
      addresses: Range<UInt64>, fileOffset: UInt64, isReadable: Bool, isWritable: Bool,
      isExecutable: Bool
    ) {
      self.addresses = addresses
      self.fileOffset = fileOffset
      self.isReadable = isReadable
      self.isWritable = isWritable
      self.isExecutable = isExecutable
    }
  }

  public let id: ModuleID
  /// Absolute path, or `[vdso]`. Undecodable bytes of the file name are replaced.
  public let path: String
  /// Load bias: process address = base + ELF virtual address.
  public let base: UInt64
  /// From the lowest address of a segment to one past the highest.
  public let addresses: Range<UInt64>
  public let segments: [Segment]
  /// The GNU build-id note's content; empty if the module has none.
  public let buildID: [UInt8]
  /// Size of the file when it was loaded; 0 if unknown.
  public let fileBytes: UInt64
  /// Modification time of the file when it was loaded, ns since 1970; 0 if unknown.
  public let fileModificationNanoseconds: Int64
  /// Equals the `incarnation` of every program counter that belongs to this module.
  public let incarnation: UInt16
  public let loadTimeNanoseconds: UInt64
  /// `nil` while the module was still loaded at the end of the trace.
  public var unloadTimeNanoseconds: UInt64?

  public init(
    id: ModuleID, path: String, base: UInt64, addresses: Range<UInt64>, segments: [Segment] = [],
    buildID: [UInt8] = [], fileBytes: UInt64 = 0, fileModificationNanoseconds: Int64 = 0,
    incarnation: UInt16 = 0, loadTimeNanoseconds: UInt64 = 0, unloadTimeNanoseconds: UInt64? = nil
  ) {
    self.id = id
    self.path = path
    self.base = base
    self.addresses = addresses
    self.segments = segments
    self.buildID = buildID
    self.fileBytes = fileBytes
    self.fileModificationNanoseconds = fileModificationNanoseconds
    self.incarnation = incarnation
    self.loadTimeNanoseconds = loadTimeNanoseconds
    self.unloadTimeNanoseconds = unloadTimeNanoseconds
  }

  /// The build-id in hexadecimal, empty if there is none.
  public var buildIDText: String {
    let digits = Array("0123456789abcdef")
    return String(buildID.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
