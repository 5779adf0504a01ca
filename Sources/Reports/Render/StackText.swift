/// Lays out one stack for a terminal: a line for each frame, names on the left, places beside
/// them, recursion folded up, the uninteresting rest left out.
struct StackText {
  let style: TextStyle

  /// What a line says: a function and its place, or how much was left out.
  private struct Line {
    var name: String
    var place: String
    /// How many frames in a row look like this.
    var repetitions = 1
    var isOmission = false
  }

  /// Writes a stack, innermost frame first, each line led by `indent` spaces.
  func write(
    _ frames: [PresentedFrame], to output: inout some TextOutputStream, indent: Int
  ) {
    let lines = layOut(frames)
    let available = style.width - indent
    let placeWidth = min(
      lines.reduce(0) { max($0, SafeText.columns($1.place)) }, available * 2 / 5)
    let shortener = NameShortener(columns: available - placeWidth - 2)
    let names = lines.map { line in
      let suffix = line.repetitions > 1 ? " (× \(Quantity.grouped(line.repetitions)))" : ""
      guard !line.isOmission else { return line.name }
      let room = NameShortener(columns: shortener.columns - SafeText.columns(suffix))
      return room.shortened(line.name) + suffix
    }
    let nameWidth = names.reduce(0) { max($0, SafeText.columns($1)) }
    let margin = TextTable.spaces(indent)
    for (index, line) in lines.enumerated() {
      let name = names[index]
      let decorated = line.isOmission ? style.faint(name) : index == 0 ? style.strong(name) : name
      if line.place.isEmpty {
        output.write("\(margin)\(decorated)\n")
      } else {
        let padding = TextTable.spaces(nameWidth - SafeText.columns(name) + 2)
        let place = NameShortener(columns: max(placeWidth, NameShortener.minimumColumns))
          .shortened(line.place)
        output.write("\(margin)\(decorated)\(padding)\(style.faint(place))\n")
      }
    }
  }

  private func layOut(_ frames: [PresentedFrame]) -> [Line] {
    guard !frames.isEmpty else {
      return [Line(name: "[no stack recorded]", place: "", isOmission: true)]
    }
    var lines: [Line] = []
    for frame in withoutStartCode(frames) {
      let line = Line(
        name: SafeText.sanitized(frame.function), place: SafeText.sanitized(Self.place(of: frame)))
      if let last = lines.last, last.name == line.name, last.place == line.place {
        lines[lines.count - 1].repetitions += 1
      } else {
        lines.append(line)
      }
    }
    guard lines.count > max(2, style.stackLines), let outermost = lines.last else { return lines }
    // The outermost frame stays: it tells the main thread from a worker.
    let kept = lines.prefix(max(2, style.stackLines) - 2)
    let omitted = lines[kept.count..<(lines.count - 1)].reduce(0) { $0 + $1.repetitions }
    let omission = Line(
      name: "… \(Quantity.counted(omitted, "frame"))", place: "", isOmission: true)
    return Array(kept) + [omission, outermost]
  }

  /// What the C library runs before `main`, or before a thread's function, is the same in every
  /// program; a stack of nothing else is left whole.
  private func withoutStartCode(_ frames: [PresentedFrame]) -> ArraySlice<PresentedFrame> {
    if let main = frames.lastIndex(where: { $0.function == "main" }) { return frames[...main] }
    guard let last = frames.lastIndex(where: { !Self.startCode.contains($0.function) }) else {
      return frames[...]
    }
    return frames[...last]
  }

  private static let startCode: Set = [
    "_start", "__libc_start_main", "__libc_start_main_impl", "__libc_start_call_main",
    "start_thread", "clone", "clone3", "__clone", "__clone3",
  ]

  /// The source line, else the module, of a frame; empty if a name like `module+0x10` says it.
  private static func place(of frame: PresentedFrame) -> String {
    let inlined = frame.isInlined ? " (inlined)" : ""
    if let file = frame.file {
      return PresentedFrame.baseName(file) + (frame.line.map { ":\($0)" } ?? "") + inlined
    }
    guard let module = frame.moduleName, !frame.function.hasPrefix(module + "+0x") else {
      return ""
    }
    return module + inlined
  }
}
