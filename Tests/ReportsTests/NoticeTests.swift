import Aggregation
import Reports
import Testing
import TraceFormat

@Suite struct NoticeTests {
  private func kinds(_ fixture: ProfileFixture) -> [Notice.Kind] {
    fixture.trace.notices.map(\.kind)
  }

  @Test("A sound trace needs no notice") func sound() {
    #expect(ProfileFixture.typical.trace.notices.isEmpty)
  }

  @Test("Damage comes first and is counted") func damage() {
    var fixture = ProfileFixture.typical
    fixture.totals.lostEvents = 3
    fixture.damage = (0..<5).map {
      TraceDamage(offset: UInt64($0) * 100, skippedBytes: 40, cause: "checksum \($0)")
    }
    let notices = fixture.trace.notices
    #expect(notices.map(\.kind) == [.damage, .lostEvents])
    #expect(notices[0].message.contains("5 parts"))
    #expect(notices[0].message.contains("200 B"))
    #expect(notices[0].message.contains("checksum 2") && notices[0].message.contains("2 more"))
  }

  @Test("Lost events are told with their reasons") func lost() {
    var fixture = ProfileFixture.typical
    fixture.totals.lostEvents = 1_007
    var values = [UInt64](repeating: 0, count: 16)
    values[0] = 1_007
    values[3] = 1_000
    values[1] = 7
    fixture.counters = RecorderCounters(values: values)
    let message = fixture.trace.notices[0].message
    #expect(message.hasPrefix("1,007 allocations and frees were not recorded: 1,000 dropped"))
    #expect(message.contains("7 in signal handlers"))
  }

  @Test("An empty trace says why it may be empty") func empty() {
    #expect(kinds(ProfileFixture()) == [.noEvents])
  }

  @Test("A killed program's trace is told from a damaged one") func killed() {
    var fixture = ProfileFixture.typical
    fixture.process.isClosed = false
    #expect(fixture.trace.notices.map(\.severity) == [.note])
    #expect(kinds(fixture) == [.notClosed])
  }

  @Test("Only a process that allocated more is named, and the largest of them") func relatives() {
    var fixture = ProfileFixture.typical
    fixture.relatives = [
      RelatedTrace(path: "trace.sh.1.bin", program: "sh", pid: 1, allocations: 1, allocatedBytes: 1)
    ]
    #expect(kinds(fixture).isEmpty)
    for index in 2...4 {
      fixture.relatives.append(
        RelatedTrace(
          path: "trace.cc.\(index).bin", program: "cc", pid: UInt32(index), allocations: 5,
          allocatedBytes: 1_000_000_000 * index))
    }
    #expect(kinds(fixture) == [.largerProcess])
    #expect(fixture.trace.notices[0].message.contains("trace.cc.4.bin"))
  }

  @Test("Recording that stopped says when and why") func stopped() {
    var fixture = ProfileFixture.typical
    fixture.troubles = [Trouble(timeNanoseconds: 1_500_000_000, kind: .writeFailed(errno: 28))]
    let message = fixture.trace.notices[0].message
    #expect(message.contains("1.50 s") && message.contains("No space left on device"))
  }
}
