import Foundation
import Testing

@testable import Symbolization

@Suite("Packages with debug information")
struct DebugPackagesTests {
  private static let path = "/usr/lib/x86_64-linux-gnu/libshop.so.1"
  private static let buildID = BuildID([0xab, 0xcd, 0xef])

  /// A root with the files given, by path.
  private func root(_ files: [String: String]) throws -> TemporaryDirectory {
    let root = try TemporaryDirectory()
    for (path, text) in files {
      let url = URL(fileURLWithPath: "\(root.path)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    return root
  }

  private func sentence(_ files: [String: String], path: String = path) throws -> String? {
    let root = try root(files)
    let module = ModuleImage(
      id: ModuleImage.ID(1), path: path, loadBase: 0, segments: [], buildID: Self.buildID)
    return DebugPackages(systemRoot: root.path, modules: [module]).sentence(for: module)
  }

  private static let debian = [
    "etc/os-release": "ID=debian\nVERSION_CODENAME=\"trixie\"\n",
    "var/lib/dpkg/status": """
    Package: libshop1
    Status: install ok installed
    Architecture: i386
    Version: 1.0-9

    Package: libshop1
    Status: install ok installed
    Architecture: amd64
    Version: 2:1.0-3

    """,
    // Without /usr, as packages listed their files before it was merged.
    "var/lib/dpkg/info/libshop1:amd64.list": "/.\n/lib/x86_64-linux-gnu/libshop.so.1\n",
    "var/lib/dpkg/info/other.list": "/.\n/usr/lib/x86_64-linux-gnu/libshop.so.10\n",
  ]

  /// A machine with lists of an archive.
  private func debian(
    _ release: String = "Origin: Debian\nLabel: Debian\nSuite: stable\nCodename: trixie",
    list: String
  ) -> [String: String] {
    let lists = "var/lib/apt/lists/deb.example.org_debian_dists_x"
    return Self.debian.merging([
      "\(lists)_InRelease": "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\(release)\n",
      "\(lists)_contrib_binary-amd64_Packages": list,
    ]) { $1 }
  }

  private static let listed = """
    Package: libshop1
    Architecture: amd64
    Version: 2:1.0-3

    Package: libshop1-dbg
    Architecture: i386
    Version: 2:1.0-3


    """

  @Test("A package that lists the build id is named, whatever its name")
  func buildIDs() throws {
    let text = try sentence(
      debian(
        list: Self.listed + """
          Package: libshop1-dbg
          Architecture: amd64
          Version: 2:1.0-3
          Build-Ids: 001122

          Package: store-dbg
          Architecture: amd64
          Version: 7
          Build-Ids: 001122 abcdef
          """))
    #expect(
      text == "Install store-dbg (`apt-get install store-dbg:amd64=7`), or set "
        + "DEBUGINFOD_URLS=https://debuginfod.debian.net.")
  }

  @Test("Without build ids, the package of that name, architecture and version is named")
  func name() throws {
    let text = try sentence(
      debian(
        list: Self.listed + "Package: libshop1-dbgsym\nArchitecture: amd64\nVersion: 2:1.0-3\n"))
    #expect(
      text?.hasPrefix("Install libshop1-dbgsym (`apt-get install libshop1-dbgsym:amd64=2:1.0-3`), ")
        == true)
  }

  @Test(
    "Where the archive of debug packages is not set up, the line to add is named",
    arguments: [
      (
        "Origin: Debian\nLabel: Debian\nCodename: trixie",
        "deb http://deb.debian.org/debian-debug trixie-debug contrib"
      ),
      (
        "Origin: Debian\nLabel: Debian\nCodename: trixie-updates",
        "deb http://deb.debian.org/debian-debug trixie-proposed-updates-debug contrib"
      ),
      (
        "Origin: Debian\nLabel: Debian-Security\nCodename: trixie-security",
        "deb http://deb.debian.org/debian-security-debug trixie-security-debug contrib"
      ),
      (
        "Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-security\nCodename: noble",
        "deb http://ddebs.ubuntu.com noble-updates contrib"
      ),
    ])
  func archive(release: String, line: String) throws {
    let text = try sentence(debian(release, list: Self.listed))
    #expect(
      text?.hasPrefix(
        "Install libshop1-dbgsym from the archive of debug packages: add the line `\(line)` to "
          + "/etc/apt/sources.list, run `apt-get update` and "
          + "`apt-get install libshop1-dbgsym:amd64=2:1.0-3`; or set ") == true)
  }

  @Test("Without package lists, the line is the release's")
  func noLists() throws {
    let line = "`deb http://deb.debian.org/debian-debug trixie-debug main`"
    #expect(try sentence(Self.debian)?.contains(line) == true)
  }

  @Test("A version that is listed no more has to be upgraded")
  func otherVersion() throws {
    let text = try sentence(
      debian(list: "Package: libshop1\nArchitecture: amd64\nVersion: 2:1.0-4\n"))
    #expect(
      text?.hasPrefix(
        "The package lists have libshop1 2:1.0-4, not the 2:1.0-3 that is installed: upgrade it "
          + "and record again, or ") == true)
  }

  @Test("Of an archive that has no debug packages none is made up")
  func otherOrigin() throws {
    let text = try sentence(debian("Origin: Some Company", list: Self.listed))
    #expect(
      text?.hasPrefix(
        "Install the debug package of libshop1 2:1.0-3, if its maker has one, or ") == true)
  }

  @Test("A file that no package brought has none")
  func noOwner() throws {
    #expect(try sentence(Self.debian, path: "/usr/lib/own/libshop.so.1") == nil)
    #expect(try sentence([:], path: "/home/me/libshop.so.1") == nil)
  }

  @Test("Other distributions have other words")
  func otherSystems() throws {
    let fedora = ["etc/os-release": "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"]
    let command = "`dnf debuginfo-install $(rpm -qf \(Self.path))`"
    #expect(try sentence(fedora)?.contains(command) == true)
    let suse = ["usr/lib/os-release": "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n"]
    #expect(try sentence(suse)?.contains("'debuginfo(build-id)=abcdef'") == true)
    #expect(
      try sentence([:]) == "Install the debug package of \(Self.path), or set DEBUGINFOD_URLS.")
  }

  @Test("LZ4: literals, matches that run into themselves, stored blocks, linked blocks")
  func lz4() {
    let header: [UInt8] = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0]
    // "abc" and a match of 9 from 3 back; the last literal.
    let first: [UInt8] = [8, 0, 0, 0, 0x35, 97, 98, 99, 3, 0, 0x10, 33]
    let stored: [UInt8] = [2, 0, 0, 0x80, 45, 45]
    // A match of 19 + 1 with its length in two bytes, from the first block.
    let second: [UInt8] = [6, 0, 0, 0, 0x0f, 15, 0, 1, 0x10, 46]
    let end: [UInt8] = [0, 0, 0, 0]
    let frame = header + first + stored + second + end
    let text = LZ4Frames.unpack(frame + frame, bytesMax: 1 << 20)
    let once = "abcabcabcabc!--abcabcabcabc!--abcab."
    #expect(text.map { String(decoding: $0, as: UTF8.self) } == once + once)
    for count in 1..<frame.count {
      #expect(LZ4Frames.unpack(Array(frame.prefix(count)), bytesMax: 1 << 20) == nil)
    }
    #expect(LZ4Frames.unpack(frame, bytesMax: 1 << 16) == nil)
    let tooFar = header + [5, 0, 0, 0, 0x10, 97, 2, 0, 0] + end
    #expect(LZ4Frames.unpack(tooFar, bytesMax: 1 << 20) == nil)
  }
}
