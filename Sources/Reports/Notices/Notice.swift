/// Something a reader should know before believing or using a report's figures.
public struct Notice: Sendable, Hashable {
  /// How much a notice weighs.
  public enum Severity: String, Sendable {
    /// Parts of the trace could not be read: sums are lower bounds, but what is live or leaked may
    /// be too much, where frees are among what is missing.
    case damage
    /// Something is missing that the program did.
    case warning
    /// Nothing is missing, but there is more to know.
    case note
  }

  /// What a notice is about. The raw values are part of the JSON schema.
  public enum Kind: String, Sendable {
    case damage, recordingStopped, lostEvents, noEvents, notClosed, stacksCut, stacksBroken
    case pythonMissing
    case unwindDifferences, unknownFrees, inheritedFrees, untraced, supersededBlocks, symbols,
      largerProcess
    case nothingCounted, optionIgnored, wrapper, patternUnmatched
    /// Whether stacks that were cut meet the filter is not known.
    case filterUnsure
    /// For some of the time allocations were not recorded, as was asked for.
    case paused
    /// Far more is resident than live.
    case residentAboveHeap
    /// The peak is known to within some bytes.
    case peakBound
    /// Blocks stand for smaller ones that GLib cuts from them.
    case slices
    /// Which Python objects are counted.
    case pythonObjects
  }

  public let severity: Severity
  public let kind: Kind
  /// One or two sentences, not sanitized.
  public let message: String
}
