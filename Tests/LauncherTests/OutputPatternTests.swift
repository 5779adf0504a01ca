import Testing

@testable import memtrace_launcher

@Suite struct OutputPatternTests {
  private func path(_ output: String, in folders: String...) -> String {
    let (folder, name) = OutputPattern(output, workingDirectories: folders)
      .path(process: 42, program: "app")
    return "\(folder)|\(name)"
  }

  @Test func `what the user typed is a pattern, folders included`() {
    #expect(path("trace.bin", in: "/w") == "|trace.bin")
    #expect(path("of-%e-%p-%%.bin", in: "/w") == "|of-app-42-%.bin")
    #expect(path("/t/%p/%e", in: "/w") == "/t/42/|app")
    #expect(path("%x%", in: "/w") == "|%x%")
  }

  @Test func `the working directory is not, by either of its names`() {
    #expect(path("/a%p/b%e/%p", in: "/a%p", "/l%%") == "/a%p/bapp/|42")
    #expect(path("/l%%/%%", in: "/a%p", "/l%%") == "/l%%/|%")
    #expect(path("/a%pb/x", in: "/a%p") == "/a42b/|x")
    #expect(path("/%p/x", in: "/") == "/42/|x")
  }

  @Test func `the traces of a run have a beginning in common`() {
    #expect(OutputPattern("d.d/trace.bin", workingDirectories: []).stem == "trace")
    #expect(OutputPattern("/x%p/of-%e", workingDirectories: ["/x%p"]).stem == "of-")
  }
}
