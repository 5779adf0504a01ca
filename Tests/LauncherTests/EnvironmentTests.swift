import Testing

@testable import memtrace_launcher

@Suite struct EnvironmentTests {
  @Test func `variables are read, replaced in place, added and removed`() {
    var environment = Environment(entries: ["A=1", "AB=2", "C=x=y"])
    #expect(environment["A"] == "1")
    #expect(environment["C"] == "x=y")
    #expect(environment["B"] == nil)
    environment["AB"] = "3"
    environment["D"] = ""
    environment["A"] = nil
    #expect(environment.entries == ["AB=3", "C=x=y", "D="])
  }

  @Test func `the library comes before those of the user`() {
    var environment = Environment(entries: ["LD_PRELOAD=libjemalloc.so.2"])
    environment.preload("/lib/libmemtrace.so")
    #expect(environment["LD_PRELOAD"] == "/lib/libmemtrace.so:libjemalloc.so.2")
  }

  @Test func `an empty LD_PRELOAD counts as none`() {
    var environment = Environment(entries: ["LD_PRELOAD="])
    environment.preload("/lib/libmemtrace.so")
    #expect(environment.entries == ["LD_PRELOAD=/lib/libmemtrace.so"])
  }

  @Test func `a library in a folder with a blank is searched for by its name`() {
    var environment = Environment(entries: ["LD_LIBRARY_PATH=/opt/lib"])
    environment.preload("/a folder/libmemtrace.so")
    #expect(environment["LD_PRELOAD"] == "libmemtrace.so")
    #expect(environment["LD_LIBRARY_PATH"] == "/opt/lib:/a folder")
  }
}
