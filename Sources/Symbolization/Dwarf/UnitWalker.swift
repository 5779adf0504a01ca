// One walk over the entries of a unit, for all addresses that are looked for in it: finds each
// address's function and the inlined calls it lies in. Functions, blocks and calls without such an
// address are passed over, with all in them, and the walk ends when every address has its function.
// Namespaces come last: most of what stands in them is declarations, and compilers that write
// references to siblings mostly define functions outside.

/// Finds functions and inlined calls in one unit.
struct UnitWalker {
  /// A function, or an inlined call within one.
  struct Site {
    /// Where the entry stands.
    let entry: UInt64
    /// The site around an inlined call; `nil` for a function.
    let parent: Int?
    /// The function at the end of the parents.
    let function: Int
  }

  /// The addresses looked for, sorted and distinct.
  let addresses: [UInt64]
  /// Where code can be; a function elsewhere was discarded by the linker.
  let code: [Range<UInt64>]
  /// Functions and inlined calls that hold some address; a site stands behind its parent.
  private(set) var sites: [Site] = []
  /// For each address, the innermost site that holds it.
  private(set) var innermost: [Int?]

  /// Deeper nesting of scopes is damage.
  private static let depthMax = 1_024

  /// One entry on the way down to the present one.
  private struct Step {
    let entry: UInt64
    var site: Int?
  }

  private let unit: DwarfUnit
  /// Whether blocks and calls say where all of their code is. DWARF 2 has no lists of ranges: of
  /// several parts one is named there, or none.
  private let hasWholePlaces: Bool
  private var entries: EntryReader
  /// The functions around the present entry, one within another, each with the calls down to it.
  private var path: [Step] = []
  /// Where on the path the innermost function stands.
  private var functionPlace = 0
  private var isThorough = false
  /// Where scopes begin that the walk has put off, growing.
  private var scopesPutOff: [Int] = []
  /// Addresses without a function.
  private var unclaimed: Int
  /// Behind the addresses of the last function: mostly those of the next one follow.
  private var nextPlace = 0

  /// Prepares for addresses of one unit.
  init(_ unit: DwarfUnit, addresses: [UInt64], code: [Range<UInt64>]) {
    self.unit = unit
    self.addresses = addresses
    self.code = code
    hasWholePlaces = unit.header.encoding.version > 2
    entries = unit.entries()
    innermost = Array(repeating: nil, count: addresses.count)
    unclaimed = addresses.count
  }

  /// Walks the unit. If addresses are left over, walks it again into every corner: a function may
  /// stand within a type, or within another function that does not contain it. Often there is
  /// none: compilers do not describe the thunks they make.
  mutating func walk() {
    walkUnit()
    if unclaimed > 0 {
      isThorough = true
      walkUnit()
    }
  }

  private mutating func walkUnit() {
    entries = unit.entries()
    guard let root = entries.next() else { return }
    entries.skipAttributes(of: root)
    if root.pointee.hasChildren { walkChildren(depth: 0) }
    // Where damage makes scopes overlap, each entry is still walked only once.
    var end = 0
    for scope in scopesPutOff where !isDone && scope >= end {
      entries.seek(to: scope)
      guard let shape = entries.next() else { continue }
      entries.skipAttributes(of: shape)
      walkChildren(depth: 1)
      end = entries.offset
    }
    scopesPutOff.removeAll()
  }

  /// Nothing is left to find outside of the function that the walk is in.
  private var isDone: Bool { unclaimed == 0 && path.isEmpty }

  /// Ends behind the list of siblings, unless all is found.
  private mutating func walkChildren(depth: Int) {
    guard depth < Self.depthMax else { return entries.skipChildren() }
    while !isDone, let shape = entries.nextOfCode() { visit(shape, depth: depth) }
  }

