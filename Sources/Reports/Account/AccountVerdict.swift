import Aggregation

/// What an account of resident memory comes to: which term stands out, and the one thing to try about
/// it. Says nothing where no term does.
enum AccountVerdict {
  /// Less than this is what any process has.
  private static let smallestBytes: UInt64 = 16 << 20
  /// A term stands out from this share of the program's own memory on.
  private static let share: UInt64 = 4

  static func sentences(_ account: MemoryAccount, _ trace: AnalyzedTrace) -> [String] {
    guard let pages = account.pages else { return [] }
    let own = account.residentBytes - min(account.residentBytes, account.bytes(of: .recorder) ?? 0)
    func standsOut(_ bytes: UInt64) -> Bool { bytes >= smallestBytes && bytes >= own / share }
    var sentences: [String] = []
    for part in account.parts where standsOut(part.bytes) {
      let bytes = Quantity.bytes(part.bytes)
      switch part.term {
      case .keptByAllocator: sentences.append(kept(part.bytes, trace.profile))
      case .mappings:
        sentences.append(
          "\(bytes) are mappings that the program or a library of it made: memtrace-analyze top "
            + "--space mappings shows where.")
      case .otherAnonymous:
        sentences.append(
          "\(bytes) are anonymous and nobody was seen to map them: a runtime's or a library's own heap. "
            + (ResidentNotice.knownHeap(trace.profile) ?? ""))
      case .threadStacks:
        sentences.append(
          "\(bytes) are on stacks, of \(Quantity.counted(pages.threadStacks, "thread")) and the first "
            + "one: try fewer threads.")
      case .sharedMemory:
        sentences.append("\(bytes) are shared memory, which other processes may count as well.")
      case .files:
        sentences.append(
          "\(bytes) are pages of files, which the kernel can take away when memory is short.")
      case .rounding:
        sentences.append(
          "\(bytes) are headers and rounding: many small blocks. Try fewer and larger ones.")
      case .liveBlocks, .besideBlocks, .programData, .recorder: break
      }
    }
    if standsOut(pages.hugeBytes), let live = account.bytes(of: .liveBlocks),
      pages.hugeBytes >= 2 * live
    {
      sentences.append(
        "\(Quantity.bytes(pages.hugeBytes)) are in huge pages, which are resident as a whole. Try "
          + "prctl(PR_SET_THP_DISABLE), or madvise in /sys/kernel/mm/transparent_hugepage/enabled.")
    }
    return sentences.map { $0.hasSuffix(" ") ? String($0.dropLast()) : $0 }
  }

  /// Of what the allocator keeps.
  static func kept(_ bytes: UInt64, _ profile: HeapProfile) -> String {
    "The allocator keeps \(Quantity.bytes(bytes)) that no live block occupies. Try "
      + remedy(profile) + "; if that gives nothing back, memtrace-analyze fragmentation names the "
      + "blocks that hold the pages."
  }

  /// How the allocator is told to give memory back.
  static func remedy(_ profile: HeapProfile) -> String {
    let allocator = PresentedFrame.baseName(profile.process.allocator)
    if allocator.contains("jemalloc") { return "MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0" }
    if allocator.contains("mimalloc") { return "MIMALLOC_PURGE_DELAY=0" }
    if allocator.contains("tcmalloc") { return "TCMALLOC_RELEASE_RATE=10" }
    return profile.threads.count > 4 ? "malloc_trim(0), or MALLOC_ARENA_MAX=2" : "malloc_trim(0)"
  }
}
