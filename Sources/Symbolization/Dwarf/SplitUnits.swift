// Finds what `-gsplit-dwarf` left out of a program (DWARF 5, section 7.3.2): a file for each unit
// (`.dwo`) where the compiler put it, or one package of all (`.dwp`) beside the program.

import CElfutils
import Synchronization

/// The split units of one file.
final class SplitUnits: Sendable {
  /// Where the program and its debug file are.
  private let paths: [String]
  /// Opened when first asked for.
  private let package = Mutex<UnitPackage??>(nil)

  /// Opens nothing yet.
  init(paths: [String]) {
    self.paths = paths
  }

  /// The debug information that holds a skeleton's split unit; `nil` when it is not found.
  func file(for skeleton: DwarfUnit) -> DwarfFile? {
    guard let id = skeleton.header.splitID ?? skeleton.root.splitID else { return nil }
    if let part = openPackage()?.part(for: id) { return part }
    guard let value = skeleton.root.splitName, let text = skeleton.text(value) else { return nil }
    let name = String(decoding: text, as: UTF8.self)
    for path in candidates(for: name, of: skeleton) {
      guard let file = try? ElfFile(path: path) else { continue }
      let sections = DwarfSections(file, isSplit: true)
      if let dwarf = DwarfFile(file, sections: sections) { return dwarf }
    }
    return nil
  }

  private func openPackage() -> UnitPackage? {
    package.withLock { package in
      if let known = package { return known }
      var found: UnitPackage?
      for path in paths where found == nil {
        found = (try? ElfFile(path: path + ".dwp")).flatMap { UnitPackage($0) }
      }
      package = .some(found)
      return found
    }
  }

  /// Where the compiler wrote the file, and beside the program for what was moved with it.
  private func candidates(for name: String, of skeleton: DwarfUnit) -> [String] {
    var candidates: [String] = []
    if name.hasPrefix("/") {
      candidates.append(name)
    } else if let value = skeleton.root.compilationDirectory,
      let directory = skeleton.text(value)
    {
      candidates.append("\(String(decoding: directory, as: UTF8.self))/\(name)")
    }
    let base = name.split(separator: "/").last.map(String.init) ?? name
    for path in paths {
      candidates += ["\(path.directory)/\(name)", "\(path.directory)/\(base)"]
    }
    return candidates
  }
}
