// One unit's line program (DWARF 2 to 5, section 6.2 of the standard), run for the addresses that
// are asked for and no others: no table is built. libdw's own reader sorts all rows of a unit
// together, which mixes the rows of functions that the linker discarded (they start at address 0)
// into the rows of real ones; here each sequence stands for itself.

/// Finds source positions in one unit.
struct LineProgram {
  /// A position in the unit's own file table.
  struct Position: Hashable {
    var file: UInt64 = 1
    /// 0: made up by the compiler.
    var line: UInt64 = 1
    /// 0: unknown.
    var column: UInt64 = 0
  }

  /// What the line programs of a file refer to.
  struct Sections {
    let lines: UnsafeRawBufferPointer
    let strings: UnsafeRawBufferPointer
    let lineStrings: UnsafeRawBufferPointer
  }

  let header: LineProgramHeader

  /// Reads the header at an offset of `.debug_line`; `nil` when it is damaged.
  init?(_ sections: Sections, at offset: UInt64, compilationDirectory: String?) {
    guard offset < UInt64(sections.lines.count),
      let header = LineProgramHeader(
        sections, at: Int(offset), compilationDirectory: compilationDirectory)
    else { return nil }
    self.header = header
  }

  /// The position of each address, which must be sorted; `nil` where no row covers it. Sequences
  /// that do not start in `code` are of discarded functions. O(program + addresses).
  func positions(of addresses: [UInt64], code: [Range<UInt64>]) -> [Position?] {
    var search = Search(addresses: addresses, code: code)
    guard !addresses.isEmpty else { return search.found }
    var reader = header.program
    var address: UInt64 = 0
    var operation: UInt64 = 0
    var position = Position()
    var last = Row()
    var trigger = search.trigger
    // Most bytes of a program are special opcodes: divided once each, not at every byte.
    let opcodeBase = UInt8(header.opcodeBase)
    let specialSteps = specialSteps()
    let operationsMax = header.operationsMax
    let instructionBytes = header.instructionBytes

    @inline(__always)
    func advance(_ operations: UInt64) {
      guard operationsMax > 1 else {
        address &+= instructionBytes &* operations
        return
      }
      let sum = operation &+ operations
      address &+= instructionBytes &* (sum / operationsMax)
      operation = sum % operationsMax
    }

    // Whether all is found. Few rows have anything to do with an address looked for.
    @inline(__always)
    func row() -> Bool {
      if address >= trigger || address < last.address {
        search.arrive(at: address, after: last)
        trigger = search.trigger
        if search.isDone { return true }
      }
      last = Row(address: address, position: position)
      return false
    }

    while reader.remaining > 0 {
      let code = reader.integer(UInt8.self)
      if code >= opcodeBase {
        let step = specialSteps[Int(code)]
        advance(UInt64(step.operations))
        position.line &+= UInt64(bitPattern: Int64(step.lines))
        if row() { return search.found }
        continue
      }
      switch code {
      case 0:  // extended
        let length = reader.unsignedLEB()
        guard length > 0, length <= UInt64(reader.remaining) else { return search.found }
        let next = reader.offset + Int(length)
        switch reader.integer(UInt8.self) {
        case 1:  // end of sequence
          search.endSequence(at: address, after: last)
          if search.isDone { return search.found }
          trigger = search.trigger
          address = 0
          operation = 0
          position = Position()
        case 2:  // set address
          address = reader.address(bytes: length - 1)
          operation = 0
        default: break
        }
        reader.seek(to: next)
      case 1:  // copy
        if row() { return search.found }
      case 2: advance(reader.unsignedLEB())
      case 3: position.line &+= UInt64(bitPattern: reader.signedLEB())
      case 4: position.file = reader.unsignedLEB()
      case 5: position.column = reader.unsignedLEB()
      case 6, 7, 10, 11: break  // statement, basic block, prologue end, epilogue begin
      case 8: advance((255 - header.opcodeBase) / header.lineRange)
      case 9:
        address &+= UInt64(reader.integer(UInt16.self))
        operation = 0
      case 12: _ = reader.unsignedLEB()  // instruction set
      default:
        for _ in 0..<header.argumentCounts[Int(code)] { _ = reader.unsignedLEB() }
      }
    }
    return search.found
  }

  /// How far a special opcode goes (DWARF 5, section 6.2.5.1).
  private struct SpecialStep {
    var operations: Int32 = 0
    var lines: Int32 = 0
  }

  /// By opcode.
  private func specialSteps() -> [SpecialStep] {
    (0..<256).map { opcode in
      guard opcode >= header.opcodeBase else { return SpecialStep() }
      let (operations, lines) = (opcode - Int(header.opcodeBase))
        .quotientAndRemainder(dividingBy: Int(header.lineRange))
      return SpecialStep(
        operations: Int32(operations), lines: Int32(lines) + Int32(header.lineBase))
    }
  }

  /// Where a position begins; of rows at one address the last one counts.
  private struct Row {
    var address: UInt64 = 0
    var position = Position()
  }

  /// The addresses that are looked for, and what is known of them.
  private struct Search {
    let addresses: [UInt64]
    let code: [Range<UInt64>]
    private(set) var found: [Position?]
    /// A row at this address or a higher one has something to do with an address looked for, or
    /// begins a sequence.
    private(set) var trigger: UInt64 = 0
    /// How many addresses have no position yet.
    private var missing: Int
    /// Of the addresses, the first that the sequence has not come to.
    private var next = 0
    private var isInSequence = false
    private var isLive = false

    init(addresses: [UInt64], code: [Range<UInt64>]) {
      self.addresses = addresses
      self.code = code
      found = Array(repeating: nil, count: addresses.count)
      missing = addresses.count
    }

    var isDone: Bool { missing == 0 }

    /// Takes a row that a trigger was set for, or that goes backwards; it ends the one before it.
    @inline(never)
    mutating func arrive(at address: UInt64, after last: Row) {
      if isInSequence {
        if isLive { close(last, at: address) }
      } else {
        isInSequence = true
        isLive = code.containsAddress(address)
        if isLive { seek(to: address) }
        trigger = isLive ? trigger : .max
      }
    }

    /// Ends the last row of a sequence.
    @inline(never)
    mutating func endSequence(at address: UInt64, after last: Row) {
      if isInSequence, isLive { close(last, at: address) }
      isInSequence = false
      trigger = 0
    }

    private mutating func seek(to address: UInt64) {
      next = addresses.lowerBound(of: address)
      setTrigger()
    }

    /// A row ends behind the next address.
    private mutating func setTrigger() {
      trigger = next < addresses.count ? max(addresses[next], addresses[next] &+ 1) : .max
    }

    private mutating func close(_ row: Row, at end: UInt64) {
      // Addresses within a sequence only grow; a program that breaks this starts again.
      if end < row.address { seek(to: end) }
      while next < addresses.count, addresses[next] < end {
        if found[next] == nil, addresses[next] >= row.address {
          found[next] = row.position
          missing -= 1
        }
        next += 1
      }
      setTrigger()
    }
  }
}
