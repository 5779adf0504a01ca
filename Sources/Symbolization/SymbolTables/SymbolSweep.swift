// Names many addresses of one module at once: each symbol table is read once for all those that the
// tables before it could not name.

import Dispatch

/// Frames of what no debug information names.
struct SymbolSweep {
  private let module: ModuleImage
  private let index: ModuleIndex

  private static let addressesPerPiece = 512

  /// Opens nothing yet.
  init(_ module: ModuleImage, _ index: ModuleIndex) {
    self.module = module
    self.index = index
  }

  /// The frames of addresses, which must be sorted, and how many have no name. `positions`: what is
  /// known already of some of them.
  func frames(
    of addresses: [UInt64], positions: [UInt64: SourcePosition]
  ) -> (frames: [[SourceFrame]], unresolved: Int) {
    // No task reads the files but through tables that this one opens.
    nonisolated(unsafe) let files = ModuleFiles(index.paths)
    var frames: [[SourceFrame]] = []
    var open = Array(addresses.indices)
    for number in 0..<SymbolTables.count where !open.isEmpty {
      let asked = open.count == addresses.count ? addresses : open.map { addresses[$0] }
      guard let names = SymbolTables.names(number, files, of: asked) else { continue }
      let named = SharedWork.array(
        open.count, perPiece: Self.addressesPerPiece,
        state: { [module] in FrameMaker(module.id, names) }
      ) { maker, place in
        maker.frames(of: asked[place], at: positions[asked[place]])
      }
      if frames.isEmpty {
        frames = named
      } else {
        for place in open.indices { frames[open[place]] = named[place] }
      }
      open = open.indices.filter { named[$0].isEmpty }.map { open[$0] }
    }
    if frames.isEmpty { frames = Array(repeating: [], count: addresses.count) }
    let unresolved = nameStubs(open, of: addresses, positions, files, &frames)
    if unresolved > 0 { addCallees(of: addresses, files, to: &frames) }
    // Taking pages of a large file from memory takes a while, and nobody has to wait for it.
    DispatchQueue.global().async { withExtendedLifetime(files) {} }
    return (frames, unresolved)
  }

  /// Names what stubs hold; for the rest, which is counted, the frame says where its function begins.
  private func nameStubs(
    _ open: [Int], of addresses: [UInt64], _ positions: [UInt64: SourcePosition],
    _ files: ModuleFiles, _ frames: inout [[SourceFrame]]
  ) -> Int {
    if open.isEmpty { return 0 }
    let stubs = index.tables.stubs(files)
    var unnamed: [Int] = []
    for place in open {
      let address = addresses[place]
      guard let name = stubs.name(at: address) else {
        unnamed.append(place)
        continue
      }
      frames[place] = [
        SourceFrame(name, module: module.id, at: positions[address] ?? SourcePosition())
      ]
    }
    return unnamed.isEmpty
      ? 0 : placeUnnamed(unnamed, of: addresses, positions, files, &frames)
  }

  /// Makes the frames of what nothing names. One function has one, wherever it was when it called;
  /// where the unwind tables do not know it, each address its own. Returns how many stay without a name.
  private func placeUnnamed(
    _ unnamed: [Int], of addresses: [UInt64], _ positions: [UInt64: SourcePosition],
    _ files: ModuleFiles, _ frames: inout [[SourceFrame]]
  ) -> Int {
    let asked = unnamed.map { addresses[$0] }
    let starts = files.binary.flatMap { UnwindRanges($0) }?.starts(of: asked)
    let entry = files.binary?.programEntry()
    var count = 0
    for (number, place) in unnamed.enumerated() {
      let start = starts?[number]
      let position = positions[asked[number]] ?? SourcePosition()
      if let start, start == entry {
        let name = FunctionName(linkageName: "_start", readable: "_start")
        frames[place] = [SourceFrame(name, module: module.id, at: position)]
        continue
      }
      count += 1
      frames[place] = [
        .unresolved(
          moduleName: module.name, module: module.id, offset: start ?? asked[number],
          position: position)
      ]
    }
    return count
  }

  /// Puts the functions that calls enter before the frames of their addresses: what they jump to may
  /// be the code that has no name.
  private func addCallees(
    of addresses: [UInt64], _ files: ModuleFiles, to frames: inout [[SourceFrame]]
  ) {
    guard let binary = files.binary else { return }
    let calls = DirectCalls(binary)
    let targets = addresses.map { calls.target(ofCallEndingAt: $0) }
    let entered = Set(targets.compactMap { $0 }).sorted()
    var callees: [UInt64: SourceFrame] = [:]
    for number in 0..<SymbolTables.count {
      guard var names = SymbolTables.names(number, files, of: entered) else { continue }
      for target in entered where callees[target] == nil {
        guard let name = names.name(beginningAt: target) else { continue }
        callees[target] = SourceFrame(
          function: name.readable, linkageName: name.linkageName, module: module.id,
          definition: name.definition, isCallee: true)
      }
    }
    for (place, target) in targets.enumerated() {
      if let callee = target.flatMap({ callees[$0] }) { frames[place].insert(callee, at: 0) }
    }
  }

  /// Makes the frames of one piece; those of one function without lines share a list.
  private struct FrameMaker {
    private let module: ModuleImage.ID
    private var names: FunctionNames
    /// The last answer.
    private var name = FunctionName(linkageName: "", readable: "")
    private var frames: [SourceFrame] = []

    init(_ module: ModuleImage.ID, _ names: FunctionNames) {
      self.module = module
      self.names = names
    }

    /// Empty when the table has no name.
    mutating func frames(of address: UInt64, at position: SourcePosition?) -> [SourceFrame] {
      guard let name = names.name(at: address) else { return [] }
      if let position { return [SourceFrame(name, module: module, at: position)] }
      if name != self.name {
        self.name = name
        frames = [SourceFrame(name, module: module, at: SourcePosition())]
      }
      return frames
    }
  }
}

extension SourceFrame {
  /// The frame of a function that a symbol names.
  fileprivate init(_ name: FunctionName, module: ModuleImage.ID, at position: SourcePosition) {
    self.init(
      function: name.readable, linkageName: name.linkageName, module: module,
      file: position.file, line: position.line, column: position.column,
      definition: name.definition)
  }
}
