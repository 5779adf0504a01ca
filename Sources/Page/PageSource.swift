import CPageFiles

/// The page's own code, built into the program: markup, style and script. The script is modules in small
/// files; here they become one, as browsers load no modules from files on a disk.
///
/// Modules import each other by lines such as `import { a } from "./b.mjs";`, and export declarations
/// by an `export` before them. All names at the top of a module are in one scope then, so they are
/// distinct. No module imports another under another name.
package enum PageSource {
  package static let body = file("page.html")
  package static let style = file("page.css")
  package static let script = joined(from: "main.mjs")

  private static func file(_ name: String) -> String {
    guard let text = mt_page_file(name) else { preconditionFailure("there is no file \(name)") }
    return String(cString: text)
  }

  /// A module with all that it imports, directly or not, before it, each once.
  private static func joined(from name: String) -> String {
    var done: Set<String> = []
    var script = ""
    func add(_ name: String) {
      guard done.insert(name).inserted else { return }
      var own = ""
      for line in file(name).split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasPrefix("import "), let start = line.firstRange(of: "\"./")?.upperBound,
          let end = line[start...].firstIndex(of: "\"")
        {
          add(String(line[start..<end]))
        } else {
          own += (line.hasPrefix("export ") ? line.dropFirst(7) : line) + "\n"
        }
      }
      script += own
    }
    add(name)
    return script
  }
}
