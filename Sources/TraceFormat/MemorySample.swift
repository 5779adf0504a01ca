/// The kernel's view of the process's memory at one moment.
public struct MemorySample: Sendable, Hashable {
  /// What resident memory is made of, and the recorder's own part of each.
  public struct Parts: Sendable, Hashable {
    public var anonymousBytes: UInt64
    public var fileBytes: UInt64
    public var sharedBytes: UInt64
    public var ownAnonymousBytes: UInt64
    public var ownFileBytes: UInt64
    public var ownSharedBytes: UInt64

    public init(
      anonymousBytes: UInt64, fileBytes: UInt64, sharedBytes: UInt64, ownAnonymousBytes: UInt64 = 0,
      ownFileBytes: UInt64 = 0, ownSharedBytes: UInt64 = 0
    ) {
      self.anonymousBytes = anonymousBytes
      self.fileBytes = fileBytes
      self.sharedBytes = sharedBytes
      self.ownAnonymousBytes = ownAnonymousBytes
      self.ownFileBytes = ownFileBytes
      self.ownSharedBytes = ownSharedBytes
    }

    /// The recorder's own of all kinds.
    public var ownBytes: UInt64 { ownAnonymousBytes &+ ownFileBytes &+ ownSharedBytes }

    /// The program's own anonymous memory: its heaps, stacks and what it maps of no file.
    public var programAnonymousBytes: UInt64 {
      anonymousBytes - min(anonymousBytes, ownAnonymousBytes)
    }
  }

  /// After the start of recording.
  public let timeNanoseconds: UInt64
  public let residentBytes: UInt64
  public let virtualBytes: UInt64
  /// The most that was ever resident until then, as the kernel counts it; `nil` in traces of older
  /// recorders.
  public let highWaterBytes: UInt64?
  public let parts: Parts?

  public init(
    timeNanoseconds: UInt64, residentBytes: UInt64, virtualBytes: UInt64,
    highWaterBytes: UInt64? = nil, parts: Parts? = nil
  ) {
    self.timeNanoseconds = timeNanoseconds
    self.residentBytes = residentBytes
    self.virtualBytes = virtualBytes
    self.highWaterBytes = highWaterBytes
    self.parts = parts
  }

  /// The most that was resident until then, as far as it is known.
  public var mostBytes: UInt64 { max(residentBytes, highWaterBytes ?? 0) }

  /// What the heap can be compared with: the program's anonymous memory, else all that is resident.
  public var programBytes: UInt64 { parts?.programAnonymousBytes ?? residentBytes }
}
