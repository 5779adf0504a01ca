/// The rules in force as one JSON document.
public enum RulesJSON {
  /// Writes rules in their order; each part is of one file, or built in if it has no path.
  public static func write<Output>(
    _ parts: [(path: String?, rules: [FrameRule])], to json: inout JSONWriter<Output>,
    analyzerVersion: String
  ) {
    json.document("memtrace-rules", analyzerVersion: analyzerVersion) { json in
      json.array("rules") { json in
        for part in parts {
          for rule in part.rules {
            json.object(compact: true) { json in
              json.member("action", rule.action.rawValue)
              json.member("function", rule.function.text)
              json.member("module", rule.module?.text)
              json.member("language", rule.isForInterpretedCode ? "python" : nil)
              json.member("source", part.path)
            }
          }
        }
      }
    }
  }
}
