import Aggregation
import TraceFormat

/// Measures how fast traces are read, decoded, replayed and aggregated: events a second and wall
/// time per trace, without symbols and reports. Developer's tool: `replay-bench TRACE…`.
@main
struct ReplayBench {
  static func main() {
    for path in CommandLine.arguments.dropFirst() {
      let clock = ContinuousClock()
      do throws(TraceError) {
        let start = clock.now
        let profile = try HeapProfile.load(path: path)
        let elapsed = clock.now - start
        report(path, profile, elapsed)
      } catch {
        print(error)
      }
    }
  }

  private static func report(_ path: String, _ profile: HeapProfile, _ elapsed: Duration) {
    let seconds = elapsed / .seconds(1)
    let events = Double(profile.inventory.chunkEvents + profile.inventory.recoveredEvents)
    let rate = (events / seconds / 1e5).rounded() / 10
    print("\(path): \(Int(events)) events in \(elapsed), \(rate) M events/s")
    print("  \(profile.totals)")
    print("  \(profile.stacks.count - 1) nodes, \(profile.costs.count) allocating stacks")
    for damage in profile.damage.prefix(10) { print("  damage \(damage)") }
  }
}
