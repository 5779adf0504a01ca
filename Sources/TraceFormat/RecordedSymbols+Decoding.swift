import CTraceFormat

extension RecordedSymbols {
  /// Reads the payload of one symbols chunk.
  ///
  /// - Throws: `TraceError` with an offset relative to `bytes`. Memory is bounded by the payload.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TraceError) -> RecordedSymbols {
    var reader = Reader(bytes: bytes)
    let header = try reader.take(mt_symbols_header.self, count: 1)[0]
    let modules = try reader.take(mt_symbol_module.self, count: header.modules)
    let addresses = try reader.take(mt_symbol_address.self, count: header.addresses)
    let frames = try reader.take(mt_symbol_frame.self, count: header.frames)
    let lengths = try reader.take(UInt32.self, count: header.strings)
    reader.strings = try lengths.map { length throws(TraceError) in try reader.text(length) }

    var symbols = RecordedSymbols()
    symbols.lookedUp = Int(header.looked_up)
    symbols.unresolved = Int(header.unresolved)
    symbols.outside = Int(header.outside)
    for module in modules { symbols.modules.append(try reader.module(module)) }
    symbols.addresses.reserveCapacity(addresses.count)
    var next = 0
    for address in addresses {
      guard address.frames > 0, Int(address.frames) <= frames.count - next else {
        throw damaged("an address of the symbols has \(address.frames) frames")
      }
      let end = next + Int(address.frames)
      let own = try frames[next..<end].map { frame throws(TraceError) in try reader.frame(frame) }
      next = end
      symbols.addresses.append(
        Address(module: id(address.module), address: address.address, frames: own))
    }
    return symbols
  }

  private static func id(_ number: UInt32) -> ModuleID? {
    number == 0 ? nil : ModuleID(rawValue: number)
  }

  private static func damaged(_ cause: String) -> TraceError {
    TraceError(kind: .damaged, cause: cause)
  }

  /// Takes columns off the front of a payload.
  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0
    var strings: [String] = []

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func take<Element: BitwiseCopyable>(
      _ type: Element.Type, count: UInt32
    ) throws(TraceError) -> [Element] {
      let stride = MemoryLayout<Element>.stride
      guard Int(count) <= (bytes.count - offset) / stride else {
        throw damaged("the symbols are shorter than they announce")
      }
      let start = offset
      offset += Int(count) * stride
      return (0..<Int(count)).map {
        bytes.loadUnaligned(fromByteOffset: start + $0 * stride, as: Element.self)
      }
    }

    mutating func text(_ length: UInt32) throws(TraceError) -> String {
      guard Int(length) <= bytes.count - offset else {
        throw damaged("the symbols are shorter than they announce")
      }
      defer { offset += Int(length) }
      return String(decoding: bytes[offset..<offset + Int(length)], as: UTF8.self)
    }

    func string(_ number: UInt32) throws(TraceError) -> String? {
      guard number != MT_SYMBOL_NONE else { return nil }
      guard Int(number) < strings.count else {
        throw damaged("the symbols name string \(number) of \(strings.count)")
      }
      return strings[Int(number)]
    }

    func frame(_ frame: mt_symbol_frame) throws(TraceError) -> Frame {
      guard let function = try string(frame.function) else {
        throw damaged("a function of the symbols has no name")
      }
      return Frame(
        function: function, linkageName: try string(frame.linkage), module: id(frame.module),
        file: try string(frame.file), line: frame.line == 0 ? nil : Int(frame.line),
        column: frame.column == 0 ? nil : Int(frame.column),
        isInlined: frame.place == MT_SYMBOL_INLINED.rawValue,
        definition: frame.definition == 0 ? nil : try string(frame.definition - 1),
        isCallee: frame.place == MT_SYMBOL_CALLEE.rawValue)
    }

    func module(_ module: mt_symbol_module) throws(TraceError) -> Module {
      let text = try string(module.text) ?? ""
      let reason: Reason
      switch mt_symbol_reason(rawValue: module.reason) {
      case MT_SYMBOL_MISSING: reason = .missing
      case MT_SYMBOL_CHANGED:
        reason = .changed(expected: text, found: try string(module.found) ?? "")
      case MT_SYMBOL_UNREADABLE: reason = .unreadable(text)
      case MT_SYMBOL_STRIPPED: reason = .stripped
      case MT_SYMBOL_NO_LINES: reason = .noLines
      default: throw damaged("the symbols give reason \(module.reason), which is none")
      }
      return Module(
        module: ModuleID(rawValue: module.module), reason: reason,
        lookedUp: Int(module.looked_up), unresolved: Int(module.unresolved),
        remedy: try string(module.remedy))
    }
  }
}
