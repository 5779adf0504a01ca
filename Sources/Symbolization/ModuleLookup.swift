// The look-up of addresses in one module: groups them by unit, resolves each unit once, on several
// processors if there are many, and falls back to symbol tables for what no unit names.

import Dispatch
import Glibc
import Synchronization

/// Resolves addresses of one module's ELF file.
struct ModuleLookup {
  let module: ModuleImage
  let index: ModuleIndex
  let options: SymbolizerOptions

  /// Fewer units than this are not worth another task, which has to open the files again.
  private static let unitsPerTaskMin = 16
  /// libdw keeps what it has read of every unit; after so many a new handle starts with none.
  private static let unitsPerHandle = 256

  /// The addresses of one unit, by their places in the request.
  private struct UnitWork: Sendable {
    let unit: UInt64
    let places: [Int]
  }

  /// The frames of each address of the ELF file; the addresses must be sorted and distinct.
  func frames(of addresses: [UInt64]) -> [[SourceFrame]] {
    let answers = dwarfAnswers(for: addresses)
    let files = ModuleFiles(index.paths)
    return addresses.indices.map { place in
      frames(of: addresses[place], answer: answers[place], files: files)
    }
  }

  // MARK: Debug information

  private func dwarfAnswers(for addresses: [UInt64]) -> [UnitResolver.Answer?] {
    let answers = [UnitResolver.Answer?](repeating: nil, count: addresses.count)
    guard let role = index.dwarfRole else { return answers }
    var byUnit: [UInt64: [Int]] = [:]
    for (place, address) in addresses.enumerated() {
      for unit in index.units.units(at: address) { byUnit[unit, default: []].append(place) }
    }
    let work = byUnit.map { UnitWork(unit: $0.key, places: $0.value) }
      .sorted { $0.unit < $1.unit }
    let processors = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    let tasks = max(1, min(processors, work.count / Self.unitsPerTaskMin))
    let gathered = Mutex((answers: answers, units: addresses.map { _ in UInt64.max }))
    DispatchQueue.concurrentPerform(iterations: tasks) { task in
      let share = work[work.count * task / tasks..<work.count * (task + 1) / tasks]
      resolve(share, of: addresses, in: role) { unit, found in
        gathered.withLock { gathered in
          for (place, answer) in zip(unit.places, found) {
            // Where the ranges of units overlap, one that names a function is right; of those,
            // the first in the file, whichever task read it.
            let hasName = !(gathered.answers[place]?.frames.isEmpty ?? true)
            let isEarlier = unit.unit < gathered.units[place]
            if answer.frames.isEmpty ? (!hasName && isEarlier) : (!hasName || isEarlier) {
              gathered.answers[place] = answer
              gathered.units[place] = unit.unit
            }
          }
        }
      }
    }
    return gathered.withLock { $0.answers }
  }

  /// One task's share of the units, with files of its own.
  private func resolve(
    _ share: ArraySlice<UnitWork>, of addresses: [UInt64], in role: ModuleFiles.Role,
    report: (UnitWork, [UnitResolver.Answer]) -> Void
  ) {
    guard !share.isEmpty, let file = ModuleFiles.open(role, of: index.paths) else { return }
    var resolver: UnitResolver?
    for (count, unit) in share.enumerated() {
      if count.isMultiple(of: Self.unitsPerHandle) {
        resolver = nil
        resolver = DwarfFile(file, debugDirectories: options.debugDirectories)
          .map { UnitResolver($0) }
      }
      guard let resolver else { return }
      report(unit, resolver.resolve(unit.places.map { addresses[$0] }, unit: unit.unit))
    }
  }

  // MARK: Frames

  private func frames(
    of address: UInt64, answer: UnitResolver.Answer?, files: ModuleFiles
  ) -> [SourceFrame] {
    guard let answer, !answer.frames.isEmpty else {
      let position = answer?.position ?? UnitResolver.Frame()
      return [symbolFrame(at: address, position: position, files: files)]
    }
    let last = answer.frames.count - 1
    return answer.frames.indices.map { place in
      var frame = answer.frames[place]
      // Only a mangled symbol says more than the source's name does.
      if place == last, frame.linkageName == nil,
        let symbol = symbolName(at: address, files: files)
      {
        let readable = Demangler.readable(symbol)
        if readable != symbol || frame.function == nil {
          frame.linkageName = symbol
          frame.function = readable
        }
      }
      let function = frame.function ?? "(anonymous)"
      return SourceFrame(
        function: function, linkageName: frame.linkageName ?? function, module: module.id,
        file: frame.file, line: frame.line, column: frame.column, isInlined: place < last)
    }
  }

  private func symbolFrame(
    at address: UInt64, position: UnitResolver.Frame, files: ModuleFiles
  ) -> SourceFrame {
    guard let name = symbolName(at: address, files: files) else {
      return .unresolved(
        moduleName: module.name, module: module.id, offset: address, file: position.file,
        line: position.line, column: position.column)
    }
    return SourceFrame(
      function: Demangler.readable(name), linkageName: name, module: module.id,
      file: position.file, line: position.line, column: position.column)
  }

  private func symbolName(at address: UInt64, files: ModuleFiles) -> String? {
    for (role, table) in index.tables {
      if let file = files[role], let name = table.name(at: address, in: file) { return name }
    }
    return nil
  }
}
