// Which package has the debug information that files of the distribution lack. Debian's machines
// know: dpkg whose a file is, apt's lists what can be installed, down to the build ids that a debug
// package is for. Where the archive of debug packages is not set up
// (https://wiki.debian.org/HowToGetABacktrace), the line that sets it up is part of the answer.

/// Names the packages with the debug information of one system's files.
struct DebugPackages {
  /// Reading the lists takes some hundredths of a second, from a slow disk longer.
  private static let timeMax = Duration.seconds(2)

  private let system: OperatingSystem
  private let owners: [String: DpkgDatabase.Package]
  /// Whether a file without an owner belongs to no package.
  private let knowsOwners: Bool
  private let lists: PackageLists?

  /// Reads what the system below a root knows of modules, whose paths are its own; `nil`: this
  /// machine.
  init(systemRoot: String?, modules: [ModuleImage]) {
    let root = systemRoot ?? ""
    let end = ContinuousClock.now + Self.timeMax
    let isLate = { ContinuousClock.now > end }
    system = OperatingSystem(root: root)
    let database = DpkgDatabase(root: root)
    owners = database.exists ? database.owners(of: modules.map(\.path), until: isLate) : [:]
    knowsOwners = database.exists && !isLate()
    guard !owners.isEmpty else {
      lists = nil
      return
    }
    let lists = PackageLists(
      root: root, packages: Set(owners.values.map(\.name)), until: isLate)
    self.lists = lists.isComplete ? lists : nil
  }

  /// What to install, one sentence; `nil` when no package brought it.
  func sentence(for module: ModuleImage) -> String? {
    if let owner = owners[module.path] { return sentence(for: module, of: owner) }
    guard !knowsOwners, Self.mayHave(module.path) else { return nil }
    if system.family.contains(where: ["fedora", "rhel", "centos"].contains) {
      return install(
        "the debug information of \(module.path)",
        by: "dnf debuginfo-install $(rpm -qf \(module.path))")
    }
    if let buildID = module.buildID, system.family.contains(where: { $0.hasSuffix("suse") }) {
      return install(
        "the debug information of \(module.path)",
        by: "zypper install -C 'debuginfo(build-id)=\(buildID)'")
    }
    return "Install the debug package of \(module.path), or \(server)."
  }

  private func sentence(for module: ModuleImage, of owner: DpkgDatabase.Package) -> String {
    if let listed = listed(for: module, of: owner) {
      return install(listed.name, by: command(listed))
    }
    let versions = (lists?.packages ?? []).filter { $0.stanza.name == owner.name }
    let installed = versions.first { $0.stanza["Version"] == owner.version }
    if installed == nil, let other = versions.first?.stanza["Version"] {
      return "The package lists have \(owner.name) \(other), not the \(owner.version) that is "
        + "installed: upgrade it and record again, or \(server)."
    }
    let isUnknown = versions.isEmpty && !(lists?.packages ?? []).isEmpty
    let line =
      installed.map { Self.debugArchive(of: $0.archive) } ?? (isUnknown ? nil : defaultArchive)
    guard let line else {
      return
        "Install the debug package of \(owner.name) \(owner.version), if its maker has one, or "
        + "\(server)."
    }
    let package = "\(owner.name)-dbgsym"
    return "Install \(package) from the archive of debug packages: \(RemedyWording.setUp(line))"
      + "`apt-get install \(package):\(owner.architecture)=\(owner.version)`; or \(server)."
  }

  /// Of the packages that can be installed, the one whose build ids say so, else by its name and
  /// version.
  private func listed(for module: ModuleImage, of owner: DpkgDatabase.Package) -> PackageStanza? {
    let packages = lists?.debugPackages ?? []
    if let id = module.buildID?.description,
      let exact = packages.first(where: { $0["Build-Ids"]?.hasBytes(of: id) ?? false })
    {
      return exact
    }
    return packages.first {
      ["\(owner.name)-dbg", "\(owner.name)-dbgsym"].contains($0.name)
        && $0["Version"] == owner.version && $0["Architecture"] == owner.architecture
        // What lists its build ids, and not this one, is not for this file.
        && ($0["Build-Ids"] == nil || module.buildID == nil)
    }
  }

  private func command(_ package: PackageStanza) -> String {
    let architecture = package["Architecture"].map { ":\($0)" } ?? ""
    let version = package["Version"].map { "=\($0)" } ?? ""
    return "apt-get install \(package.name)\(architecture)\(version)"
  }

  private func install(_ what: String, by command: String) -> String {
    "Install \(what) (`\(command)`), or \(server)."
  }

  private var server: String {
    "set DEBUGINFOD_URLS" + (system.debugServer.map { "=\($0)" } ?? "")
  }

  /// Where the debug packages of an archive are; `nil` when its maker is not known to have any.
  private static func debugArchive(of archive: PackageLists.Archive?) -> String? {
    guard let archive else { return nil }
    switch archive.origin {
    case "Debian" where archive.label == "Debian-Security":
      return "deb http://deb.debian.org/debian-security-debug \(archive.codename)-debug "
        + archive.component
    case "Debian":
      // Updates between point releases come from what is proposed for the next one.
      let suite =
        archive.codename.hasSuffix("-updates")
        ? "\(archive.codename.dropLast("-updates".count))-proposed-updates" : archive.codename
      return "deb http://deb.debian.org/debian-debug \(suite)-debug \(archive.component)"
    case "Ubuntu":
      // Security updates are copied into the updates.
      let suite =
        archive.suite.hasSuffix("-security")
        ? "\(archive.suite.dropLast("-security".count))-updates" : archive.suite
      return "deb http://ddebs.ubuntu.com \(suite) \(archive.component)"
    default: return nil
    }
  }

  /// For machines without package lists.
  private var defaultArchive: String? {
    guard let codename = system.codename else { return nil }
    switch system.id {
    case "debian": return "deb http://deb.debian.org/debian-debug \(codename)-debug main"
    case "ubuntu": return "deb http://ddebs.ubuntu.com \(codename) main universe"
    default: return nil
    }
  }

  /// Whether a package may have brought the file at a path.
  static func mayHave(_ path: String) -> Bool {
    ["/usr/lib", "/lib", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/libexec"]
      .contains { path.hasPrefix($0 + "/") || path.hasPrefix($0 + "64/") }
  }
}
