import Testing

@testable import memtrace_launcher

@Suite struct WordingTests {
  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "0.98 KiB"), (1024, "1.00 KiB"), (10_752, "10.5 KiB"),
    (1_048_576, "1.00 MiB"), (157_286_400, "150 MiB"), (5_368_709_120, "5.00 GiB"),
  ])
  func `sizes have three digits`(bytes: Int64, text: String) {
    #expect(ByteSize.text(bytes) == text)
  }

  @Test(arguments: [
    ("trace.bin", "trace.bin"), ("/tmp/a-b_c.bin", "/tmp/a-b_c.bin"), ("", "''"),
    ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("$HOME", "'$HOME'"), ("ä", "'ä'"),
  ])
  func `words can be pasted into a shell`(word: String, quoted: String) {
    #expect(ShellWord.quoted(word) == quoted)
  }

  @Test func `wait statuses are exits or signals`() {
    #expect(Ending(waitStatus: 0x2a00) == .exit(42))
    #expect(Ending(waitStatus: 9) == .signal(9))
    #expect(Ending(waitStatus: 0x80 | 11) == .signal(11))
  }
}
