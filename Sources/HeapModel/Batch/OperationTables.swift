/// What a kind of operation, flags included, changes: read for every event of a trace.
enum OperationTables {
  /// Change of the number of live blocks.
  nonisolated(unsafe) static let blockChange: UnsafePointer<Int8> = table { kind in
    if kind & HeapOperationKind.neverLive != 0 { return 0 }
    return switch kind & HeapOperationKind.mask {
    case HeapOperationKind.allocate...HeapOperationKind.reallocateInPlace: 1
    case HeapOperationKind.release, HeapOperationKind.releaseAddress: -1
    case HeapOperationKind.restored: 1
    default: 0
    }
  }

  /// 1 for an allocation, whether it ever counted as live or not.
  nonisolated(unsafe) static let isAllocation: UnsafePointer<Int8> = table { kind in
    HeapOperationKind.isAllocation(kind) ? 1 : 0
  }

  /// Written once, never changed or freed: safe to read from everywhere.
  private static func table(_ value: (UInt8) -> Int8) -> UnsafePointer<Int8> {
    let table = UnsafeMutablePointer<Int8>.allocate(capacity: 256)
    for kind in 0...255 { table[kind] = value(UInt8(kind)) }
    return UnsafePointer(table)
  }
}
