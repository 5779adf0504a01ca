/// What a list of packages says of one of them (deb822(5)): lines of a field's name, a colon and
/// its value.
struct PackageStanza {
  let name: String
  private let fields: [String: String]

  /// The first line of a field.
  subscript(field: String) -> String? { fields[field] }

  /// Gives every package of a text whose name is wanted, in its order. Lists are tens of megabytes
  /// long: nothing else of them is looked at.
  static func each(
    in text: [UInt8], where isWanted: (String) -> Bool, _ body: (PackageStanza) -> Void
  ) {
    text.withUnsafeBytes { text in
      var reader = SectionReader(text)
      while let line = line(&reader) {
        guard line.starts(with: "Package: ".utf8) else { continue }
        let name = String(decoding: line.dropFirst("Package: ".utf8.count), as: UTF8.self)
        guard isWanted(name) else { continue }
        var fields: [String: String] = [:]
        while let line = Self.line(&reader), !line.isEmpty {
          let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
          // What begins with a blank goes on with the field above.
          guard parts.count == 2, line[0] != UInt8(ascii: " ") else { continue }
          fields[String(decoding: parts[0], as: UTF8.self)] =
            String(decoding: parts[1].drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
        }
        body(PackageStanza(name: name, fields: fields))
      }
    }
  }

  /// The next line without its end; `nil` behind the last one.
  private static func line(_ reader: inout SectionReader) -> UnsafeRawBufferPointer? {
    reader.remaining > 0 ? reader.text(endingIn: UInt8(ascii: "\n")) : nil
  }
}
