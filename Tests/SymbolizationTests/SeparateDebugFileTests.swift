import Foundation
import Testing

@testable import Symbolization

/// A stripped program with its debug information elsewhere reads exactly as it did before.
@Suite struct SeparateDebugFileTests {
  /// A program, its addresses, and how they read before anything was taken away.
  private final class Subject {
    let directory: TemporaryDirectory
    let program: String
    let addresses: [UInt64]
    let expected: [[SourceFrame]]

    init(_ command: [String] = ["g++", "-g", "-O2"], id: String = "sha1") throws {
      directory = try TemporaryDirectory()
      program = try directory.copy(of: Compiled.program(command + ["-Wl,--build-id=\(id)"]))
      addresses = try Fixture.functions(program, dynamic: false)
        .flatMap { [$0.start, $0.start + $0.size / 3, $0.start + $0.size - 1] }
      expected = try Subject.frames(program, addresses, SymbolizerOptions(debugDirectories: []))
      let withInlines = expected.filter { $0.count > 1 }
      try #require(withInlines.count > 20)
    }

    static func frames(
      _ path: String, _ addresses: [UInt64], _ options: SymbolizerOptions
    ) throws -> [[SourceFrame]] {
      // A position-independent program, somewhere in memory.
      let image = try Fixture.module(path, loadBase: 0x5555_5555_4000)
      return Symbolizer(modules: [image], options: options).symbolize(
        addresses.map { CodeAddress(module: image.id, address: image.loadBase + $0) })
    }

    func frames(_ options: SymbolizerOptions = SymbolizerOptions(debugDirectories: [])) throws
      -> [[SourceFrame]]
    {
      try Subject.frames(program, addresses, options)
    }

    /// Moves debug information and symbols into a file, and strips the program.
    func split(into path: String) throws {
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      try Fixture.run(["objcopy", "--only-keep-debug", program, path])
      try Fixture.run(["strip", program])
    }

    func buildID() throws -> BuildID {
      try #require(try ElfFile(path: program).buildID())
    }
  }

  @Test("A stripped program alone gives stable offsets, and says what to do")
  func stripped() throws {
    let subject = try Subject()
    try Fixture.run(["strip", subject.program])
    let frames = try subject.frames()
    let program = URL(fileURLWithPath: subject.program).lastPathComponent
    for (index, frame) in frames.enumerated() where !frame[0].isResolved {
      // Three addresses of each function, the first of which is its start.
      let start = subject.addresses[index - index % 3]
      #expect(frame.map(\.function) == ["\(program)+0x\(String(start, radix: 16))"])
    }
    #expect(frames.contains { !$0[0].isResolved })
  }

