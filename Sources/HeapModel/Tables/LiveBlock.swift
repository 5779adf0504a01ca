/// A block that is live between batches: 32 bytes in the live table.
struct LiveBlock: BitwiseCopyable {
  /// Shifted, as in the trace; never 0.
  var address: UInt64
  var sizeBytes: Int64
  /// Of its stack in `StackAccounts`.
  var account: UInt32
  /// That allocated it: its place in `HeapReplay.threads`.
  var thread: UInt32
  /// Of its allocation in that thread, low 32 bits.
  var sequence: UInt32
  /// When it was allocated: the coarse clock of the trace, in units of 2^20 ns.
  var born: UInt32
}
