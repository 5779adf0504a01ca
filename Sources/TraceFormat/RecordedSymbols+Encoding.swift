import CTraceFormat

extension RecordedSymbols {
  /// The payloads of the chunks that hold these symbols, each of at most about `payloadBytes`.
  public func encoded(payloadBytes limit: Int = 8 << 20) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var builder = Builder()
    for module in modules { builder.add(module) }
    for address in addresses {
      if builder.byteCount > limit {
        payloads.append(builder.payload(of: self))
        builder = Builder()
      }
      builder.add(address)
    }
    payloads.append(builder.payload(of: self))
    return payloads
  }

  /// The columns of one chunk.
  private struct Builder {
    private var modules: [mt_symbol_module] = []
    private var addresses: [mt_symbol_address] = []
    private var frames: [mt_symbol_frame] = []
    private var lengths: [UInt32] = []
    private var text: [UInt8] = []
    private var numbers: [String: UInt32] = [:]

    /// Of the payload so far, the few of the modules not counted.
    var byteCount: Int { addresses.count * 16 + frames.count * 32 + lengths.count * 4 + text.count }

    mutating func add(_ module: Module) {
      var record = mt_symbol_module(
        module: module.module.rawValue, reason: 0, text: MT_SYMBOL_NONE, found: MT_SYMBOL_NONE,
        remedy: number(module.remedy), looked_up: UInt32(clamping: module.lookedUp),
        unresolved: UInt32(clamping: module.unresolved), reserved: 0)
      switch module.reason {
      case .missing: record.reason = MT_SYMBOL_MISSING.rawValue
      case .changed(let expected, let found):
        record.reason = MT_SYMBOL_CHANGED.rawValue
        record.text = number(expected)
        record.found = number(found)
      case .unreadable(let message):
        record.reason = MT_SYMBOL_UNREADABLE.rawValue
        record.text = number(message)
      case .stripped: record.reason = MT_SYMBOL_STRIPPED.rawValue
      case .noLines: record.reason = MT_SYMBOL_NO_LINES.rawValue
      }
      modules.append(record)
    }

    mutating func add(_ address: Address) {
      addresses.append(
        mt_symbol_address(
          address: address.address, module: address.module?.rawValue ?? 0,
          frames: UInt32(address.frames.count)))
      for frame in address.frames {
        frames.append(
          mt_symbol_frame(
            function: number(frame.function), linkage: number(frame.linkageName),
            file: number(frame.file), line: UInt32(clamping: frame.line ?? 0),
            column: UInt32(clamping: frame.column ?? 0), module: frame.module?.rawValue ?? 0,
            place: Self.place(of: frame),
            definition: frame.definition.map { number($0) + 1 } ?? 0))
      }
    }

    private static func place(of frame: Frame) -> UInt32 {
      let place: mt_symbol_place =
        frame.isCallee
        ? MT_SYMBOL_CALLEE : frame.isInlined ? MT_SYMBOL_INLINED : MT_SYMBOL_OUTERMOST
      return place.rawValue
    }

    private mutating func number(_ string: String?) -> UInt32 {
      guard let string else { return MT_SYMBOL_NONE }
      if let known = numbers[string] { return known }
      let number = UInt32(lengths.count)
      numbers[string] = number
      let before = text.count
      text.append(contentsOf: string.utf8)
      lengths.append(UInt32(text.count - before))
      return number
    }

    func payload(of symbols: RecordedSymbols) -> [UInt8] {
      var payload: [UInt8] = []
      payload.reserveCapacity(byteCount + modules.count * 32 + 32)
      let header = mt_symbols_header(
        modules: UInt32(modules.count), addresses: UInt32(addresses.count),
        frames: UInt32(frames.count), strings: UInt32(lengths.count),
        looked_up: UInt32(clamping: symbols.lookedUp),
        unresolved: UInt32(clamping: symbols.unresolved),
        outside: UInt32(clamping: symbols.outside), reserved: 0)
      withUnsafeBytes(of: header) { payload.append(contentsOf: $0) }
      modules.withUnsafeBytes { payload.append(contentsOf: $0) }
      addresses.withUnsafeBytes { payload.append(contentsOf: $0) }
      frames.withUnsafeBytes { payload.append(contentsOf: $0) }
      lengths.withUnsafeBytes { payload.append(contentsOf: $0) }
      return payload + text
    }
  }
}
