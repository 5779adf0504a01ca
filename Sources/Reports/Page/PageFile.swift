/// A page as one HTML file: style, script and data in it, nothing beside it.
///
/// Nothing of a trace is markup: all data is one base64 text, which the script turns into text nodes.
/// The policy in the head lets the browser run this script and apply this style alone, by their
/// digests, and load nothing.
package struct PageFile {
  /// What is the same in every page.
  package struct Shell {
    let body: String
    let style: String
    let script: String

    package init(body: String, style: String, script: String) {
      self.body = body
      self.style = style
      self.script = script
    }
  }

  private let shell: Shell
  private let generator: String

  package init(_ shell: Shell, analyzerVersion: String) {
    self.shell = shell
    generator = "memtrace-analyze \(analyzerVersion)"
  }

  /// What a page takes beside its data.
  package var shellBytes: Int { text(data: []).count }

  /// The file; `packed` is gzip.
  package func text(data packed: [UInt8]) -> [UInt8] {
    let policy =
      "default-src 'none'; script-src '\(Self.digest(shell.script))'; "
      + "style-src '\(Self.digest(shell.style))'; base-uri 'none'; form-action 'none'"
    var bytes = Array(
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="generator" content="\(generator)">
      <title>memtrace report</title>
      <style>\(shell.style)</style>
      </head>
      <body>
      \(shell.body)
      <script type="application/octet-stream" id="data">
      """.utf8)
    bytes += Base64.encoded(packed)
    bytes += Array(
      """
      </script>
      <script type="module">\(shell.script)</script>
      </body>
      </html>

      """.utf8)
    return bytes
  }

  private static func digest(_ text: String) -> String {
    let digest = SHA256.digest(Array(text.utf8))
    return "sha256-" + String(decoding: Base64.encoded(digest), as: UTF8.self)
  }
}
