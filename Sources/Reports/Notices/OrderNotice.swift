import Aggregation
import TraceFormat

/// Says how far the peak may be off, where threads' small blocks are a part of it worth speaking of.
enum OrderNotice {
  /// A peak that is so many times the bound is as good as exact.
  private static let negligible = 100

  static func notices(_ profile: HeapProfile) -> [Notice] {
    let choice = profile.selection?.query.choice ?? .allocated
    guard choice.hasPeak, let bound = profile.totals.peakErrorBytes,
      bound > 0, profile.totals.peakBytes / bound < negligible
    else { return [] }
    return [
      Notice(
        severity: .note, kind: .peakBound,
        message: """
          The peak is known to within \(Quantity.bytes(bound)): the order in which different threads \
          made small blocks is not recorded. memtrace run --order exact records it.
          """)
    ]
  }
}
