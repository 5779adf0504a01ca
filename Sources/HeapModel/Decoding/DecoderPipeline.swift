import Dispatch
import TraceInput

/// Decodes chunks on several threads and hands them out in the order of the file.
///
/// The caller's thread alone submits and takes; a slot's decoder works on one chunk between its
/// submission and its taking, and its batch stays valid until the slot is submitted to again.
final class DecoderPipeline {
  private final class Slot: @unchecked Sendable {
    /// Made with the first chunk: short traces need few.
    private lazy var decoder = ChunkDecoder(file)
    private let file: TraceFile
    /// Written by the decoding thread before it signals, read by the caller after it waited.
    var result = DecodedChunk.skipped
    var chunk: TraceChunk?
    private let ready = DispatchSemaphore(value: 0)

    init(_ file: TraceFile) { self.file = file }

    func start(_ chunk: TraceChunk, on queue: DispatchQueue) {
      self.chunk = chunk
      queue.async { [self] in
        result = decoder.decode(chunk)
        ready.signal()
      }
    }

    func wait() { ready.wait() }
  }

  private let slots: [Slot]
  private let queue: DispatchQueue
  private var submitted = 0
  private var taken = 0

  /// At most `depth` chunks are in work or waiting at once, which bounds the memory.
  init(_ file: TraceFile, depth: Int) {
    slots = (0..<max(2, depth)).map { _ in Slot(file) }
    queue = DispatchQueue(label: "memtrace.decode", attributes: .concurrent)
  }

  deinit {
    // A slot in work outlives its pipeline otherwise.
    while taken < submitted { _ = next() }
  }

  /// Whether another chunk may be submitted. The slot of the chunk taken last is still in use.
  var hasRoom: Bool { submitted - taken < slots.count - 1 }

  func submit(_ chunk: TraceChunk) {
    precondition(hasRoom, "the pipeline is full")
    slots[submitted % slots.count].start(chunk, on: queue)
    submitted += 1
  }

  /// The next chunk in the order of submission, `nil` if none is in work.
  func next() -> (chunk: TraceChunk, content: DecodedChunk)? {
    guard taken < submitted else { return nil }
    let slot = slots[taken % slots.count]
    slot.wait()
    taken += 1
    guard let chunk = slot.chunk else { return nil }
    return (chunk, slot.result)
  }
}
