import Foundation
import Testing

@testable import Symbolization

/// Where a module was mapped, how often, and what was there before or after it.
@Suite struct ModulePlacementTests {
  private static func library(
    _ directory: TemporaryDirectory, function: String, flags: [String] = []
  ) throws -> (path: String, start: UInt64) {
    let path = try directory.compile(
      ["gcc", "-g", "-O1", "-shared", "-fPIC"] + flags,
      source: "int \(function)(int x) { return x * 3; }", name: "\(function).c")
    let symbol = try #require(
      Fixture.functions(path, dynamic: true).first { $0.name == function })
    return (path, symbol.start)
  }

  @Test("A module that is mapped several times reads the same at each place")
  func severalTimes() throws {
    let directory = try TemporaryDirectory()
    let library = try Self.library(directory, function: "twice")
    let images = try [0x7f00_0000_0000, 0x7f10_0000_0000].enumerated().map {
      try Fixture.module(library.path, loadBase: $1, id: UInt32($0))
    }
    let frames = Symbolizer(modules: images).symbolize(
      images.map { CodeAddress(module: $0.id, address: $0.loadBase + library.start) })
    #expect(frames.map { $0.map(\.function) } == [["twice"], ["twice"]])
    #expect(frames.map { $0[0].module } == images.map(\.id))
    #expect(frames.allSatisfy { $0[0].line == 1 })
  }

  @Test("An address is resolved in the module of its moment, whatever was there before")
  func replaced() throws {
    let directory = try TemporaryDirectory()
    let first = try Self.library(directory, function: "first_owner")
    let second = try Self.library(directory, function: "second_owner")
    try #require(first.start == second.start)
    let images = try [first, second].enumerated().map {
      try Fixture.module($1.path, loadBase: 0x7f00_0000_0000, id: UInt32($0))
    }
    let address = 0x7f00_0000_0000 + first.start
    let frames = Symbolizer(modules: images).symbolize(
      images.map { CodeAddress(module: $0.id, address: address) })
    #expect(frames.map { $0.map(\.function) } == [["first_owner"], ["second_owner"]])
  }

  @Test("A library that is linked to another address than 0 is found where it was put")
  func nonZeroBase() throws {
    let directory = try TemporaryDirectory()
    let library = try Self.library(
      directory, function: "high", flags: ["-Wl,-Ttext-segment=0x40000000"])
    try #require(library.start > 0x4000_0000)
    let image = try Fixture.module(library.path, loadBase: 0x7000_0000_0000)
    let frames = Symbolizer(modules: [image]).symbolize(
      [CodeAddress(module: image.id, address: image.loadBase + library.start)])
    #expect(frames[0].map(\.function) == ["high"])
    #expect(frames[0][0].line == 1)
  }

  @Test("A library whose addresses prelink rewrote since is read by its place in the file")
  func prelinked() throws {
    let directory = try TemporaryDirectory()
    let flags = ["-Wl,--build-id=none"]
    let recorded = try Self.library(directory, function: "moved", flags: flags)
    let image = try Fixture.module(recorded.path, loadBase: 0x7000_0000_0000)
    // The same file name: what is there now.
    let since = try Self.library(
      directory, function: "moved", flags: flags + ["-Wl,-Ttext-segment=0x50000000"])
    try #require(since.start == recorded.start + 0x5000_0000)
    let described = ModuleImage(
      id: image.id, path: since.path, loadBase: image.loadBase, segments: image.segments,
      buildID: nil)
    let frames = Symbolizer(modules: [described]).symbolize(
      [CodeAddress(module: image.id, address: image.loadBase + recorded.start)])
    #expect(frames[0].map(\.function) == ["moved"])
    #expect(frames[0][0].line == 1)
  }
}
