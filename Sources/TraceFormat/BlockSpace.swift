/// What blocks a report counts: a block's identity is its space and its address.
public enum BlockSpace: String, Sendable, Hashable, CaseIterable {
  /// Those of malloc and its kin, and of language runtimes.
  case heap
  /// Ranges of the address space that `mmap` and its kin gave, as long as they can be accessed.
  case mappings
  /// Both. A block of the heap may lie in a mapping: bytes then count twice.
  case all
}
