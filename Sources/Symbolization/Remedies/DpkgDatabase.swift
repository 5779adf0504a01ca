// Debian's database of what is installed: a list of files for each package in
// /var/lib/dpkg/info, versions in /var/lib/dpkg/status (dpkg(1), deb822(5)).

import Glibc

/// The installed packages of one system.
struct DpkgDatabase {
  /// An installed package.
  struct Package: Hashable {
    let name: String
    var version: String
    var architecture: String
  }

  /// More than any system has.
  private static let bytesMax = 1 << 28

  private let directory: String

  /// The database below a root; an empty root is this machine.
  init(root: String) {
    directory = "\(root)/var/lib/dpkg"
  }

  /// Whether there is one.
  var exists: Bool { access("\(directory)/status", R_OK) == 0 }

  /// The packages that files belong to, by path. Paths are those of the system itself; `/usr` in
  /// front may be there or not, in the list and in what is asked for. Ends early when `isLate`.
  func owners(of paths: [String], until isLate: () -> Bool) -> [String: Package] {
    var wanted: [String: String] = [:]
    for path in paths {
      wanted[path] = path
      wanted[path.hasPrefix("/usr/") ? String(path.dropFirst(4)) : "/usr\(path)"] = path
    }
    let lengths = Set(wanted.keys.map(\.utf8.count))
    var owners: [String: Package] = [:]
    // Sorted: the same owner every time, should two packages claim a file.
    for file in Directory.names(in: "\(directory)/info") where file.hasSuffix(".list") {
      if owners.count == paths.count || isLate() { break }
      guard let bytes = RegularFile.bytes(at: "\(directory)/info/\(file)", bytesMax: Self.bytesMax)
      else { continue }
      for line in bytes.split(separator: UInt8(ascii: "\n")) where lengths.contains(line.count) {
        guard let path = wanted[String(decoding: line, as: UTF8.self)] else { continue }
        // NAME.list, or NAME:ARCHITECTURE.list of packages that may be there more than once.
        let parts = file.dropLast(".list".count).split(separator: ":")
        owners[path] = Package(
          name: parts.first.map(String.init) ?? "", version: "",
          architecture: parts.count > 1 ? String(parts[1]) : "")
      }
    }
    return addVersions(to: owners)
  }

  private func addVersions(to owners: [String: Package]) -> [String: Package] {
    guard !owners.isEmpty,
      let status = RegularFile.bytes(at: "\(directory)/status", bytesMax: Self.bytesMax)
    else { return [:] }
    let names = Set(owners.values.map(\.name))
    var installed: [String: [PackageStanza]] = [:]
    PackageStanza.each(in: status, where: names.contains) { stanza in
      installed[stanza.name, default: []].append(stanza)
    }
    return owners.compactMapValues { package in
      let stanza = installed[package.name]?.first {
        package.architecture.isEmpty || $0["Architecture"] == package.architecture
      }
      guard let stanza, let version = stanza["Version"] else { return nil }
      return Package(
        name: package.name, version: version,
        architecture: stanza["Architecture"] ?? package.architecture)
    }
  }
}
