/// Lays out one stack for a terminal: a line for each frame, names on the left, places beside
/// them, recursion folded up, the uninteresting rest left out.
///
/// The first frame of the program's own stands out: it is where a reader can change something.
struct StackText {
  let style: TextStyle

  /// What a line says: a function and its place, or how much was left out.
  private struct Line {
    var name: String
    var place: String
    /// What follows the name and is not shortened.
    var suffix = ""
    /// How many frames in a row look like this.
    var repetitions = 1
    var isOmission = false
    var isLibrary = false
    var isOwn = false
  }

  /// One line that tells a stack from others: its innermost function and the first of the
  /// program's own.
  func reference(to frames: [PresentedFrame], columns: Int) -> String {
    guard let innermost = frames.first else { return "[no stack recorded]" }
    let name = SafeText.sanitized(innermost.distinctName)
    guard let own = frames.firstIndex(where: { !$0.isLibrary }), own > 0 else {
      return style.strong(NameShortener(columns: columns).shortened(name))
    }
    let arrow = own > 1 ? " ← … ← " : " ← "
    let ownName = NameShortener(columns: columns / 2)
      .shortened(SafeText.sanitized(frames[own].distinctName))
    let room = columns - SafeText.columns(ownName) - SafeText.columns(arrow)
    return NameShortener(columns: room).shortened(name) + arrow + style.strong(ownName)
  }

