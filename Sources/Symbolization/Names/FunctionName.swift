/// A function's name as the linker knows it, and as people read it.
struct FunctionName: Equatable, Sendable {
  let linkageName: String
  let readable: String
  /// Tells the function from others of its name; `nil` when there can be none.
  var definition: FunctionDefinition?

  /// Both are given.
  init(linkageName: String, readable: String) {
    self.linkageName = linkageName
    self.readable = readable
  }

  /// Demangles the linker's name.
  init(_ text: UnsafeRawBufferPointer) {
    linkageName = String(decoding: text, as: UTF8.self)
    readable = Demangler.readable(linkageName)
  }
}
