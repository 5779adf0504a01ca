// Entries of a unit share their shapes: tag, attributes and forms stand in a table of
// `.debug_abbrev` (DWARF 5, section 7.5.3), which is decoded once. What most entries need of it is
// how to get past them, so that is prepared here: widths that are known are added up beforehand.

import CElfutils

/// The shapes of the entries of one unit.
final class AbbreviationTable {
  /// What the search for functions does with an entry.
  enum Role {
    case function
    case call
    /// What may hold functions: a namespace, a block.
    case scope
    /// What holds functions in the rare case: a type.
    case type
    case other
  }

  struct Attribute {
    let name: UInt16
    let form: DwarfForm
    /// The value, of the form that keeps it here.
    let implicit: Int64
  }

  /// The shape of an entry.
  struct Shape {
    let tag: UInt16
    let role: Role
    let hasChildren: Bool
    /// Whether it has an attribute for an address or for ranges.
    let hasPlace: Bool
    /// In `attributes`.
    let attributes: Range<Int>
    /// In `steps`: how to get to the reference to the sibling, if there is one, or to the end.
    let steps: Range<Int>
    /// The form of that reference; `nil` when there is none, or it needs more than itself.
    let siblingForm: DwarfForm?
  }

  /// A way over values: a number of bytes, or below zero one of `Variable`.
  typealias Step = Int32

  /// Values whose width stands in them.
  enum Variable {
    static let leb: Step = -1
    static let text: Step = -2
    static let block: Step = -3
    static let block1: Step = -4
    static let block2: Step = -5
    static let block4: Step = -6
    static let indirect: Step = -7
  }

  private(set) var attributes: [Attribute] = []
  private(set) var steps: [Step] = []
  private var shapes: [Shape] = []
  /// By code; only where codes do not count from 1.
  private var places: [UInt64: Int] = [:]
  let encoding: DwarfEncoding

  /// Decodes the table at an offset, all of it or one code alone; `nil` when it is damaged or has a
  /// form that nothing is known about.
  init?(
    _ section: UnsafeRawBufferPointer, at offset: UInt64, encoding: DwarfEncoding,
    only wanted: UInt64? = nil
  ) {
    self.encoding = encoding
    guard offset < UInt64(section.count) else { return nil }
    var reader = SectionReader(section, at: Int(offset))
    while true {
      let code = reader.unsignedLEB()
      if code == 0 { break }
      if let wanted, wanted != code {
        Self.pass(&reader)
        continue
      }
      guard let shape = shape(&reader) else { return nil }
      if code != UInt64(shapes.count) + 1 || !places.isEmpty {
        if places.isEmpty { for place in shapes.indices { places[UInt64(place) + 1] = place } }
        if places[code] == nil { places[code] = shapes.count }
      }
      shapes.append(shape)
      if wanted != nil { break }
    }
    guard !reader.hasFailed else { return nil }
  }

  /// The shape that a code stands for.
  @inline(__always)
  func shape(_ code: UInt64) -> Shape? {
    if places.isEmpty {
      return code &- 1 < UInt64(shapes.count) ? shapes[Int(code &- 1)] : nil
    }
    return places[code].map { shapes[$0] }
  }

  private static func pass(_ reader: inout SectionReader) {
    _ = reader.unsignedLEB()
    reader.skip(1)
    while true {
      let name = reader.unsignedLEB()
      let form = reader.unsignedLEB()
      if form == UInt64(DwarfForm.implicitConstant.rawValue) { _ = reader.signedLEB() }
      if name == 0 && form == 0 { return }
    }
  }

  private func shape(_ reader: inout SectionReader) -> Shape? {
    let tag = UInt16(truncatingIfNeeded: reader.unsignedLEB())
    let hasChildren = reader.integer(UInt8.self) != 0
    let firstAttribute = attributes.count
    let firstStep = steps.count
    var bytes = 0
    var hasPlace = false
    var sibling: DwarfForm?
    while true {
      let name = UInt16(truncatingIfNeeded: reader.unsignedLEB())
      let code = reader.unsignedLEB()
      if name == 0 && code == 0 { break }
      guard let form = UInt16(exactly: code).flatMap(DwarfForm.init(rawValue:)) else { return nil }
      let implicit = form == .implicitConstant ? reader.signedLEB() : 0
      attributes.append(Attribute(name: name, form: form, implicit: implicit))
      if name == UInt16(DW_AT_low_pc) || name == UInt16(DW_AT_ranges) { hasPlace = true }
      // Nobody goes past the sibling's reference by steps.
      guard sibling == nil else { continue }
      if name == UInt16(DW_AT_sibling), form != .indirect {
        sibling = form
      } else if let size = form.size(in: encoding) {
        bytes += size
      } else {
        if bytes > 0 { steps.append(Step(bytes)) }
        bytes = 0
        steps.append(Self.step(form))
      }
    }
    if bytes > 0 { steps.append(Step(bytes)) }
    return Shape(
      tag: tag, role: Self.role(ofTag: Int(tag)), hasChildren: hasChildren, hasPlace: hasPlace,
      attributes: firstAttribute..<attributes.count, steps: firstStep..<steps.count,
      siblingForm: sibling)
  }

  private static func step(_ form: DwarfForm) -> Step {
    switch form {
    case .string: Variable.text
    case .block, .expression: Variable.block
    case .block1: Variable.block1
    case .block2: Variable.block2
    case .block4: Variable.block4
    case .indirect: Variable.indirect
    default: Variable.leb
    }
  }

  private static func role(ofTag tag: Int) -> Role {
    switch tag {
    case Int(DW_TAG_subprogram): .function
    case Int(DW_TAG_inlined_subroutine): .call
    case Int(DW_TAG_namespace), Int(DW_TAG_module), Int(DW_TAG_lexical_block),
      Int(DW_TAG_try_block), Int(DW_TAG_catch_block), Int(DW_TAG_with_stmt):
      .scope
    case Int(DW_TAG_structure_type), Int(DW_TAG_class_type), Int(DW_TAG_union_type),
      Int(DW_TAG_enumeration_type), Int(DW_TAG_interface_type), Int(DW_TAG_variant_part),
      Int(DW_TAG_variant):
      .type
    default: .other
    }
  }
}
