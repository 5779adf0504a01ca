import Glibc

/// An environment for a program: variables in their order, each name once.
struct Environment {
  private(set) var entries: [String]

  /// The environment of this very process.
  static func inherited() -> Environment {
    var entries: [String] = []
    var cursor = environ
    while let entry = cursor.pointee {
      entries.append(String(cString: entry))
      cursor += 1
    }
    return Environment(entries: entries)
  }

  init(entries: [String]) {
    self.entries = entries
  }

  subscript(name: String) -> String? {
    get {
      let lead = name + "="
      return entries.first { $0.hasPrefix(lead) }.map { String($0.dropFirst(lead.count)) }
    }
    set {
      let lead = name + "="
      let place = entries.firstIndex { $0.hasPrefix(lead) }
      switch (place, newValue) {
      case (let place?, let value?): entries[place] = lead + value
      case (let place?, nil): entries.remove(at: place)
      case (nil, let value?): entries.append(lead + value)
      case (nil, nil): break
      }
    }
  }

  /// Puts a library before those that the user preloads: the hooks then come first, and a
  /// preloaded allocator is the next one in line.
  ///
  /// The loader splits LD_PRELOAD at blanks, without any quoting, but not the folders that it
  /// searches: a library in a folder with a blank is named by its bare name.
  mutating func preload(_ library: String) {
    var word = library[...]
    if library.contains(" "), let slash = library.lastIndex(of: "/") {
      word = library[library.index(after: slash)...]
      append(String(library[..<slash]), to: "LD_LIBRARY_PATH")
    }
    let others = self["LD_PRELOAD"].flatMap { $0.isEmpty ? nil : $0 }
    self["LD_PRELOAD"] = others.map { "\(word):\($0)" } ?? String(word)
  }

  private mutating func append(_ folder: String, to name: String) {
    let others = self[name].flatMap { $0.isEmpty ? nil : $0 }
    self[name] = others.map { "\($0):\(folder)" } ?? folder
  }
}
