import Aggregation

/// The most that a figure of a trace may be.
public struct MemoryLimit: Sendable {
  /// What can be limited. The raw values are part of the JSON schema.
  public enum Figure: String, Sendable, CaseIterable {
    case peak, leaked, allocated, allocations, temporary, resident
    /// What a phase leaves more than it found.
    case growth

    /// The cost whose stacks make up the figure; nil if stacks do not.
    public var kind: CostKind? {
      switch self {
      case .peak: .peak
      case .leaked: .leaked
      case .allocated: .bytes
      case .allocations: .allocations
      case .temporary: .temporary
      case .growth: .live
      case .resident: nil
      }
    }

    /// Whether it is bytes; otherwise it counts allocations.
    var isBytes: Bool { kind?.isBytes ?? true }
  }

  /// How much that is: a number, or a share of all allocations.
  public enum Amount: Sendable, Equatable {
    case number(Int)
    case percentOfAllocations(Double)
  }

  public let figure: Figure
  public let most: Amount
  /// The phase that it is about, by its name or by its path with slashes; nil for the whole.
  public let phase: String?
  /// The functions on whose stacks the blocks are that it is about, as a pattern; nil for all.
  public let function: String?

  public init(
    _ figure: Figure, most: Amount, phase: String? = nil, function: String? = nil
  ) {
    self.figure = figure
    self.most = most
    self.phase = phase
    self.function = function
  }

  /// What is limited, as reports name it: `peak`, `load: peak`.
  public var name: String { ((phase ?? function).map { "\($0): " } ?? "") + figure.rawValue }
}

/// A limit and what the trace has of its figure.
struct MeasuredLimit: Sendable {
  let limit: MemoryLimit
  /// The limit as a number.
  let most: Int
  /// Nil if the trace does not say. Of a figure that is known between two bounds, the lower one.
  let value: Int?
  /// The most that the figure may be, if that is not known better.
  let mostValue: Int?

  var isBroken: Bool { value.map { $0 > most } ?? false }

  /// Whether the limit lies between the bounds.
  var isUnsure: Bool { !isBroken && (mostValue.map { $0 > most } ?? false) }

  /// Measures a limit; `leaks` is the trace without the leaks that are suppressed, `phases` the costs of
  /// the phase that the limit is about, nil if it was not entered.
  init(
    _ limit: MemoryLimit, of trace: AnalyzedTrace, leaks: AnalyzedTrace, phase: PhaseCosts? = nil
  ) {
    let totals = trace.profile.totals
    // What a run held is what its processes held at one moment.
    let together = limit.figure == .peak ? trace.profile.peakTogether : nil
    self.limit = limit
    most =
      switch limit.most {
      case .number(let number): number
      case .percentOfAllocations(let percent):
        Int(
          (Double(limit.phase == nil ? totals.allocations : phase?.allocations ?? 0) * percent / 100)
            .rounded(.down))
      }
    guard limit.phase == nil else {
      mostValue = nil
      value = phase.flatMap { Self.value(limit.figure, of: $0) }
      return
    }
    mostValue = together?.mostBytes
    value =
      switch limit.figure {
      case .peak where together != nil: together?.leastBytes
      case .leaked: leaks.profile.totals.leakedBytes
      case .resident: ResidentMemory(trace.profile)?.mostBytes
      case .growth: nil
      default: limit.figure.kind?.total(of: totals)
      }
  }

  /// Nil for what is not known of phases.
  private static func value(_ figure: MemoryLimit.Figure, of phase: PhaseCosts) -> Int? {
    switch figure {
    case .peak: phase.peakBytes
    case .growth: phase.growthBytes
    case .allocated: phase.allocatedBytes
    case .allocations: phase.allocations
    case .temporary: phase.temporaryAllocations
    case .leaked, .resident: nil
    }
  }
}