  /// One line for where a cost comes from: what the program's own first function called to allocate,
  /// and that function; right of them its place and what more there is to say, as far as there is room
  /// for it beside the functions' own names.
  func origin(
    _ frames: [PresentedFrame], place: String, blocks: String, stacks: String, columns: Int
  ) -> String {
    func joined(_ parts: [String]) -> String {
      parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
    let place = NameShortener.cut(SafeText.sanitized(place), to: 24)
    let details = [joined([blocks, stacks]), stacks]
    var plain = style
    plain.isDecorated = false
    let choices = [
      (place, details[0]), ("", details[0]), (place, details[1]), ("", details[1]), (place, ""),
    ]
    let fitting = choices.compactMap { place, detail -> (beside: String, room: Int, isCut: Bool)? in
      let beside = [place, detail].filter { !$0.isEmpty }.map { "  " + $0 }.joined()
      let room = columns - SafeText.columns(beside)
      guard room >= 20 else { return nil }
      let name = StackText(style: plain).reference(to: frames, columns: room)
      guard SafeText.columns(name) <= room else { return nil }
      return (beside, room, Self.isCutWithinName(name))
    }
    // That one function stands for many stacks is always said.
    guard
      let chosen = fitting.first(where: { !$0.isCut && $0.beside.hasSuffix(stacks) })
        ?? fitting.first
    else {
      return reference(to: frames, columns: columns)
    }
    return reference(to: frames, columns: chosen.room) + style.faint(chosen.beside)
  }

  /// Whether of one of the names of a reference not even the last component is whole.
  private static func isCutWithinName(_ reference: String) -> Bool {
    reference.split(separator: " ← ").contains {
      $0.hasPrefix("…") && $0 != "…" && !$0.contains("::")
    }
  }

  /// Writes a stack, innermost frame first, each line led by `indent` spaces.
  func write(
    _ frames: [PresentedFrame], to output: inout some TextOutputStream, indent: Int
  ) {
    let lines = layOut(frames)
    let available = style.width - indent
    let placeWidth = min(
      lines.reduce(0) { max($0, SafeText.columns($1.place)) }, max(32, available * 2 / 5))
    let names = lines.map { line in
      guard !line.isOmission else { return line.name }
      let suffix =
        line.suffix
        + (line.repetitions > 1 ? " (× \(Quantity.grouped(line.repetitions)))" : "")
      let room = NameShortener(
        columns: available - placeWidth - 2 - SafeText.columns(suffix))
      return room.shortened(line.name) + suffix
    }
    let nameWidth = names.reduce(0) { max($0, SafeText.columns($1)) }
    let places = NameShortener(columns: placeWidth)
    let margin = TextTable.spaces(indent)
    for (line, name) in zip(lines, names) {
      let decorated =
        line.isOwn
        ? style.strong(name) : line.isOmission || line.isLibrary ? style.faint(name) : name
      output.write(margin + decorated)
      if !line.place.isEmpty {
        output.write(TextTable.spaces(nameWidth - SafeText.columns(name) + 2))
        output.write(style.faint(places.shortened(line.place)))
      }
      output.write("\n")
    }
  }

  private func layOut(_ frames: [PresentedFrame]) -> [Line] {
    guard !frames.isEmpty else {
      return [Line(name: "[no stack recorded]", place: "", isOmission: true)]
    }
    var lines: [Line] = []
    for frame in frames {
      let line = Line(
        name: SafeText.sanitized(frame.function), place: SafeText.sanitized(Self.place(of: frame)),
        suffix: Self.suffix(of: frame), isLibrary: frame.isLibrary)
      if let last = lines.last, last.name == line.name, last.place == line.place,
        last.suffix == line.suffix
      {
        lines[lines.count - 1].repetitions += 1
      } else {
        lines.append(line)
      }
    }
    let own = lines.firstIndex { !$0.isLibrary } ?? 0
    lines[own].isOwn = true
    return selected(lines, own: own)
  }

  /// As many lines as the style allows: the innermost ones, the program's own first one and its
  /// callers, and the outermost one, which tells the main thread from a worker.
  private func selected(_ lines: [Line], own: Int) -> [Line] {
    let limit = max(4, style.stackLines)
    guard lines.count > limit else { return lines }
    let outermost = lines.count - 1
    var kept: [Int]
    if own < limit - 2 {
      kept = Array(0..<(limit - 2))
    } else {
      // Half of the lines for the program's own frames, the rest for how they came to allocate;
      // a line of its own says what is left out between them, and before the outermost.
      let callers = min(outermost - own, (limit - 2) / 2)
      let omissions = own + callers < outermost ? 2 : 1
      kept = Array(0..<(limit - 1 - callers - omissions)) + Array(own..<(own + callers))
    }
    kept.append(outermost)
    var result: [Line] = []
    var next = 0
    for index in kept {
      if index > next {
        let omitted = lines[next..<index].reduce(0) { $0 + $1.repetitions }
        result.append(
          Line(name: "… \(Quantity.counted(omitted, "frame"))", place: "", isOmission: true))
      }
      result.append(lines[index])
      next = index + 1
    }
    return result
  }

  /// Lines of a frame that stands for several calls; more of them say little.
  private static let shownLines = 4

  private static func lines(of frame: PresentedFrame) -> String {
    if let line = frame.line { return ":\(line)" }
    guard !frame.lines.isEmpty else { return "" }
    let shown = frame.lines.prefix(shownLines).map(String.init).joined(separator: ",")
    return ":\(shown)" + (frame.lines.count > shownLines ? ",…" : "")
  }

  /// A line tells functions of one name apart by itself.
  private static func suffix(of frame: PresentedFrame) -> String {
    let distinction = frame.line == nil ? frame.distinction : nil
    return (distinction.map { " (\(SafeText.sanitized($0)))" } ?? "")
      + (frame.isRecursive ? " (recursive)" : "")
  }

  /// The source line, else the module, of a frame; empty if a name like `module+0x10` says it.
  static func place(of frame: PresentedFrame) -> String {
    let inlined = frame.isInlined ? " (inlined)" : ""
    if let file = frame.file {
      return PresentedFrame.baseName(file) + lines(of: frame) + inlined
    }
    guard let module = frame.moduleName, !frame.function.hasPrefix(module + "+0x") else {
      return ""
    }
    return module + inlined
  }
}
