// What apt knows of the packages of its archives: /var/lib/apt/lists, a list of packages and a
// signed description (`InRelease`) for each archive (apt-secure(8), deb822(5)).

/// The packages that one system can install, as far as debug packages go.
struct PackageLists {
  /// Where packages come from.
  struct Archive {
    /// Who made it: `Debian`, `Ubuntu`.
    let origin: String
    let label: String
    let suite: String
    let codename: String
    /// The part of the archive: `main`.
    let component: String
  }

  /// More than any list has unpacked.
  private static let bytesMax = 1 << 28

  /// Packages that may hold debug information.
  private(set) var debugPackages: [PackageStanza] = []
  /// Packages asked for, in all versions that are listed.
  private(set) var packages: [(stanza: PackageStanza, archive: Archive?)] = []

  /// Whether all lists were read.
  private(set) var isComplete = false

  /// Reads what the lists below a root have on packages of these names; an empty root is this
  /// machine. Ends early when `isLate`.
  init(root: String, packages names: Set<String>, until isLate: () -> Bool) {
    let directory = "\(root)/var/lib/apt/lists"
    let files = Directory.names(in: directory)
    for file in files {
      if isLate() { return }
      guard let text = Self.text("\(directory)/\(file)") else { continue }
      let archive = Self.archive(of: file, in: directory, files)
      PackageStanza.each(in: text) {
        Self.mayHoldDebugInformation($0) || names.contains($0)
      } _: {
        if Self.mayHoldDebugInformation($0.name) { debugPackages.append($0) }
        if names.contains($0.name) { packages.append(($0, archive)) }
      }
    }
    isComplete = true
  }

  private static func mayHoldDebugInformation(_ name: String) -> Bool {
    name.hasSuffix("-dbg") || name.hasSuffix("-dbgsym")
  }

  /// The text of a list; `nil` for other files.
  private static func text(_ path: String) -> [UInt8]? {
    if path.hasSuffix("_Packages") { return RegularFile.bytes(at: path, bytesMax: bytesMax) }
    guard path.hasSuffix("_Packages.lz4"),
      let packed = RegularFile.bytes(at: path, bytesMax: bytesMax)
    else { return nil }
    return LZ4Frames.unpack(packed, bytesMax: bytesMax)
  }

  /// The archive of a list: `HOST_PATH_dists_SUITE_COMPONENT_binary-ARCHITECTURE_Packages` stands
  /// beside `HOST_PATH_dists_SUITE_InRelease`.
  private static func archive(
    of list: String, in directory: String, _ files: [String]
  ) -> Archive? {
    for file in files {
      guard let suffix = ["_InRelease", "_Release"].first(where: file.hasSuffix) else { continue }
      let prefix = "\(file.dropLast(suffix.count))_"
      guard list.hasPrefix(prefix),
        let component = list.dropFirst(prefix.count).split(separator: "_").first,
        let bytes = RegularFile.bytes(at: "\(directory)/\(file)", bytesMax: bytesMax)
      else { continue }
      var values: [Substring: String] = [:]
      for line in String(decoding: bytes.prefix(4_096), as: UTF8.self).split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, values[parts[0]] == nil else { continue }
        values[parts[0]] = String(parts[1].drop { $0 == " " })
      }
      return Archive(
        origin: values["Origin"] ?? "", label: values["Label"] ?? "",
        suite: values["Suite"] ?? "", codename: values["Codename"] ?? "",
        component: String(component))
    }
    return nil
  }
}
