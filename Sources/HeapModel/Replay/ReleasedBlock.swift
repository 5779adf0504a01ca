/// The block that a release ended, with all that must be undone if the release never was.
struct ReleasedBlock {
  enum Origin {
    /// It was live, and is described by `block`.
    case known
    /// Its allocation is not in the trace, or not yet.
    case unknown
    /// Named by thread and sequence, its allocation still to come.
    case named
  }

  var origin: Origin
  var block: LiveBlock
  var wasTemporary: Bool
}
