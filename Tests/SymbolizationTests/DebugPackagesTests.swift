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

  @Test(
    "Without build ids, the package of that name, architecture and version is named",
    arguments: ["libshop1-dbgsym", "libshop1-dbg"])
  func name(package: String) throws {
    let text = try sentence(
      debian(
        list: Self.listed + "Package: \(package)\nArchitecture: amd64\nVersion: 2:1.0-3\n"))
    #expect(
      text?.hasPrefix("Install \(package) (`apt-get install \(package):amd64=2:1.0-3`), ") == true)
  }

  @Test(
    "A package of another name, architecture, version or build id is not for the file",
    arguments: [
      "Package: libshop10-dbgsym\nArchitecture: amd64\nVersion: 2:1.0-3\n",
      "Package: libshop1-dbgsym\nArchitecture: i386\nVersion: 2:1.0-3\n",
      "Package: libshop1-dbgsym\nArchitecture: amd64\nVersion: 2:1.0-4\n",
      "Package: libshop1-dbgsym\nArchitecture: amd64\nVersion: 2:1.0-3\nBuild-Ids: 001122\n",
    ])
  func otherPackage(stanza: String) throws {
    let text = try sentence(debian(list: Self.listed + stanza))
    #expect(
      text?.hasPrefix("Install libshop1-dbgsym from the archive of debug packages: ") == true)
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

  @Test("LZ4: a match that runs into itself, a stored block, one frame after the other")
  func lz4() {
    let matching: [UInt8] = [
      0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x1e, 0x00, 0x00, 0x00, 0xff, 0x04, 0x50, 0x61,
      0x63, 0x6b, 0x61, 0x67, 0x65, 0x3a, 0x20, 0x6a, 0x71, 0x2d, 0x64, 0x62, 0x67, 0x73, 0x79,
      0x6d, 0x0a, 0x13, 0x00, 0x47, 0x50, 0x67, 0x73, 0x79, 0x6d, 0x0a, 0x00, 0x00, 0x00, 0x00,
      0xce, 0xee, 0xe5, 0x5b,
    ]
    let stored: [UInt8] = [
      0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 0x06, 0x00, 0x00, 0x80, 0x73, 0x74, 0x6f, 0x72,
      0x65, 0x64, 0x00, 0x00, 0x00, 0x00,
    ]
    let text = String(repeating: "Package: jq-dbgsym\n", count: 6) + "stored"
    func unpack(_ packed: [UInt8], bytesMax: Int = 1 << 20) -> String? {
      LZ4Frames.unpack(packed, bytesMax: bytesMax).map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(unpack(matching + stored) == text)
    #expect(unpack(matching + stored, bytesMax: text.utf8.count) == text)
    #expect(unpack(matching + stored, bytesMax: text.utf8.count - 1) == nil)
    for count in 1..<matching.count { #expect(unpack(Array(matching.prefix(count))) == nil) }
    #expect(unpack(matching.dropLast() + [0]) == nil)
  }
}
