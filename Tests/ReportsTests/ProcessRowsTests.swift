import Aggregation
import Testing
import TraceFormat

@testable import Reports

/// Which processes have a row of their own on the page of a run, and what they are called.
@Suite("Processes as rows") struct ProcessRowsTests {
  private func profile(
    pid: UInt32, parent: UInt32, _ program: String, bytes: Int, start: Int64 = 0
  ) -> HeapProfile {
    var process = TracedProcess(program: program)
    process.pid = pid
    process.parentPID = parent
    process.processStartTicks = UInt64(pid)
    process.rootPID = 1
    process.rootStartTicks = 1
    process.startRealtimeNanoseconds = start + Int64(pid)
    var totals = HeapTotals()
    totals.allocatedBytes = bytes
    return HeapProfile(
      process: process, totals: totals,
      stacks: StackTree(
        parents: [.root], programCounters: [ProgramCounter(rawValue: 0)], modules: [nil]),
      costs: [])
  }

  private func group(_ profiles: [HeapProfile]) -> ProfileGroup {
    var builder = ProfileGroupBuilder()
    for profile in profiles { builder.add(profile, path: "\(profile.process.pid).bin") }
    return builder.group()
  }

  private func text(_ rows: ProcessRows, _ group: ProfileGroup) -> [String] {
    rows.rows.map { row in
      let names = Set(row.members.map { group.members[$0].process.program })
      return "\(row.depth) \(names.sorted().joined(separator: "|")) \(row.members.count)"
    }
  }

  @Test("Alike processes share a row, one that matters has its own, on top of them")
  func alikeProcessesShareARow() {
    var profiles = [profile(pid: 1, parent: 0, "sh", bytes: 1)]
    for pid in 2..<50 { profiles.append(profile(pid: UInt32(pid), parent: 1, "cc", bytes: 10)) }
    profiles.append(profile(pid: 60, parent: 1, "cc", bytes: 5000))
    // Below one of those that share a row: it draws its ancestors out.
    profiles.append(profile(pid: 70, parent: 7, "ld", bytes: 3000))
    let group = group(profiles)
    let rows = ProcessRows(group, limit: 20)
    #expect(text(rows, group) == ["0 sh 1", "1 cc 1", "1 cc 1", "2 ld 1", "1 cc 47"])
    #expect(rows.omitted.isEmpty && rows.hasRoot)
  }

  @Test("Children of those that share a row share one, too") func childrenShareARow() {
    var profiles = [profile(pid: 1, parent: 0, "make", bytes: 1_000_000)]
    for pid in 10..<30 {
      profiles.append(profile(pid: UInt32(pid), parent: 1, "sh", bytes: 5))
      profiles.append(profile(pid: UInt32(pid) + 100, parent: UInt32(pid), "cc", bytes: 50))
    }
    let group = group(profiles)
    #expect(text(ProcessRows(group, limit: 20), group) == ["0 make 1", "1 sh 20", "2 cc 20"])
  }

  @Test("Where there is no room the smallest go, and the first process stays")
  func theSmallestGo() {
    var profiles = [profile(pid: 1, parent: 0, "sh", bytes: 0)]
    for pid in 2..<42 {
      // Not the first one's children: its row is the smallest of all.
      profiles.append(profile(pid: UInt32(pid), parent: 999, "p\(pid)", bytes: pid * 100))
    }
    let group = group(profiles)
    let rows = ProcessRows(group, limit: 5)
    #expect(text(rows, group) == ["0 p41 1", "0 p40 1", "0 p39 1", "0 p38 1", "0 sh 1"])
    #expect(rows.omitted.count == 36)
    let without = ProcessRows(self.group(Array(profiles.dropFirst())), limit: 5)
    #expect(!without.hasRoot)
  }

  @Test("A chain of any depth has its rows") func deepChain() {
    var profiles = [profile(pid: 1, parent: 0, "p", bytes: 1000)]
    for pid in 2...20_000 {
      profiles.append(profile(pid: UInt32(pid), parent: UInt32(pid) - 1, "p", bytes: 0))
    }
    let rows = ProcessRows(group(profiles), limit: 10)
    #expect(rows.rows.count == 10 && rows.omitted.count == 19_990)
  }

  @Test(
    "Processes are called what people call them",
    arguments: [
      ("busybox", ["ls", "-l"], "", "ls (busybox)"),
      ("python3.11", ["/usr/bin/python3", "a.py"], "", "python3.11"),
      ("x86_64-linux-gnu-gcc-12", ["gcc"], "", "x86_64-linux-gnu-gcc-12"),
      ("php8.2", ["php", "-r", "1;"], "", "php8.2"),
      ("phpdbg", ["php"], "", "php (phpdbg)"),
      ("dash", ["sh", "-c", "true"], "", "sh (dash)"),
      ("bash", ["-bash"], "", "bash"),
      ("app", [], "", "app"),
      ("app", [""], "", "app"),
      ("nginx", ["nginx: master process /usr/sbin/nginx"], "", "nginx"),
      ("nginx", ["nginx"], "nginx: worker process", "nginx: worker process"),
      ("server", ["server"], "idle", "idle (server)"),
    ]) func names(program: String, arguments: [String], title: String, name: String)
  {
    var process = TracedProcess(program: program)
    process.arguments = arguments
    process.title = title
    #expect(ProcessText.name(of: process) == name)
  }
}