  @Test("A debug file is found by build id below a debug directory")
  func byBuildID() throws {
    let subject = try Subject()
    let root = subject.directory.path + "/debug"
    let path = DebugFileLocator.path(of: try subject.buildID(), below: root)
    try subject.split(into: path)
    #expect(try subject.frames() != subject.expected)
    #expect(
      try subject.frames(SymbolizerOptions(debugDirectories: ["/nowhere", root]))
        == subject.expected)
  }

  @Test("A debug file of another build is not used")
  func wrongBuildID() throws {
    let subject = try Subject()
    let other = try Subject(["g++", "-g", "-O1"])
    let root = subject.directory.path + "/debug"
    try other.split(into: DebugFileLocator.path(of: try subject.buildID(), below: root))
    try Fixture.run(["strip", subject.program])
    let frames = try subject.frames(SymbolizerOptions(debugDirectories: [root]))
    #expect(frames.allSatisfy { $0.allSatisfy { $0.line == nil } })
  }

  @Test(
    "A debug file is found by its link, beside the program, in .debug, and below a debug directory",
    arguments: ["sha1", "none"], ["", ".debug/", "root"])
  func byLink(id: String, place: String) throws {
    let subject = try Subject(id: id)
    let name = "p.debug"
    let root = subject.directory.path + "/root"
    let folder =
      place == "root" ? root + subject.directory.path : subject.directory.path + "/" + place
    try subject.split(into: "\(folder)/\(name)")
    try Fixture.run(["objcopy", "--add-gnu-debuglink=\(folder)/\(name)", subject.program])
    let options = SymbolizerOptions(debugDirectories: [root])
    #expect(try subject.frames(options) == subject.expected)
    // Without a build id the checksum decides: one more byte, and it is another file.
    guard id == "none" else { return }
    let handle = try #require(FileHandle(forWritingAtPath: "\(folder)/\(name)"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data([0]))
    try handle.close()
    #expect(try subject.frames(options) != subject.expected)
  }

  @Test("A debuginfod server is asked when one is named, and only then")
  func server() async throws {
    let subject = try Subject()
    let root = subject.directory.path
    let path = "\(root)/buildid/\(try subject.buildID())/debuginfo"
    try subject.split(into: path)
    let bare = try subject.frames()
    #expect(bare != subject.expected)
    // The client reads file: URLs as it does others. Its variables are this process's: another
    // process keeps them away from the other tests.
    await #expect(processExitsWith: .success) {
      [arguments = [root, subject.program] as [String]] in
      setenv("DEBUGINFOD_URLS", "file://\(arguments[0])", 1)
      setenv("DEBUGINFOD_CACHE_PATH", "\(arguments[0])/cache", 1)
      let image = try Fixture.module(arguments[1], loadBase: 0)
      let functions = try Fixture.functions(
        "\(arguments[0])/buildid/\(try #require(image.buildID))/debuginfo", dynamic: false)
      let frames = Symbolizer(
        modules: [image], options: SymbolizerOptions(debugDirectories: [])
      ).symbolize(functions.map { CodeAddress(module: image.id, address: $0.start) })
      try #require(frames.contains { $0.last?.line != nil })
    }
  }

  @Test("The debug file alone is enough when the program itself is gone")
  func programGone() throws {
    let subject = try Subject()
    let root = subject.directory.path + "/debug"
    let image = try Fixture.module(subject.program, loadBase: 0x7000_0000)
    try subject.split(into: DebugFileLocator.path(of: try subject.buildID(), below: root))
    try FileManager.default.removeItem(atPath: subject.program)
    let symbolizer = Symbolizer(
      modules: [image], options: SymbolizerOptions(debugDirectories: [root]))
    let frames = symbolizer.symbolize(
      subject.addresses.map { CodeAddress(module: image.id, address: image.loadBase + $0) })
    #expect(frames == subject.expected)
    #expect(symbolizer.diagnostics.modules.filter { $0.reason == .missing }.isEmpty)
  }

  @Test("A program below a system root is found there, and nowhere else")
  func systemRoot() throws {
    let subject = try Subject()
    let image = try Fixture.module(subject.program, loadBase: 0)
    let root = subject.directory.path + "/container"
    func frames() -> [[SourceFrame]] {
      Symbolizer(
        modules: [image], options: SymbolizerOptions(debugDirectories: [], systemRoot: root)
      )
      .symbolize(subject.addresses.map { CodeAddress(module: image.id, address: $0) })
    }
    #expect(frames().allSatisfy { !$0[0].isResolved })
    try FileManager.default.createDirectory(
      atPath: root + subject.directory.path, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: subject.program, toPath: root + subject.program)
    #expect(frames() == subject.expected)
  }

  @Test("A module path serves a program that was moved")
  func modulePath() throws {
    let subject = try Subject()
    let image = try Fixture.module(subject.program, loadBase: 0)
    let folder = subject.directory.path + "/moved"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false)
    try FileManager.default.moveItem(
      atPath: subject.program, toPath: folder + "/" + image.name)
    let symbolizer = Symbolizer(
      modules: [image],
      options: SymbolizerOptions(debugDirectories: [], modulePaths: ["/nowhere", folder]))
    let frames = symbolizer.symbolize(
      subject.addresses.map { CodeAddress(module: image.id, address: $0) })
    #expect(frames == subject.expected)
  }

  @Test("Mini debug information gives the names of a stripped program")
  func miniDebugInformation() throws {
    let subject = try Subject()
    let mini = subject.directory.path + "/mini"
    try Fixture.run(["objcopy", "--only-keep-debug", subject.program, mini])
    try Fixture.run(["objcopy", "--strip-debug", mini])
    try Fixture.run(["strip", subject.program])
    let without = try subject.frames()
    try Fixture.run(["xz", mini])
    try Fixture.run(
      ["objcopy", "--add-section=.gnu_debugdata=\(mini).xz", subject.program])
    let frames = try subject.frames()
    let outermost = subject.expected.map { $0.last?.function }
    #expect(frames != without)
    #expect(frames.allSatisfy { $0.count == 1 && $0[0].isResolved })
    let equal = zip(frames, outermost).filter { $0[0].function == $1 }.count
    #expect(equal * 10 > frames.count * 9)
  }

  @Test("What dwz moved into an alternate file is found there")
  func alternateFile() throws {
    let first = try Subject()
    let second = try Subject(["g++", "-g", "-O1"])
    let root = first.directory.path + "/debug"
    let common = root + "/.dwz/common.debug"
    try FileManager.default.createDirectory(
      atPath: root + "/.dwz", withIntermediateDirectories: true)
    var paths: [String] = []
    for subject in [first, second] {
      let path = DebugFileLocator.path(of: try subject.buildID(), below: root)
      try subject.split(into: path)
      paths.append(path)
    }
    try Fixture.run(["dwz", "-m", common, "-M", "../../.dwz/common.debug"] + paths)
    try #require(FileManager.default.fileExists(atPath: common))
    let options = SymbolizerOptions(debugDirectories: [root])
    #expect(try first.frames(options) == first.expected)
    #expect(try second.frames(options) == second.expected)
  }

  @Test(
    "Compressed debug sections read as plain ones", arguments: ["zlib-gabi", "zlib-gnu", "zstd"])
  func compressed(kind: String) throws {
    let subject = try Subject()
    let size = try Fixture.module(subject.program, loadBase: 0).fileBytes ?? 0
    try Fixture.run(["objcopy", "--compress-debug-sections=\(kind)", subject.program])
    try #require((Fixture.module(subject.program, loadBase: 0).fileBytes ?? 0) < size)
    #expect(try subject.frames() == subject.expected)
  }

  /// A program and the same one with its debug information split off into `p.dwo`.
  private struct Split {
    let directory: TemporaryDirectory
    let program: String
    let unitFile: String
    let addresses: [UInt64]
    /// How the whole program reads.
    let expected: [[SourceFrame]]

    init(_ compiler: String, _ version: String) throws {
      let flags = [compiler, "-g", version, "-O2", "-Wl,--build-id"]
      let sources = try TemporaryDirectory()
      let whole = try sources.compile(flags, source: Programs.cxx, name: "p.cpp")
      // Under the same name, which stands in the frames without symbols; the compiler leaves the
      // unit's file beside the object.
      directory = try TemporaryDirectory()
      program = directory.path + "/p.cpp.out"
      unitFile = directory.path + "/p.dwo"
      let object = directory.path + "/p.o"
      try Fixture.run(
        flags + ["-gsplit-dwarf", "-c", sources.path + "/p.cpp", "-o", object])
      try Fixture.run([compiler, "-Wl,--build-id", object, "-o", program])
      addresses = try Fixture.functions(whole, dynamic: false)
        .flatMap { [$0.start, $0.start + $0.size / 2] }
      expected = try Subject.frames(whole, addresses, SymbolizerOptions(debugDirectories: []))
      try #require(expected.contains { $0.count > 1 })
    }

    func frames() throws -> [[SourceFrame]] {
      try Subject.frames(program, addresses, SymbolizerOptions(debugDirectories: []))
    }
  }

  @Test(
    "Split debug information reads as whole, in DWARF 4 and 5",
    arguments: ["-gdwarf-4", "-gdwarf-5"], ["g++", "clang++"])
  func splitUnits(version: String, compiler: String) throws {
    let split = try Split(compiler, version)
    #expect(try split.frames() == split.expected)
    try FileManager.default.removeItem(atPath: split.unitFile)
    // Lines stay with the program.
    let frames = try split.frames()
    #expect(frames.allSatisfy { $0.count == 1 })
    #expect(frames.contains { $0[0].line != nil })
  }

  /// binutils' tool reads gcc's older format alone, and LLVM 14's never ends on gcc's DWARF 5.
  @Test(
    "A package of split units, in GNU's format and in DWARF 5's, stands in for their files",
    arguments: [
      ["dwp", "g++", "-gdwarf-4"], ["llvm-dwp", "clang++", "-gdwarf-4"],
      ["llvm-dwp", "clang++", "-gdwarf-5"],
    ])
  func package(choice: [String]) throws {
    let split = try Split(choice[1], choice[2])
    try Fixture.run([choice[0], split.unitFile, "-o", split.program + ".dwp"])
    try FileManager.default.removeItem(atPath: split.unitFile)
    #expect(try split.frames() == split.expected)
  }
}
