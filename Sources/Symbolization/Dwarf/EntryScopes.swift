// The scopes around a function's entry. Compilers leave the linkage name out of functions without
// external linkage; `app::(anonymous namespace)::parse` then has to be put together from the
// entries above it, and an entry does not know its parent. The children of every scope on the way
// down are listed once, so that a search costs a few binary searches.

import CElfutils

/// Finds the names of the scopes that hold an entry.
struct EntryScopes {
  private struct Scope: Hashable {
    let file: ObjectIdentifier
    let offset: UInt64
  }

  private static let depthMax = 256
  private static let originsMax = 8
  private static let cxxLanguages: Set<UInt64> = [
    0x04, 0x1a, 0x21, 0x2b, 0x3a,  // C++ before 2011, of 2011, 2014, 2017 and 2020
  ]

  private let cache: UnitCache
  private var children: [Scope: [UInt64]] = [:]

  /// Knows no scope.
  init(_ cache: UnitCache) {
    self.cache = cache
  }

  /// A function's name with its scopes in front; the name alone in languages other than C++. The
  /// entry is the one that stands in the scope: instances of inlined functions stand where they
  /// were called.
  mutating func qualified(_ name: String, at target: UInt64, in unit: DwarfUnit) -> String {
    qualified(name, at: target, in: unit, depth: 0)
  }

  /// The entry that holds another as its child.
  mutating func parent(of target: UInt64, in unit: DwarfUnit) -> DwarfEntry? {
    var scope = UInt64(unit.header.entriesOffset)
    for _ in 0..<Self.depthMax {
      guard let next = child(of: scope, in: unit, holding: target) else { return nil }
      if next == target { return unit.entry(at: scope)?.entry }
      scope = next
    }
    return nil
  }

  private mutating func qualified(
    _ name: String, at target: UInt64, in unit: DwarfUnit, depth: Int
  ) -> String {
    guard Self.cxxLanguages.contains(unit.root.language) else { return name }
    var scopes: [String] = []
    var scope = UInt64(unit.header.entriesOffset)
    for _ in 0..<Self.depthMax {
      guard let next = child(of: scope, in: unit, holding: target) else { break }
      if next == target { return (scopes + [name]).joined(separator: "::") }
      scope = next
      guard let (shape, entry) = unit.entry(at: next) else { break }
      if shape.pointee.role == .function {
        // A definition need not stand where its declaration does.
        guard depth < Self.originsMax, let outer = function(entry, at: next, in: unit) else {
          continue
        }
        scopes = [qualified(outer.name, at: outer.offset, in: outer.unit, depth: depth + 1)]
      } else if let part = Self.scopeName(shape, entry, in: unit, of: name) {
        scopes.append(part)
      }
    }
    return name
  }

  /// A function's name, and its entry that stands in the scope.
  private func function(
    _ entry: DwarfEntry, at offset: UInt64, in unit: DwarfUnit
  ) -> (name: String, offset: UInt64, unit: DwarfUnit)? {
    var entry = entry
    var place = (unit: unit, offset: offset)
    var name: String?
    for _ in 0..<Self.originsMax {
      if name == nil {
        name = entry.name.flatMap { place.unit.text($0) }.map {
          String(decoding: $0, as: UTF8.self)
        }
      }
      guard let next = entry.origin.flatMap({ cache.entry($0, from: place.unit) }),
        let (_, origin) = next.unit.entry(at: next.offset)
      else { break }
      place = next
      entry = origin
    }
    return name.map { ($0, place.offset, place.unit) }
  }

  /// The child that is, or holds, the entry at an offset: entries stand in the order of the tree.
  private mutating func child(
    of scope: UInt64, in unit: DwarfUnit, holding target: UInt64
  ) -> UInt64? {
    let list = childList(of: scope, in: unit)
    return list.lastIndex(notAbove: target) { $0 }.map { list[$0] }
  }

  private mutating func childList(of scope: UInt64, in unit: DwarfUnit) -> [UInt64] {
    let key = Scope(file: ObjectIdentifier(unit.file), offset: scope)
    if let known = children[key] { return known }
    var list: [UInt64] = []
    if var entries = unit.entries(at: scope), let shape = entries.next(), shape.pointee.hasChildren
    {
      entries.skipAttributes(of: shape)
      while let child = entries.next() {
        list.append(UInt64(entries.entryOffset))
        entries.skip(child)
      }
    }
    children[key] = list
    return list
  }

  /// What a namespace or a type adds to a function's name; `nil` for blocks.
  private static func scopeName(
    _ shape: EntryReader.Shape, _ entry: DwarfEntry, in unit: DwarfUnit, of function: String
  ) -> String? {
    let anonymous: String
    switch Int(shape.pointee.tag) {
    case Int(DW_TAG_namespace): anonymous = "(anonymous namespace)"
    case Int(DW_TAG_structure_type), Int(DW_TAG_class_type), Int(DW_TAG_union_type),
      Int(DW_TAG_enumeration_type):
      anonymous = function.hasPrefix("operator()") ? "{lambda}" : "(anonymous)"
    default: return nil
    }
    return entry.name.flatMap { unit.text($0) }.map { String(decoding: $0, as: UTF8.self) }
      ?? anonymous
  }
}
