import CTraceFormat
import TraceFormat

extension StackNode {
  /// Reads the payload of a stacks chunk; `major` is the trace's format version.
  ///
  /// - Throws: `TraceError` of kind `damaged`.
  static func decodeAll(
    _ payload: UnsafeRawBufferPointer, major: Int
  ) throws(TraceError) -> [StackNode] {
    let headerBytes = MemoryLayout<mt_stacks_header>.size
    guard payload.count >= headerBytes,
      let base = payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
    else { throw damaged("a stacks chunk ends within its header") }
    let header = payload.loadUnaligned(as: mt_stacks_header.self)
    let count = Int(header.nodes)
    let idBytes = Int(header.id_bytes)
    let parentBytes = Int(header.parent_bytes)
    let columns = headerBytes + count * 8
    guard columns + idBytes + parentBytes <= payload.count else {
      throw damaged("a stacks chunk ends within its columns")
    }
    var ids = LEBReader(base + columns, count: idBytes)
    var parents = LEBReader(base + columns + idBytes, count: parentBytes)
    var nodes: [StackNode] = []
    nodes.reserveCapacity(count)
    var id: Int64 = 0
    for index in 0..<count {
      id &+= ids.signed()
      guard let number = UInt32(exactly: id),
        let parent = UInt32(exactly: id &- parents.signed())
      else { throw damaged("a stack node's number is out of range") }
      let counter = payload.loadUnaligned(
        fromByteOffset: headerBytes + index * 8, as: UInt64.self)
      nodes.append(
        StackNode(
          id: number, parent: parent,
          programCounter: major == 1 ? ProgramCounter.ofVersion1(counter) : counter))
    }
    guard !ids.failed, !parents.failed else { throw damaged("a stacks chunk's columns end early") }
    return nodes
  }

  private static func damaged(_ cause: String) -> TraceError {
    TraceError(kind: .damaged, cause: cause)
  }
}
