/// What one event of a batch did to the heap: a byte in `EventBatch.kinds`.
///
/// Kinds are constants, not cases: the replay looks them up in tables, one load an event.
enum HeapOperationKind {
  static let allocate: UInt8 = 0
  /// The new block of a realloc elsewhere; the thread's release before it is the old one.
  static let reallocateMoved: UInt8 = 1
  /// The new block of a realloc at the same address.
  static let reallocateInPlace: UInt8 = 2
  /// The end of a block that the same batch allocated earlier.
  static let release: UInt8 = 3
  /// The end of a block known only by its address.
  static let releaseAddress: UInt8 = 4
  /// Neither allocation nor release.
  static let special: UInt8 = 5
  /// A release that a failed realloc took back.
  static let undone: UInt8 = 6
  /// The special event of a failed realloc whose release stood in an earlier batch: the block is
  /// live again.
  static let restored: UInt8 = 7
  /// What this version does not know: of another space, or of a later version of the format.
  static let passedOver: UInt8 = 8

  /// Flag of an allocation and of its release: in the merged order the release stands first, so
  /// the block never counts as live. Flag of a release by address that ends nothing.
  static let neverLive: UInt8 = 0x80
  /// Flag of a release: its block was temporary.
  static let temporary: UInt8 = 0x40
  /// Flag of what makes a block live: another one was live at its address, which ends here.
  static let displacing: UInt8 = 0x20

  static let mask: UInt8 = 0x1f

  /// Whether a kind, flags aside, is an allocation.
  @inline(__always)
  static func isAllocation(_ kind: UInt8) -> Bool { kind & mask <= reallocateInPlace }
}
