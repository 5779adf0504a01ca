import Glibc
import Testing

@testable import memtrace_launcher

struct DynamicSymbolsTests {
  /// The C library that this process runs with.
  private func library() throws -> String {
    let maps = String(decoding: try bytes(of: "/proc/self/maps"), as: UTF8.self)
    let line = try #require(maps.split(separator: "\n").first { $0.contains("/libc.so.6") })
    let start = try #require(line.firstIndex(of: "/"))
    return String(line[start...])
  }

  private func bytes(of path: String) throws -> [UInt8] {
    let file = try #require(fopen(path, "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 16 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }

  @Test func `a library defines what it offers, and mentions what it needs`() throws {
    let path = try library()
    let found = DynamicSymbols.withFile(path) {
      [
        $0.defines("malloc"), $0.defines("mallo"), $0.defines("__tls_get_addr"),
        $0.mentions("__tls_get_addr"),
      ]
    }
    #expect(found == [true, false, false, true])
  }

  @Test func `a file that is not there has no symbols`() {
    #expect(DynamicSymbols.withFile("/nowhere") { $0.defines("malloc") } == nil)
  }

  @Test func `tables that lead out of the file are read without harm`() throws {
    let whole = try bytes(of: library())
    for length in [0, 1, 39, 41, 63, 64, 4096, whole.count / 2, whole.count - 1] {
      whole.prefix(length).withUnsafeBytes {
        _ = DynamicSymbols(ELFBytes(bytes: $0)).defines("malloc")
      }
    }
    for value in [UInt8(0x7f), 0xff] {
      var lying = whole
      for index in 40..<48 { lying[index] = value }
      lying.withUnsafeBytes { #expect(!DynamicSymbols(ELFBytes(bytes: $0)).defines("malloc")) }
    }
  }
}
