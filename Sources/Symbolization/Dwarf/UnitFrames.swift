// Puts the frames of one unit's addresses together. Names, files and the callers of an inlined call
// are read once each, and neighbours on one line share one list.

import CElfutils

/// Builds frames from sites and positions.
struct UnitFrames {
  private struct Label {
    let function: String
    let linkageName: String
    let definition: FunctionDefinition?
    /// Of an inlined call: where it stands in its caller.
    let callPosition: SourcePosition
  }

  private let sites: [UnitWalker.Site]
  private let module: ModuleImage.ID
  private let symbols: SymbolNames
  private let unit: DwarfUnit
  private var names: EntryNames
  /// By site: what its entry says, and the frames of everything around it.
  private var labels: [Label?]
  private var callers: [[SourceFrame]?]
  private var last: (site: Int, position: LineProgram.Position?, frames: [SourceFrame])?

  /// Begins with the sites of one unit.
  init(
    sites: [UnitWalker.Site], unit: DwarfUnit, names: EntryNames, module: ModuleImage.ID,
    symbols: SymbolNames
  ) {
    self.sites = sites
    self.unit = unit
    self.names = names
    self.module = module
    self.symbols = symbols
    labels = Array(repeating: nil, count: sites.count)
    callers = Array(repeating: nil, count: sites.count)
  }

  /// The frames of an address in a site, innermost first.
  mutating func frames(
    of site: Int, at position: LineProgram.Position?
  ) -> [SourceFrame] {
    if let last, last.site == site, last.position == position { return last.frames }
    let frames = frames(of: site, at: self.position(position))
    last = (site, position, frames)
    return frames
  }

  /// A position with its file's path; DWARF writes "unknown" as 0.
  mutating func position(_ position: LineProgram.Position?) -> SourcePosition {
    guard let position else { return SourcePosition() }
    let file = names.path(ofFile: position.file)
    guard position.line > 0, let line = Int(exactly: position.line) else {
      return SourcePosition(file: file)
    }
    let column = position.column == 0 ? nil : Int(exactly: position.column)
    return SourcePosition(file: file, line: line, column: column)
  }

  /// Outward from a site: each inlined call says where in its parent it was called.
  private mutating func callers(of site: Int) -> [SourceFrame] {
    if let known = callers[site] { return known }
    var frames: [SourceFrame] = []
    if let parent = sites[site].parent {
      frames = self.frames(of: parent, at: label(of: site).callPosition)
    }
    callers[site] = frames
    return frames
  }

  /// A site's own frame and those around it, in a list without spare room.
  private mutating func frames(of site: Int, at position: SourcePosition) -> [SourceFrame] {
    let frame = frame(of: site, at: position)
    let callers = callers(of: site)
    if callers.isEmpty { return [frame] }
    var frames: [SourceFrame] = []
    frames.reserveCapacity(callers.count + 1)
    frames.append(frame)
    frames.append(contentsOf: callers)
    return frames
  }

  private mutating func label(of site: Int) -> Label {
    if let known = labels[site] { return known }
    let label = readLabel(of: site)
    labels[site] = label
    return label
  }

  private mutating func frame(of site: Int, at position: SourcePosition) -> SourceFrame {
    let label = label(of: site)
    return SourceFrame(
      function: label.function, linkageName: label.linkageName, module: module,
      file: position.file, line: position.line, column: position.column,
      isInlined: sites[site].parent != nil, definition: label.definition)
  }

  private mutating func readLabel(of site: Int) -> Label {
    let offset = sites[site].entry
    let entry = names.entry(at: offset)
    let isInlined = sites[site].parent != nil
    let name = isInlined ? names.name(ofCall: entry) : names.name(of: entry, at: offset)
    let callPosition = isInlined ? names.callPosition(of: entry) : SourcePosition()
    if let internalName = name.linkageName ?? name.function,
      let publicName = symbols.publicName(of: internalName, at: start(of: entry))
    {
      return Label(
        function: publicName, linkageName: internalName, definition: nil,
        callPosition: callPosition)
    }
    if let linkageName = name.linkageName {
      return Label(
        function: name.function ?? linkageName, linkageName: linkageName,
        definition: name.definition, callPosition: callPosition)
    }
    // Only a mangled symbol says more than the source's name does. The symbol at the start counts
    // for the whole function, whichever of its parts was met first.
    if !isInlined, name.mayBeMangled, let start = start(of: entry),
      let symbol = symbols.name(at: start),
      symbol.readable != symbol.linkageName || name.function == nil
    {
      return Label(
        function: symbol.readable, linkageName: symbol.linkageName,
        definition: CoroutineName.isPart(symbol.linkageName) ? nil : name.definition,
        callPosition: callPosition)
    }
    let function = name.function ?? "(anonymous)"
    return Label(
      function: function, linkageName: name.sourceName ?? function,
      definition: name.definition, callPosition: callPosition)
  }

  /// Where a function's first part begins.
  private func start(of entry: DwarfEntry) -> UInt64? {
    var start: UInt64?
    unit.ranges(of: entry.place) { range in
      if start == nil { start = range.lowerBound }
    }
    return start
  }
}
