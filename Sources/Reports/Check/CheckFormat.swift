/// What a check is written in besides text and JSON.
public enum CheckFormat: String, Sendable, CaseIterable {
  /// What continuous integration reads as the results of tests.
  case junit
  /// What code scanning reads, as findings in source files.
  case sarif
  /// Annotations of a run of GitHub Actions.
  case github
}

extension CheckReport {
  /// Writes the limits in a format for another tool.
  public func write<Output: TextOutputStream>(
    _ format: CheckFormat, to output: inout Output, analyzerVersion: String
  ) {
    switch format {
    case .junit: writeJUnit(to: &output)
    case .sarif: writeSARIF(to: &output, analyzerVersion: analyzerVersion)
    case .github: writeAnnotations(to: &output)
    }
  }

  /// What is wrong with a limit, in a sentence.
  private func message(_ number: Int) -> String {
    let limit = limits[number]
    let culprit = culprit(of: number).map { frame in
      let line = frame.line.map { ":\($0)" } ?? ""
      let place = frame.file.map { " (\($0)\(line))" } ?? ""
      return "; most of it by \(frame.function)\(place)"
    }
    return "\(limit.limit.name) is \(measured(limit)), at most \(mostText(limit)) is allowed"
      + (culprit ?? "")
  }

  private var broken: [Int] { limits.indices.filter { limits[$0].isBroken } }

  // MARK: JUnit

  private func writeJUnit(to output: inout some TextOutputStream) {
    let reasons = reasons.joined(separator: " ")
    let errors = reasons.isEmpty ? 0 : limits.count
    let failures = reasons.isEmpty ? broken.count : 0
    output.write(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuite name="memtrace" tests="\(limits.count)" failures="\(failures)" errors="\(errors)">

      """)
    for (number, limit) in limits.enumerated() {
      output.write("  <testcase classname=\"memtrace\" name=\"\(Self.xml(limit.limit.name))\"")
      if errors > 0 {
        output.write("><error message=\"\(Self.xml(reasons))\"/></testcase>\n")
      } else if limit.isBroken {
        output.write("><failure message=\"\(Self.xml(message(number)))\"/></testcase>\n")
      } else {
        output.write("/>\n")
      }
    }
    output.write("</testsuite>\n")
  }

  /// As the value of an attribute; XML has no way to write most control characters.
  private static func xml(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\u{9}", "\u{A}", "\u{D}": result += "&#\(character.value);"
      case _ where character.value < 0x20 || character.value == 0xFFFE || character.value == 0xFFFF:
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  // MARK: SARIF

  private func writeSARIF<Output: TextOutputStream>(
    to output: inout Output, analyzerVersion: String
  ) {
    var text = ""
    var json = JSONWriter(text)
    json.object { json in
      json.member("$schema", "https://json.schemastore.org/sarif-2.1.0.json")
      json.member("version", "2.1.0")
      json.array("runs") { json in
        json.object { json in
          json.object("tool") { json in
            json.object("driver") { json in
              json.member("name", "memtrace-analyze")
              json.member("version", analyzerVersion)
            }
          }
          json.array("results") { json in writeResults(to: &json) }
        }
      }
    }
    json.finish()
    text = json.output
    output.write(text)
  }

  private func writeResults<Output>(to json: inout JSONWriter<Output>) {
    guard reasons.isEmpty else {
      json.object { json in
        json.member("ruleId", "memtrace/unknown")
        json.member("level", "error")
        json.object("message") { $0.member("text", reasons.joined(separator: " ")) }
      }
      return
    }
    for number in broken {
      json.object { json in
        json.member("ruleId", "memtrace/\(limits[number].limit.figure.rawValue)")
        json.member("level", "error")
        json.object("message") { $0.member("text", message(number)) }
        guard let frame = culprit(of: number), let file = frame.file else { return }
        json.array("locations") { json in
          json.object { json in
            json.object("physicalLocation") { json in
              json.object("artifactLocation") { $0.member("uri", Self.uri(file)) }
              if let line = frame.line ?? frame.lines.first {
                json.object("region") { $0.member("startLine", line) }
              }
            }
          }
        }
      }
    }
  }

  /// A path as a URI: relative if the path is.
  private static func uri(_ path: String) -> String {
    let kept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
    let escaped = path.utf8.map { byte in
      let character = Character(UnicodeScalar(byte))
      if kept.contains(character) { return String(character) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
    return path.hasPrefix("/") ? "file://" + escaped : escaped
  }

  // MARK: GitHub

  private func writeAnnotations(to output: inout some TextOutputStream) {
    guard reasons.isEmpty else {
      output.write("::error title=memtrace::\(Self.data(reasons.joined(separator: " ")))\n")
      return
    }
    for number in broken {
      let frame = culprit(of: number)
      var properties = ["title=memtrace"]
      if let file = frame?.file { properties.append("file=\(Self.property(file))") }
      if frame?.file != nil, let line = frame?.line ?? frame?.lines.first {
        properties.append("line=\(line)")
      }
      output.write(
        "::error \(properties.joined(separator: ","))::\(Self.data(message(number)))\n")
    }
  }

  /// As GitHub's workflow commands escape what follows the colons.
  private static func data(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
