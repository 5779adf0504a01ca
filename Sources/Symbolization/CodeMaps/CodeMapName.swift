/// Reads the names that runtimes put into a perf map.
enum CodeMapName {
  /// The frame for a name: `py::FUNCTION:FILE` (Python), `JS:~FUNCTION FILE:LINE:COLUMN` and
  /// `LazyCompile:*FUNCTION FILE:LINE` (V8), or any other text, which stands for itself.
  static func frame(_ name: String) -> SourceFrame {
    let bare = name.hasSuffix("\r") ? String(name.dropLast()) : name
    if bare.hasPrefix("py::") {
      let rest = bare.dropFirst(4)
      if let colon = rest.firstIndex(of: ":"), colon != rest.startIndex {
        return SourceFrame(
          function: String(rest[..<colon]), linkageName: bare,
          file: String(rest[rest.index(after: colon)...]))
      }
    }
    for prefix in ["JS:", "LazyCompile:", "Function:", "Script:", "Eval:"]
    where bare.hasPrefix(prefix) {
      return script(bare, bare.dropFirst(prefix.count))
    }
    return SourceFrame(function: bare, linkageName: bare)
  }

  /// V8 marks the tier of the code before the function's name.
  private static func script(_ name: String, _ rest: Substring) -> SourceFrame {
    let unmarked = rest.drop { "*~^+".contains($0) }
    let parts = unmarked.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    let function = parts[0].isEmpty ? "(anonymous)" : String(parts[0])
    guard parts.count == 2 else { return SourceFrame(function: function, linkageName: name) }
    var place = parts[1]
    var numbers: [Int] = []
    while numbers.count < 2, let colon = place.lastIndex(of: ":"),
      let number = Int(place[place.index(after: colon)...])
    {
      numbers.insert(number, at: 0)
      place = place[..<colon]
    }
    return SourceFrame(
      function: function, linkageName: name, file: place.isEmpty ? nil : String(place),
      line: numbers.first, column: numbers.count > 1 ? numbers[1] : nil)
  }
}
