import TraceFormat

extension EventBatch {
  /// How many of the specials a reader keeps.
  var keptSpecials: Int {
    specials.reduce(0) { count, special in
      if case .mapping = special.record { count } else { count + 1 }
    }
  }

  /// The records that have their place among the batch's events, in merged order, but those that
  /// replay itself acts upon.
  var records: [TraceRecord] {
    specials.compactMap { special in
      switch special.record {
      case .restore, .mapping: return nil
      case .mark(var mark):
        // The events' clock is coarser than a mark's: by this time it parts them where it stands.
        mark.timeNanoseconds = time(at: special.position)
        return .mark(mark)
      default: return special.record
      }
    }
  }
}
