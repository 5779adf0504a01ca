extension SourceFrame {
  /// The frame of an address without a symbol: `module+0xoffset`, or `0xoffset` outside of every
  /// module. Code of an assembler source may have a line without a symbol.
  static func unresolved(
    moduleName: String?, module: ModuleImage.ID?, offset: UInt64,
    position: SourcePosition = SourcePosition()
  ) -> SourceFrame {
    let hexadecimal = "0x" + String(offset, radix: 16)
    let function = moduleName.map { "\($0)+\(hexadecimal)" } ?? hexadecimal
    return SourceFrame(
      function: function, module: module, file: position.file, line: position.line,
      column: position.column)
  }
}
