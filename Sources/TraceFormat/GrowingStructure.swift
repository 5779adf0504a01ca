extension UnsafeRawBufferPointer {
  /// Reads a structure that says how long it is: what a trace's older one lacks is zero, what a newer
  /// one has on top is left out. `stored` are the bytes that the trace's structure has, all of them
  /// within the buffer.
  @inline(__always)
  public func load<Structure: BitwiseCopyable>(
    _ type: Structure.Type, at offset: Int, stored: Int
  ) -> Structure {
    let size = MemoryLayout<Structure>.size
    if stored >= size { return loadUnaligned(fromByteOffset: offset, as: type) }
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: self[offset...].prefix(stored)))
      return buffer.load(as: type)
    }
  }
}
