// The look-up of addresses in one module: goes through the units of its debug information, on several
// processors if there are many, resolves each unit's addresses at once, and falls back to symbol
// tables for what no unit names.

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
  private static let unitBytesPerTaskMin = 1 << 18
  private static let unitsPerTaskMin = 4

  /// What is known so far, by place in the request.
  private struct Gathered: Sendable {
    var frames: [[SourceFrame]]
    /// What is known of addresses that no function holds.
    var positions: [Int: SourcePosition] = [:]
    /// The unit that gave the frames.
    var units: [UInt64]
    /// Whether the ranges of some unit hold the address.
    var isClaimed: [Bool]
    /// Units that do not say which addresses they cover.
    var incomplete: [UInt64] = []

    init(count: Int) {
      frames = Array(repeating: [], count: count)
      units = Array(repeating: .max, count: count)
      isClaimed = Array(repeating: false, count: count)
    }
  }

  /// The frames of each address of the ELF file, and how many have no name; the addresses must be
  /// sorted and distinct.
  func frames(of addresses: [UInt64]) -> (frames: [[SourceFrame]], unresolved: Int) {
    guard let dwarf else { return SymbolSweep(module, index).frames(of: addresses, positions: [:]) }
    let shared = Mutex(Gathered(count: addresses.count))
    resolveUnits(dwarf, of: addresses, into: shared)
    // Taken out of the lock: two owners of its lists would each have their own copy.
    var gathered = shared.withLock { shared in
      defer { shared = Gathered(count: 0) }
      return shared
    }
    let unresolved = resolveSymbols(of: addresses, into: &gathered)
    return (gathered.frames, unresolved)
  }

  private static func tasks(for count: Int, atLeast share: Int) -> Int {
    let processors = Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    return max(1, min(processors, count / share))
  }

  // MARK: Debug information

  private func resolveUnits(
    _ dwarf: DwarfFile, of addresses: [UInt64], into gathered: borrowing Mutex<Gathered>
  ) {
    let units = UnitSequence(dwarf)
    let readableNames = ReadableNames(strings: dwarf.sections[.strings])
    let tasks = Self.tasks(
      for: dwarf.sections[.info].count, atLeast: Self.unitBytesPerTaskMin)
    DispatchQueue.concurrentPerform(iterations: tasks) { _ in
      let resolver = resolver(dwarf, readableNames)
      while let header = units.next() {
        guard let coverage = UnitCoverage(header, of: dwarf, addresses: addresses) else { continue }
        let unit = UInt64(header.offset)
        if coverage.isIncomplete { gathered.withLock { $0.incomplete.append(unit) } }
        resolve(coverage.places, of: addresses, unit: unit, by: resolver, into: gathered)
      }
    }
    guard dwarf.sections.unpackUnits() else {
      // What was read before the damage has no checksum either.
      gathered.withLock { $0 = Gathered(count: addresses.count) }
      return
    }
    resolveIncompleteUnits(dwarf, of: addresses, readableNames, into: gathered)
  }

  /// Asks units that do not say what they cover for what no unit claims.
  private func resolveIncompleteUnits(
    _ dwarf: DwarfFile, of addresses: [UInt64], _ readableNames: ReadableNames,
    into gathered: borrowing Mutex<Gathered>
  ) {
    let (units, open) = gathered.withLock { gathered in
      (gathered.incomplete.sorted(), gathered.isClaimed.indices.filter { !gathered.isClaimed[$0] })
    }
    guard !open.isEmpty else { return }
    // Units differ in size: each task takes the next one.
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(
      iterations: Self.tasks(for: units.count, atLeast: Self.unitsPerTaskMin)
    ) { _ in
      let resolver = resolver(dwarf, readableNames)
      while true {
        let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard turn < units.count else { return }
        resolve(open, of: addresses, unit: units[turn], by: resolver, into: gathered)
      }
    }
  }

  private func resolver(_ dwarf: DwarfFile, _ readableNames: ReadableNames) -> UnitResolver {
    UnitResolver(
      dwarf, module: module.id, symbols: SymbolNames(index, of: module),
      readableNames: readableNames)
  }

  private func resolve(
    _ places: [Int], of addresses: [UInt64], unit: UInt64, by resolver: UnitResolver,
    into gathered: borrowing Mutex<Gathered>
  ) {
    if places.isEmpty { return }
    let answers = resolver.resolve(places.map { addresses[$0] }, unit: unit)
    gathered.withLock { Self.merge(answers, of: unit, at: places, into: &$0) }
  }

  /// Where the ranges of units overlap, one that names a function is right; of several, the first
  /// in the file, whichever task read it.
  private static func merge(
    _ answers: [UnitResolver.Answer], of unit: UInt64, at places: [Int],
    into gathered: inout Gathered
  ) {
    for (place, answer) in zip(places, answers) {
      gathered.isClaimed[place] = true
      switch answer {
      case .frames(let frames):
        guard unit < gathered.units[place] else { continue }
        gathered.frames[place] = frames
        gathered.units[place] = unit
      case .position(let position):
        if gathered.positions[place]?.line == nil { gathered.positions[place] = position }
      }
    }
  }

  // MARK: Symbol tables

  /// Names what no unit does; returns for how many addresses there is no name.
  private func resolveSymbols(of addresses: [UInt64], into gathered: inout Gathered) -> Int {
    let open = gathered.units.indices.filter { gathered.units[$0] == .max }
    if open.isEmpty { return 0 }
    let positions = Dictionary(
      uniqueKeysWithValues: gathered.positions.map { (addresses[$0.key], $0.value) })
    let (frames, unresolved) = SymbolSweep(module, index)
      .frames(of: open.map { addresses[$0] }, positions: positions)
    for (place, frames) in zip(open, frames) { gathered.frames[place] = frames }
    return unresolved
  }
}
