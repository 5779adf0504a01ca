// Goes from entry to entry through the tree of one unit (DWARF 5, section 2.3: children follow
// their parent, a zero ends them). Whoever wants nothing of an entry passes over it: by its
// reference to the next sibling where the compiler wrote one (gcc does), else by the widths of its
// values and those of its children.

import CElfutils

struct EntryReader {
  typealias Shape = UnsafePointer<AbbreviationTable.Shape>

  /// Stands before an entry's code, or behind one whose attributes are to be read or skipped.
  private var reader: SectionReader
  /// Belongs to the unit, which outlives its readers.
  private let table: UnsafePointer<AbbreviationTable.Contents>
  private let unitStart: Int

  /// Begins at an entry, in a section cut off at its unit's end.
  init(_ section: SectionReader, unitStart: Int, table: AbbreviationTable) {
    reader = section
    self.unitStart = unitStart
    self.table = table.contents
  }

  /// Where in the section the entry stands whose code was read last.
  private(set) var entryOffset = 0

  /// Where in the section the reader stands.
  var offset: Int { reader.offset }

  /// Goes to another entry.
  mutating func seek(to offset: Int) { reader.seek(to: offset) }

  /// Reads an entry's code; `nil` at the end of a list of siblings, or of what can be read.
  @inline(__always)
  mutating func next() -> Shape? {
    entryOffset = reader.offset
    let code = reader.unsignedLEB()
    if code == 0 { return nil }
    guard let shape = table.pointee.shape(code) else {
      // Without its shape there is no way past an entry.
      reader.skip(.max)
      return nil
    }
    return shape
  }

  /// Passes over entries that have nothing to do with code, and reads the code of the next one that
  /// has; `nil` at the end of the list. Most entries of a unit are passed over here, by a copy of the
  /// reader that stays in registers.
  mutating func nextOfCode() -> Shape? {
    var entries = self
    defer { self = entries }
    while let shape = entries.next() {
      if shape.pointee.role != .other { return shape }
      entries.skip(shape)
    }
    return nil
  }

  /// Reads the attributes, each with its value.
  @inline(__always)
  mutating func attributes(of shape: Shape, _ body: (UInt16, DwarfValue) -> Void) {
    for index in shape.pointee.attributes {
      let attribute = table.pointee.attributes[index]
      var form = attribute.form
      if form == .indirect { form = indirectForm() }
      body(
        attribute.name, reader.value(form, implicit: attribute.implicit, in: table.pointee.encoding)
      )
    }
  }

  /// Reads where an entry's code is, and where the entry ends: in a walk most have nothing else
  /// to say.
  @inline(__always)
  mutating func place(of shape: Shape) -> EntryPlace {
    var place = EntryPlace()
    for index in shape.pointee.attributes {
      let attribute = table.pointee.attributes[index]
      if attribute.bytesBesidePlace >= 0 {
        reader.skip(UInt64(attribute.bytesBesidePlace))
        continue
      }
      var form = attribute.form
      if form == .indirect { form = indirectForm() }
      place.take(
        attribute.name, reader.value(form, implicit: attribute.implicit, in: table.pointee.encoding)
      )
    }
    return place
  }

  /// Passes over an entry's attributes and over all below it.
  @inline(__always)
  mutating func skip(_ shape: Shape) {
    skipSteps(shape)
    if let form = shape.pointee.siblingForm {
      skipTo(sibling: siblingReference(form))
    } else if shape.pointee.hasChildren {
      skipChildren()
    }
  }

  /// Passes over an entry's attributes alone.
  mutating func skipAttributes(of shape: Shape) {
    if shape.pointee.siblingForm == nil {
      skipSteps(shape)
    } else {
      attributes(of: shape) { _, _ in }
    }
  }

  /// Goes to the sibling that an entry refers to.
  @inline(__always)
  mutating func skipTo(sibling: UInt64) {
    let (target, overflow) = unitStart.addingReportingOverflow(Int(truncatingIfNeeded: sibling))
    // A reference backwards would go in circles.
    if overflow || target < reader.offset { reader.skip(.max) } else { reader.seek(to: target) }
  }

  /// Passes over the rest of a list of siblings and all below them.
  mutating func skipChildren() {
    var entries = self
    defer { self = entries }
    var depth = 1
    while depth > 0, entries.reader.remaining > 0 {
      guard let shape = entries.next() else {
        depth -= 1
        continue
      }
      entries.skipSteps(shape)
      if let form = shape.pointee.siblingForm {
        entries.skipTo(sibling: entries.siblingReference(form))
      } else if shape.pointee.hasChildren {
        depth += 1
      }
    }
  }

  /// Compilers write them in four bytes.
  @inline(__always)
  private mutating func siblingReference(_ form: DwarfForm) -> UInt64 {
    form == .reference4
      ? UInt64(reader.integer(UInt32.self))
      : reader.value(form, implicit: 0, in: table.pointee.encoding).number
  }

  @inline(__always)
  private mutating func skipSteps(_ shape: Shape) {
    reader.skip(UInt64(shape.pointee.firstStep))
    for index in shape.pointee.steps {
      let step = table.pointee.steps[index]
      if step >= 0 {
        reader.skip(UInt64(step))
      } else {
        skipVariable(step)
      }
    }
  }

  private mutating func skipVariable(_ step: AbbreviationTable.Step) {
    switch step {
    case AbbreviationTable.Variable.leb: reader.skipLEB()
    case AbbreviationTable.Variable.text: _ = reader.text()
    case AbbreviationTable.Variable.block: reader.skip(reader.unsignedLEB())
    case AbbreviationTable.Variable.block1: reader.skip(UInt64(reader.integer(UInt8.self)))
    case AbbreviationTable.Variable.block2: reader.skip(UInt64(reader.integer(UInt16.self)))
    case AbbreviationTable.Variable.block4: reader.skip(UInt64(reader.integer(UInt32.self)))
    default: _ = reader.value(indirectForm(), implicit: 0, in: table.pointee.encoding)
    }
  }

  /// The form that stands before the value instead of in the table.
  private mutating func indirectForm() -> DwarfForm {
    let code = reader.unsignedLEB()
    guard let form = UInt16(exactly: code).flatMap(DwarfForm.init(rawValue:)),
      form != .implicitConstant
    else { return .indirect }
    return form
  }
}