  private mutating func visit(_ shape: EntryReader.Shape, depth: Int) {
    switch shape.pointee.role {
    case .other: entries.skip(shape)
    case .type where !isThorough: entries.skip(shape)
    // Most functions of a unit are declarations.
    case .function where !shape.pointee.hasPlace && !isThorough: entries.skip(shape)
    case .scope
    where depth == 0 && shape.pointee.siblingForm != nil && shape.pointee.hasChildren && !isThorough:
      scopesPutOff.append(entries.entryOffset)
      entries.skip(shape)
    case .scope where shape.pointee.hasPlace && hasWholePlaces && isInHit && !isThorough:
      let place = entries.place(of: shape)
      walk(shape, place, depth: depth, isHit: holdsAddress(place))
    case .scope, .type:
      entries.skipAttributes(of: shape)
      if shape.pointee.hasChildren { walkChildren(depth: depth + 1) }
    case .function:
      let outer = functionPlace
      functionPlace = path.count
      path.append(Step(entry: entryOffset, site: nil))
      let place = entries.place(of: shape)
      let isHit = shape.pointee.hasPlace && claim(place, isFunction: true)
      walk(shape, place, depth: depth, isHit: isHit)
      path.removeSubrange(functionPlace...)
      functionPlace = outer
    // Those of a function without an address wanted, and of one that the first walk was in.
    case .call where !isInHit: entries.skip(shape)
    case .call:
      path.append(Step(entry: entryOffset, site: nil))
      let place = entries.place(of: shape)
      let isHit = shape.pointee.hasPlace && claim(place, isFunction: false)
      walk(
        shape, place, depth: depth, isHit: isHit || !shape.pointee.hasPlace || !hasWholePlaces)
      path.removeLast()
    }
  }

  /// Goes on below an entry whose attributes were read, or past all below it.
  @inline(__always)
  private mutating func walk(
    _ shape: EntryReader.Shape, _ place: EntryPlace, depth: Int, isHit: Bool
  ) {
    guard shape.pointee.hasChildren else { return }
    if isHit || isThorough {
      walkChildren(depth: depth + 1)
    } else if let sibling = place.sibling {
      entries.skipTo(sibling: sibling.number)
    } else {
      entries.skipChildren()
    }
  }

  /// Whether the walk is in a function that this very walk gave addresses.
  private var isInHit: Bool {
    functionPlace < path.count && path[functionPlace].site != nil
  }

  /// Where the entry stands whose code was just read.
  private var entryOffset: UInt64 { UInt64(entries.entryOffset) }

  /// Gives the entry the addresses in its ranges; returns whether there are any. Of functions that
  /// share an address (the linker folded them), the first one keeps it; of calls, the innermost.
  private mutating func claim(_ place: EntryPlace, isFunction: Bool) -> Bool {
    var isHit = false
    unit.ranges(of: place) { range in
      var index = firstPlace(from: range.lowerBound)
      guard index < addresses.count, addresses[index] < range.upperBound,
        code.containsAddress(range.lowerBound)
      else { return }
      while index < addresses.count, addresses[index] < range.upperBound {
        if canClaim(index, isFunction: isFunction) {
          if innermost[index] == nil { unclaimed -= 1 }
          innermost[index] = siteOfPath()
          isHit = true
        }
        index += 1
      }
      if isFunction { nextPlace = index }
    }
    return isHit
  }

  /// Whether an address lies in the entry's ranges.
  private mutating func holdsAddress(_ place: EntryPlace) -> Bool {
    var isHit = false
    unit.ranges(of: place) { range in
      let index = firstPlace(from: range.lowerBound)
      if index < addresses.count, addresses[index] < range.upperBound { isHit = true }
    }
    return isHit
  }

  /// The place of the first address that is not below one.
  @inline(__always)
  private func firstPlace(from start: UInt64) -> Int {
    if nextPlace == 0 || addresses[nextPlace - 1] < start,
      nextPlace == addresses.count || addresses[nextPlace] >= start
    {
      return nextPlace
    }
    return addresses.lowerBound(of: start)
  }

  private func canClaim(_ index: Int, isFunction: Bool) -> Bool {
    guard let owner = innermost[index] else { return true }
    return !isFunction && sites[owner].function == path[functionPlace].site
  }

  /// The site of the entry at the end of the path, made with all its parents when first needed.
  private mutating func siteOfPath() -> Int {
    var parent: Int?
    for index in functionPlace..<path.count {
      if let site = path[index].site {
        parent = site
        continue
      }
      let function = parent.map { sites[$0].function } ?? sites.count
      sites.append(Site(entry: path[index].entry, parent: parent, function: function))
      path[index].site = sites.count - 1
      parent = sites.count - 1
    }
    // The path is never empty here: the entry itself is its last step.
    return parent ?? 0
  }
}
