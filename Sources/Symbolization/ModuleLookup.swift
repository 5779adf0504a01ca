// The look-up of addresses in one module: groups them by unit, resolves each unit once, on several
// processors if there are many, and falls back to symbol tables for what no unit names.

import Dispatch
import Glibc
import Synchronization

/// Resolves addresses of one module's ELF file.
struct ModuleLookup {
  let module: ModuleImage
  let index: ModuleIndex
  /// The module's debug information, open; `nil` when there is none.
  let dwarf: DwarfFile?

  /// Less than this is not worth another task.
  private static let unitsPerTaskMin = 4
  private static let symbolsPerTaskMin = 4_096

  /// The addresses of one unit, by their places in the request.
  private struct UnitWork: Sendable {
    let unit: UInt64
    let places: [Int]
  }

  /// What is known so far, by place in the request.
  private struct Gathered: Sendable {
    var frames: [[SourceFrame]]
    var positions: [SourcePosition?]
    /// The unit that gave the frames.
    var units: [UInt64]
  }

  /// The frames of each address of the ELF file; the addresses must be sorted and distinct.
  func frames(of addresses: [UInt64]) -> [[SourceFrame]] {
    let gathered = Mutex(
      Gathered(
        frames: Array(repeating: [], count: addresses.count),
        positions: Array(repeating: nil, count: addresses.count),
        units: Array(repeating: .max, count: addresses.count)))
    resolveUnits(of: addresses, into: gathered)
    resolveSymbols(of: addresses, into: gathered)
    return gathered.withLock { $0.frames }
  }

  private static func tasks(for count: Int, atLeast share: Int) -> Int {
    let processors = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    return max(1, min(processors, count / share))
  }

  // MARK: Debug information

  private func resolveUnits(of addresses: [UInt64], into gathered: borrowing Mutex<Gathered>) {
    guard let dwarf else { return }
    var byUnit: [UInt64: [Int]] = [:]
    for (place, address) in addresses.enumerated() {
      for unit in index.units.units(at: address) { byUnit[unit, default: []].append(place) }
    }
    let work = byUnit.map { UnitWork(unit: $0.key, places: $0.value) }
      .sorted { $0.unit < $1.unit }
    guard !work.isEmpty else { return }
    let tasks = Self.tasks(for: work.count, atLeast: Self.unitsPerTaskMin)
    // Units differ in size: each task takes the next one.
    let next = Atomic(0)
    let readableNames = ReadableNames()
    DispatchQueue.concurrentPerform(iterations: tasks) { _ in
      let resolver = UnitResolver(
        dwarf, module: module.id, symbols: SymbolNames(index), readableNames: readableNames)
      while true {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard turn < work.count else { return }
        let unit = work[turn]
        let answers = resolver.resolve(unit.places.map { addresses[$0] }, unit: unit.unit)
        gathered.withLock { Self.merge(answers, of: unit, into: &$0) }
      }
    }
  }

  /// Where the ranges of units overlap, one that names a function is right; of several, the first
  /// in the file, whichever task read it.
  private static func merge(
    _ answers: [UnitResolver.Answer], of unit: UnitWork, into gathered: inout Gathered
  ) {
    for (place, answer) in zip(unit.places, answers) {
      switch answer {
      case .frames(let frames):
        guard unit.unit < gathered.units[place] else { continue }
        gathered.frames[place] = frames
        gathered.units[place] = unit.unit
      case .position(let position):
        if gathered.positions[place]?.line == nil { gathered.positions[place] = position }
      }
    }
  }

  // MARK: Symbol tables

  private func resolveSymbols(of addresses: [UInt64], into gathered: borrowing Mutex<Gathered>) {
    let open = gathered.withLock { gathered in
      gathered.frames.indices.filter { gathered.frames[$0].isEmpty }
        .map { (place: $0, position: gathered.positions[$0] ?? SourcePosition()) }
    }
    guard !open.isEmpty else { return }
    let tasks = Self.tasks(for: open.count, atLeast: Self.symbolsPerTaskMin)
    DispatchQueue.concurrentPerform(iterations: tasks) { task in
      let share = open[open.count * task / tasks..<open.count * (task + 1) / tasks]
      let names = SymbolNames(index)
      let frames = share.map { symbolFrame(at: addresses[$0.place], $0.position, names) }
      gathered.withLock { gathered in
        for (open, frame) in zip(share, frames) { gathered.frames[open.place] = [frame] }
      }
    }
  }

  private func symbolFrame(
    at address: UInt64, _ position: SourcePosition, _ names: SymbolNames
  ) -> SourceFrame {
    guard let name = names.name(at: address) else {
      return .unresolved(
        moduleName: module.name, module: module.id, offset: address, position: position)
    }
    return SourceFrame(
      function: name.readable, linkageName: name.linkageName, module: module.id,
      file: position.file, line: position.line, column: position.column)
  }
}
