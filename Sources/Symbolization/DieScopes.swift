// The scopes around a function's entry. Compilers leave the linkage name out of functions without
// external linkage; `app::(anonymous namespace)::parse` then has to be put together from the
// entries above it, and an entry does not know its parent. The children of every scope on the way
// down are listed once, so that a search costs a few binary searches.

import CElfutils

/// Finds the names of the scopes that hold an entry.
struct DieScopes {
  private static let depthMax = 256
  private static let cxxLanguages: Set<Int32> = [
    0x04, 0x1a, 0x21, 0x2b, 0x3a,  // C++ before 2011, of 2011, 2014, 2017 and 2020
  ]

  private var children: [UnsafeMutableRawPointer: [Dwarf_Die]] = [:]

  /// The name with its scopes in front; the name alone in languages other than C++.
  mutating func qualified(_ name: String, of function: Dwarf_Die) -> String {
    qualified(name, of: function, depth: 0)
  }

  private mutating func qualified(
    _ name: String, of function: Dwarf_Die, depth: Int
  ) -> String {
    var declaration = Self.declaration(of: function)
    guard let target = declaration.addr else { return name }
    var scope = Dwarf_Die()
    guard dwarf_diecu(&declaration, &scope, nil, nil) != nil,
      Self.cxxLanguages.contains(dwarf_srclang(&scope))
    else { return name }
    var scopes: [String] = []
    for _ in 0..<Self.depthMax {
      guard var next = child(of: scope, holding: target), let address = next.addr else { break }
      if address == target { return (scopes + [name]).joined(separator: "::") }
      scope = next
      if Int(dwarf_tag(&next)) == Int(DW_TAG_subprogram) {
        // A definition need not stand where its declaration does.
        guard depth < 8, let outer = dwarf_diename(&next) else { continue }
        scopes = [qualified(String(cString: outer), of: next, depth: depth + 1)]
      } else if let part = Self.scopeName(&next, of: name) {
        scopes.append(part)
      }
    }
    return name
  }

  /// From an instance or a definition to the entry that stands in the scope: entries of the
  /// instances of inlined functions stand where they were called.
  private static func declaration(of function: Dwarf_Die) -> Dwarf_Die {
    var die = function
    for _ in 0..<16 {
      var attribute = Dwarf_Attribute()
      var target = Dwarf_Die()
      let reference =
        dwarf_attr(&die, UInt32(DW_AT_abstract_origin), &attribute)
        ?? dwarf_attr(&die, UInt32(DW_AT_specification), &attribute)
      guard reference != nil, dwarf_formref_die(&attribute, &target) != nil else { return die }
      die = target
    }
    return die
  }

  /// The child that is, or holds, the entry at an address: entries stand in the order of the tree.
  private mutating func child(
    of scope: Dwarf_Die, holding target: UnsafeMutableRawPointer
  ) -> Dwarf_Die? {
    let list = childList(of: scope)
    var low = 0
    var high = list.count
    while low < high {
      let middle = (low + high) / 2
      if let address = list[middle].addr, address <= target {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low == 0 ? nil : list[low - 1]
  }

  private mutating func childList(of scope: Dwarf_Die) -> [Dwarf_Die] {
    guard let key = scope.addr else { return [] }
    if let known = children[key] { return known }
    var list: [Dwarf_Die] = []
    var scope = scope
    var die = Dwarf_Die()
    var status = dwarf_child(&scope, &die)
    while status == 0 {
      list.append(die)
      var sibling = Dwarf_Die()
      status = dwarf_siblingof(&die, &sibling)
      die = sibling
    }
    children[key] = list
    return list
  }

  /// What a namespace or a type adds to a function's name; `nil` for blocks.
  private static func scopeName(_ die: inout Dwarf_Die, of function: String) -> String? {
    let anonymous: String
    switch Int(dwarf_tag(&die)) {
    case Int(DW_TAG_namespace): anonymous = "(anonymous namespace)"
    case Int(DW_TAG_structure_type), Int(DW_TAG_class_type), Int(DW_TAG_union_type),
      Int(DW_TAG_enumeration_type):
      anonymous = function.hasPrefix("operator()") ? "{lambda}" : "(anonymous)"
    default: return nil
    }
    return dwarf_diename(&die).map { String(cString: $0) } ?? anonymous
  }
}
