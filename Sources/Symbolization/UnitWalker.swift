// One walk over the entries of a unit, for all addresses that are looked for in it: finds each
// address's function and the inlined calls it lies in. Functions without such an address are
// passed over.

import CElfutils

/// Finds functions and inlined calls in one unit.
struct UnitWalker {
  /// A function, or an inlined call within one.
  struct Site {
    let die: Dwarf_Die
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
    let die: Dwarf_Die
    var site: Int?
  }

  private var path: [Step] = []
  private var isThorough = false

  /// Prepares for the addresses of one unit.
  init(addresses: [UInt64], code: [Range<UInt64>]) {
    self.addresses = addresses
    self.code = code
    innermost = Array(repeating: nil, count: addresses.count)
  }

  /// Walks a unit. If addresses are left over, walks it again into every corner: a function may
  /// stand within a type, or within another function that does not contain it.
  mutating func walk(_ unit: Dwarf_Die) {
    isThorough = false
    var unit = unit
    walkChildren(of: &unit, depth: 0)
    if innermost.contains(where: { $0 == nil }) {
      isThorough = true
      walkChildren(of: &unit, depth: 0)
    }
  }

  private mutating func walkChildren(of parent: inout Dwarf_Die, depth: Int) {
    guard depth < Self.depthMax else { return }
    var child = Dwarf_Die()
    guard dwarf_child(&parent, &child) == 0 else { return }
    while true {
      visit(&child, depth: depth)
      var sibling = Dwarf_Die()
      guard dwarf_siblingof(&child, &sibling) == 0 else { return }
      child = sibling
    }
  }

  private mutating func visit(_ die: inout Dwarf_Die, depth: Int) {
    switch Int(dwarf_tag(&die)) {
    case Int(DW_TAG_subprogram):
      let outer = path
      path = [Step(die: die, site: nil)]
      let isHit = claim(&die, isFunction: true)
      if isHit || isThorough { walkChildren(of: &die, depth: depth + 1) }
      path = outer
    case Int(DW_TAG_inlined_subroutine):
      path.append(Step(die: die, site: nil))
      _ = claim(&die, isFunction: false)
      walkChildren(of: &die, depth: depth + 1)
      path.removeLast()
    case Int(DW_TAG_namespace), Int(DW_TAG_module), Int(DW_TAG_lexical_block),
      Int(DW_TAG_try_block), Int(DW_TAG_catch_block), Int(DW_TAG_with_stmt):
      walkChildren(of: &die, depth: depth + 1)
    case Int(DW_TAG_structure_type), Int(DW_TAG_class_type), Int(DW_TAG_union_type),
      Int(DW_TAG_enumeration_type), Int(DW_TAG_interface_type), Int(DW_TAG_variant_part),
      Int(DW_TAG_variant):
      if isThorough { walkChildren(of: &die, depth: depth + 1) }
    default: break
    }
  }

  /// Gives the entry the addresses in its ranges; returns whether there are any. Of functions that
  /// share an address (the linker folded them), the first one keeps it; of calls, the innermost.
  private mutating func claim(_ die: inout Dwarf_Die, isFunction: Bool) -> Bool {
    // Most functions of a unit are declarations. This look at the kind of entry is cheap; that for
    // ranges has to read the entry itself.
    guard
      dwarf_hasattr(&die, UInt32(DW_AT_low_pc)) == 1
        || dwarf_hasattr(&die, UInt32(DW_AT_ranges)) == 1
    else { return false }
    var isHit = false
    var offset = 0
    var base: Dwarf_Addr = 0
    var start: Dwarf_Addr = 0
    var end: Dwarf_Addr = 0
    for _ in 0..<DieRanges.countMax {
      offset = dwarf_ranges(&die, offset, &base, &start, &end)
      guard offset > 0 else { break }
      var index = addresses.lowerBound(of: start)
      guard start < end, index < addresses.count, addresses[index] < end,
        code.containsAddress(start)
      else { continue }
      while index < addresses.count, addresses[index] < end {
        if canClaim(index, isFunction: isFunction) {
          innermost[index] = siteOfPath()
          isHit = true
        }
        index += 1
      }
    }
    return isHit
  }

  private func canClaim(_ index: Int, isFunction: Bool) -> Bool {
    guard let owner = innermost[index] else { return true }
    return !isFunction && sites[owner].function == path.first?.site
  }

  /// The site of the entry at the end of the path, made with all its parents when first needed.
  private mutating func siteOfPath() -> Int {
    var parent: Int?
    for index in path.indices {
      if let site = path[index].site {
        parent = site
        continue
      }
      let function = parent.map { sites[$0].function } ?? sites.count
      sites.append(Site(die: path[index].die, parent: parent, function: function))
      path[index].site = sites.count - 1
      parent = sites.count - 1
    }
    // The path is never empty here: the entry itself is its last step.
    return parent ?? 0
  }
}
