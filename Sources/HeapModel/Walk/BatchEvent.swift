import TraceFormat

/// One event of a batch with all that replay knows of it: numbers are the trace's own.
package struct BatchEvent {
  package enum Kind: Sendable {
    case allocate
    case reallocateMoved
    case reallocateInPlace
    case release
    case restore
  }

  package let kind: Kind
  package let timeNanoseconds: UInt64
  package let thread: ThreadID
  package let address: UInt64?
  package let sizeBytes: Int?
  package let node: UInt32?
  package let block: UInt64
}
