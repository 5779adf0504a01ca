/// The page's own code, built into the program: markup, style and script. The script is modules in small
/// files; here they become one, as browsers load no modules from files on a disk.
///
/// Modules import each other by lines such as `import { a } from "./b.mjs";`, and export declarations
/// by an `export` before them. All names at the top of a module are in one scope then, so they are
/// distinct. No module imports another under another name.
package enum PageSource {
  package static let body = text(PackageResources.page_html)
  package static let style = text(PackageResources.page_css)
  package static let script = joined(from: "main.mjs", of: modules)

  private static let modules = [
    "calls.mjs": text(PackageResources.calls_mjs),
    "chart.mjs": text(PackageResources.chart_mjs),
    "colours.mjs": text(PackageResources.colours_mjs),
    "decode.mjs": text(PackageResources.decode_mjs),
    "dom.mjs": text(PackageResources.dom_mjs),
    "flame.mjs": text(PackageResources.flame_mjs),
    "flamepanel.mjs": text(PackageResources.flamepanel_mjs),
    "flameview.mjs": text(PackageResources.flameview_mjs),
    "format.mjs": text(PackageResources.format_mjs),
    "groups.mjs": text(PackageResources.groups_mjs),
    "head.mjs": text(PackageResources.head_mjs),
    "main.mjs": text(PackageResources.main_mjs),
    "names.mjs": text(PackageResources.names_mjs),
    "source.mjs": text(PackageResources.source_mjs),
    "state.mjs": text(PackageResources.state_mjs),
    "tables.mjs": text(PackageResources.tables_mjs),
    "tableview.mjs": text(PackageResources.tableview_mjs),
    "times.mjs": text(PackageResources.times_mjs),
    "views.mjs": text(PackageResources.views_mjs),
    "windows.mjs": text(PackageResources.windows_mjs),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// A module with all that it imports, directly or not, before it, each once.
  static func joined(from name: String, of modules: [String: String]) -> String {
    var done: Set<String> = []
    var script = ""
    func add(_ name: String) {
      guard done.insert(name).inserted else { return }
      guard let source = modules[name] else { preconditionFailure("there is no module \(name)") }
      var own = ""
      for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
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
