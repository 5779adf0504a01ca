// Entries of a unit share their shapes: tag, attributes and forms stand in a table of
// `.debug_abbrev` (DWARF 5, section 7.5.3), which is decoded once. What most entries need of it is
// how to get past them, so that is prepared here: widths that are known are added up beforehand.

import CElfutils

/// The shapes of the entries of one unit.
final class AbbreviationTable {
  /// What the search for functions does with an entry.
  enum Role: UInt8 {
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
    /// Bytes of a value that says nothing about the entry's place; -1 for all others.
    let bytesBesidePlace: Int32
  }

  /// The shape of an entry. Small: a walk reads one at each entry.
  struct Shape {
    let tag: UInt16
    let role: Role
    let hasChildren: Bool
    /// Whether it has an attribute for an address or for ranges.
    let hasPlace: Bool
    /// The form of the reference to the sibling; `nil` when there is none.
    let siblingForm: DwarfForm?
    /// How many bytes to pass over on the way to that reference, or to the end. Further `steps`
    /// follow.
    let firstStep: Step
    fileprivate let stepsStart: UInt32
    fileprivate let stepsEnd: UInt32
    fileprivate let attributesStart: UInt32
    fileprivate let attributesEnd: UInt32

    /// In the table's `attributes`.
    var attributes: Range<Int> { Int(attributesStart)..<Int(attributesEnd) }
    /// In the table's `steps`.
    var steps: Range<Int> { Int(stepsStart)..<Int(stepsEnd) }
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

  /// What a reader of entries needs. Constant and plain memory: readers are copied at every step of a
  /// walk, which must not count references.
  struct Contents {
    let attributes: UnsafeBufferPointer<Attribute>
    let steps: UnsafeBufferPointer<Step>
    let encoding: DwarfEncoding
    fileprivate let shapes: UnsafeBufferPointer<Shape>
    /// The codes of the shapes, growing; empty where they count from 1.
    fileprivate let codes: UnsafeBufferPointer<UInt64>

    /// The shape that a code stands for.
    @inline(__always)
    func shape(_ code: UInt64) -> UnsafePointer<Shape>? {
      let place: Int
      if codes.isEmpty {
        guard code &- 1 < UInt64(shapes.count) else { return nil }
        place = Int(code &- 1)
      } else {
        place = codes.lowerBound(of: code)
        guard place < codes.count, codes[place] == code else { return nil }
      }
      return shapes.baseAddress.map { $0 + place }
    }
  }

  /// Valid as long as this object.
  let contents: UnsafePointer<Contents>

  /// Decodes the table at an offset, all of it or one code alone; `nil` when it is damaged or has a
  /// form that nothing is known about.
  init?(
    _ section: UnsafeRawBufferPointer, at offset: UInt64, encoding: DwarfEncoding,
    only wanted: UInt64? = nil
  ) {
    guard offset < UInt64(section.count) else { return nil }
    var reader = SectionReader(section, at: Int(offset))
    var builder = Builder(encoding: encoding)
    var codes: [UInt64] = []
    while true {
      let code = reader.unsignedLEB()
      if code == 0 { break }
      if let wanted, wanted != code {
        Self.pass(&reader)
        continue
      }
      guard builder.add(&reader) else { return nil }
      codes.append(code)
      if wanted != nil { break }
    }
    guard !reader.hasFailed else { return nil }
    let contents = UnsafeMutablePointer<Contents>.allocate(capacity: 1)
    let isDense = codes.indices.allSatisfy { codes[$0] == UInt64($0) + 1 }
    // Of shapes with one code the first one counts.
    let order = isDense ? [] : codes.indices.sorted { (codes[$0], $0) < (codes[$1], $1) }
    contents.initialize(
      to: Contents(
        attributes: Self.copy(builder.attributes), steps: Self.copy(builder.steps),
        encoding: encoding,
        shapes: Self.copy(isDense ? builder.shapes : order.map { builder.shapes[$0] }),
        codes: Self.copy(order.map { codes[$0] })))
    self.contents = UnsafePointer(contents)
  }

  deinit {
    contents.pointee.attributes.deallocate()
    contents.pointee.steps.deallocate()
    contents.pointee.shapes.deallocate()
    contents.pointee.codes.deallocate()
    contents.deallocate()
  }

  /// None of what is copied refers to anything that would have to be given back.
  private static func copy<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
    let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = memory.initialize(from: elements)
    return UnsafeBufferPointer(memory)
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

  /// What has been decoded so far.
  private struct Builder {
    let encoding: DwarfEncoding
    var attributes: [Attribute] = []
    var steps: [Step] = []
    var shapes: [Shape] = []

    /// Decodes what follows a code; whether all its forms are known.
    mutating func add(_ reader: inout SectionReader) -> Bool {
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
        guard let form = UInt16(exactly: code).flatMap(DwarfForm.init(rawValue:)) else {
          return false
        }
        let implicit = form == .implicitConstant ? reader.signedLEB() : 0
        let size = form.size(in: encoding)
        let isOfPlace = AbbreviationTable.isOfPlace(Int(name))
        attributes.append(
          Attribute(
            name: name, form: form, implicit: implicit,
            bytesBesidePlace: isOfPlace ? -1 : Int32(size ?? -1)))
        if name == UInt16(DW_AT_low_pc) || name == UInt16(DW_AT_ranges) { hasPlace = true }
        // Nobody goes past the sibling's reference by steps.
        guard sibling == nil else { continue }
        if name == UInt16(DW_AT_sibling), form.isUnitReference {
          sibling = form
        } else if let size {
          bytes += size
        } else {
          if bytes > 0 { steps.append(Step(clamping: bytes)) }
          bytes = 0
          steps.append(AbbreviationTable.step(form))
        }
      }
      if bytes > 0 { steps.append(Step(clamping: bytes)) }
      var lead: Step = 0
      if firstStep < steps.count, steps[firstStep] > 0 { lead = steps.remove(at: firstStep) }
      shapes.append(
        Shape(
          tag: tag, role: AbbreviationTable.role(ofTag: Int(tag)), hasChildren: hasChildren,
          hasPlace: hasPlace, siblingForm: sibling, firstStep: lead,
          stepsStart: UInt32(firstStep), stepsEnd: UInt32(steps.count),
          attributesStart: UInt32(firstAttribute), attributesEnd: UInt32(attributes.count)))
      return true
    }
  }

  /// Whether an attribute says where an entry's code is, or where the entry ends.
  private static func isOfPlace(_ name: Int) -> Bool {
    switch name {
    case Int(DW_AT_low_pc), Int(DW_AT_high_pc), Int(DW_AT_ranges), Int(DW_AT_sibling): true
    default: false
    }
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
