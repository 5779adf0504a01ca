import CTraceFormat
import TraceFormat
import TraceInput

extension TraceReplayer {
  /// Part 0 of a checkpoint.
  func encodeState(_ walk: BlockWalk<some BlockVisitor>, to writer: inout LEBWriter) {
    replay.encodeState(walk, lastBatch: lastBatch, lastTime: lastTime, to: &writer)
    writer.append(batchMarks.count)
    for mark in batchMarks {
      writer.append(mark.timeNanoseconds)
      writer.append(mark.thread.rawValue)
      writer.append(mark.label)
    }
  }

  /// Begins at the latest checkpoint whose events are all earlier than a time, if the trace has one:
  /// its state is taken, and the run passes over the event chunks before it.
  ///
  /// - Throws: `TraceError` of kind `unreadable`, or `damaged` for a checkpoint that is not one.
  func seek(
    before nanoseconds: UInt64, _ walk: BlockWalk<some BlockVisitor>
  ) throws(TraceError) {
    guard nanoseconds > 0, file.header.isClosed,
      let checkpoint = try TraceIndex(file).last(before: nanoseconds)
    else { return }
    walk.advance(to: checkpoint.timeNanoseconds)
    let payloads = PayloadReader()
    // Its memory holds the payload at hand.
    defer { withExtendedLifetime(payloads) {} }
    for (number, part) in checkpoint.parts.enumerated() {
      do throws(TraceError) {
        let payload = try payloads.read(part, of: file.source)
        guard var reader = LEBReader(payload),
          number == 0
            ? restoreState(walk, &reader) : replay.restoreBlocks(walk, from: &reader),
          reader.isAtEnd
        else {
          throw TraceError(kind: .damaged, offset: part.offset, cause: "a checkpoint is damaged")
        }
      } catch {
        throw error.named(file.source.name)
      }
    }
    passedEventChunks = checkpoint.eventChunks
  }

  private func restoreState(
    _ walk: BlockWalk<some BlockVisitor>, _ reader: inout LEBReader
  ) -> Bool {
    guard let state = replay.restoreState(walk, from: &reader) else { return false }
    lastBatch = state.lastBatch
    lastTime = state.lastTime
    let marks = reader.count()
    for _ in 0..<marks {
      guard !reader.failed else { break }
      let time = reader.unsigned()
      let thread = ThreadID(rawValue: UInt32(truncatingIfNeeded: reader.unsigned()))
      let label = reader.text()
      records.append(.mark(Mark(timeNanoseconds: time, thread: thread, label: label)))
    }
    return !reader.failed
  }
}
