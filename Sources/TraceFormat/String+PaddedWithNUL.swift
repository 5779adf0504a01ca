extension String {
  /// Text up to the first NUL; undecodable bytes are replaced.
  init(paddedWithNUL bytes: UnsafeRawBufferPointer) {
    self.init(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}
