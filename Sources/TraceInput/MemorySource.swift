import TraceFormat

/// A trace that stands in memory.
public struct MemorySource: TraceSource {
  public let name: String
  private let bytes: [UInt8]

  public init(_ bytes: [UInt8], name: String = "") {
    self.bytes = bytes
    self.name = name
  }

  public var byteCount: UInt64 { UInt64(bytes.count) }

  public func read(
    at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TraceError) -> Int {
    guard offset < byteCount else { return 0 }
    let count = min(buffer.count, bytes.count - Int(offset))
    bytes.withUnsafeBytes { source in
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[Int(offset)...].prefix(count)))
    }
    return count
  }
}
