/// Words that were meant as commands.
enum MistypedCommand {
  /// What to say of a word that is neither a command nor a file; nil if it is like no command.
  static func failure(_ word: String) -> CommandFailure? {
    guard let command = command(like: word) else { return nil }
    return CommandFailure(
      "there is no file \(word), and no such command; did you mean \(command)?", status: .usage)
  }

  /// The command that a word is most like, if it may be a slip of the hand.
  private static func command(like word: String) -> String? {
    guard word.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
    let commands = MemtraceAnalyze.configuration.subcommands.compactMap {
      $0.configuration.commandName
    }
    let near = commands.map { (name: $0, distance: distance(word.lowercased(), $0)) }
      .min { $0.distance < $1.distance }
    return near.flatMap { $0.distance <= max(1, $0.name.count / 3) ? $0.name : nil }
  }

  /// How many letters must be added, left out, changed or exchanged with the next to make one word
  /// of another (Levenshtein's distance with adjacent transpositions).
  private static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [Array(0...right.count)]
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        var best = min(
          rows[i][j] + (left[i] == right[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
