import TraceFormat

/// Gives the moments of a trace the labels that windows are told by: the end of a phase is called as
/// the phase, with `end` behind it.
public enum MarkLabels {
  /// The marks in the order of time, those of one time as they were recorded; ends of phases that did
  /// not begin in this trace are left out.
  public static func ordered(_ marks: [Mark]) -> [Mark] {
    var phases = OpenPhases<String>()
    return sorted(marks).compactMap { mark in
      var mark = mark
      switch mark.kind {
      case .mark, .snapshot, .threshold: break
      case .phaseBegin: phases.begin(mark, mark.label)
      case .phaseEnd:
        guard let name = phases.end(mark) else { return nil }
        mark.label = "\(name) end"
      case .pause: mark.label = "pause"
      case .resume: mark.label = "resume"
      }
      return mark
    }
  }

  private static func sorted(_ marks: [Mark]) -> [Mark] {
    marks.enumerated().sorted {
      ($0.element.timeNanoseconds, $0.offset) < ($1.element.timeNanoseconds, $1.offset)
    }.map(\.element)
  }
}

/// The phases that have begun and not ended, with something that is kept of each.
struct OpenPhases<Kept> {
  /// By thread: its phases, the outermost first.
  private(set) var nested: [ThreadID: [Kept]] = [:]
  /// By number.
  private(set) var free: [UInt64: Kept] = [:]

  mutating func begin(_ mark: Mark, _ kept: Kept) {
    if mark.phase == 0 {
      nested[mark.thread, default: []].append(kept)
    } else {
      free[mark.phase] = kept
    }
  }

  /// What was kept of the phase that ends; `nil` if none does.
  mutating func end(_ mark: Mark) -> Kept? {
    mark.phase == 0 ? nested[mark.thread]?.popLast() : free.removeValue(forKey: mark.phase)
  }
}
