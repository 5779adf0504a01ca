/// Whose `malloc` a program calls. A definition in the program comes before any preloaded library's.
enum Allocator: Equatable {
  /// That of a library, in front of which the recorder's can be.
  case libraries
  /// The program's own, which has a way to ask the next one: what it hands on is recorded.
  case wrapper
  /// The program's own, which serves all blocks itself.
  case own

  init(ofProgramWith symbols: DynamicSymbols) {
    let waysOn = ["dlsym", "dlvsym", "__libc_malloc"]
    if !symbols.defines("malloc") {
      self = .libraries
    } else {
      self = waysOn.contains(where: symbols.mentions) ? .wrapper : .own
    }
  }

  /// What a user should know before the program starts; nil if that is nothing.
  var note: String? {
    switch self {
    case .libraries: nil
    case .wrapper:
      "contains a malloc of its own; only blocks that it takes from the next malloc are traced"
    case .own: "contains a malloc of its own, whose blocks cannot be traced"
    }
  }
}
