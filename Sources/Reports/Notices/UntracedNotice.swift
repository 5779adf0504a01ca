import Aggregation
import TraceFormat

/// Names the programs of a run that have no trace because nothing could be preloaded into them, and
/// counts the children that record nothing because of where they were forked.
enum UntracedNotice {
  /// Programs that are named one by one.
  private static let named = 4

  private struct Program: Hashable {
    let path: String
    let reason: UntracedProgram.Reason
  }

  static func notices(_ profile: HeapProfile) -> [Notice] {
    let children = Int(clamping: profile.counters.childrenLost)
    guard !profile.untraced.isEmpty || children > 0 else { return [] }
    let unnamed = Int(clamping: profile.counters.untracedLost)
    var counts: [Program: Int] = [:]
    for program in profile.untraced {
      counts[Program(path: program.path, reason: program.reason), default: 0] += 1
    }
    let most = counts.sorted { ($0.value, $1.key.path) > ($1.value, $0.key.path) }
    var names = most.prefix(named).map { program, count in
      let times = count > 1 ? ", \(Quantity.grouped(count)) times" : ""
      return "\(program.path) (\(words(program.reason))\(times))"
    }
    let more = most.count - names.count
    if children > 0 {
      let children = Quantity.counted(children, "child", "children")
      names.append(
        "\(children) forked by a signal handler within an allocation, or under a seccomp filter")
    }
    let rest = more > 0 || unnamed > 0 ? " and \(Quantity.grouped(more + unnamed)) more" : ""
    let processes = Quantity.counted(
      profile.untraced.count + unnamed + children, "process", "processes")
    return [
      Notice(
        severity: .warning, kind: .untraced,
        message: "\(processes) of this run could not be traced: "
          + names.joined(separator: ", ") + rest + ".")
    ]
  }

  private static func words(_ reason: UntracedProgram.Reason) -> String {
    switch reason {
    case .isStatic: "statically linked"
    case .otherLibrary: "of another C library"
    case .otherMachine: "for another kind of machine, such as 32-bit"
    case .environment: "started without LD_PRELOAD"
    case .privileged: "runs with rights of its file"
    case .other: "for a reason that this version does not know"
    }
  }
}
