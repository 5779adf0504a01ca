import Aggregation
import TraceFormat

/// What the functions, files, modules and threads of one trace are known by in another trace, from
/// the strictest to the most lenient.
struct ComparedNames {
  typealias Names = (build: String, module: String, name: String, plainName: String)

  private let buildOfPath: [String: String]
  private let executable: String
  /// By thread: its name and how many of that name came before.
  private let threads: [ThreadID: String]

  init(_ profile: HeapProfile) {
    buildOfPath = Dictionary(
      profile.modules.map { ($0.path, $0.buildIDText) }, uniquingKeysWith: { first, _ in first })
    executable = profile.process.executable
    var seen: [String: Int] = [:]
    var threads: [ThreadID: String] = [:]
    for thread in profile.threads {
      // The first thread goes by the program's name, which may differ between versions.
      let name = thread.id.rawValue == 1 ? "" : thread.name
      threads[thread.id] = "\(name)#\(seen[name, default: 0])"
      seen[name, default: 0] += 1
    }
    self.threads = threads
  }

  /// A function goes by its name; where it has none by its place, which means something in its own
  /// build alone: to other builds it is some code of its module.
  func names(function: String, modulePath path: String?) -> Names {
    let build = path.flatMap { buildOfPath[$0] } ?? ""
    let module = path.map(role(ofModule:)) ?? ""
    let exact = "\(function)\u{0}\(module)\u{0}\(build)"
    if let path, function.hasPrefix(PresentedFrame.baseName(path) + "+0x") {
      return (exact, exact, exact, module + "+")
    }
    let name = Self.withoutCloneSuffix(function)
    return (exact, "\(name)\u{0}\(module)", name, FunctionName.plain(name))
  }

  func names(_ label: CostGroup.Label) -> Names {
    switch label {
    case .thread(let id, _): return Self.same(threads[id] ?? "#\(id.rawValue)")
    case .size(let bytes): return Self.same(String(bytes))
    case .frame(let label):
      if let file = label.file {
        let line = label.line.map { ":\($0)" } ?? ""
        let ends = [2, 1].map { Self.end(of: file, parts: $0) + line }
        return (file + line, ends[0], ends[1], ends[1])
      }
      guard let path = label.module, label.function == nil else {
        return names(function: label.function ?? "", modulePath: label.module)
      }
      // A module goes by its name up to its version: libfoo.so.1 was libfoo.so.2.
      let module = role(ofModule: path)
      let end = module.firstRange(of: ".so.")?.lowerBound ?? module.endIndex
      let name = String(module[..<end])
      return ("\(module)\u{0}\(buildOfPath[path] ?? "")", module, name, name)
    }
  }

  private static func same(_ name: String) -> Names { (name, name, name, name) }

  /// A module's base name; the program's own file is itself under whatever name.
  private func role(ofModule path: String) -> String {
    path == executable ? "[program]" : PresentedFrame.baseName(path)
  }

  private static func end(of path: String, parts: Int) -> String {
    path.split(separator: "/").suffix(parts).joined(separator: "/")
  }

  /// Compilers name the copies that they make of a function: `grow.constprop.0`, demangled
  /// `grow(int) [clone .constprop.0]`.
  private static func withoutCloneSuffix(_ name: String) -> String {
    guard name.contains(".") else { return name }
    if let clone = name.firstRange(of: " [clone ") { return String(name[..<clone.lowerBound]) }
    let kinds: Set<Substring> = ["constprop", "isra", "part", "cold", "lto_priv", "llvm"]
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let first = parts.dropFirst().firstIndex(where: kinds.contains),
      parts[first...].allSatisfy({ kinds.contains($0) || Int($0) != nil })
    else { return name }
    return parts[..<first].joined(separator: ".")
  }
}
