/// What the exit status tells a script.
enum ExitStatus: Int32 {
  case success = 0
  /// `check`: a limit is broken.
  case broken = 1
  /// The command line is wrong, or the file it names is not there; of `check`: it cannot judge.
  case usage = 2
  /// `leaks --fail-on-leak` or `growth --fail-on-growth` found some: LeakSanitizer's status.
  case found = 23
  /// The file is no trace, of a newer version, or damaged (`EX_DATAERR`).
  case dataError = 65
  /// The report could not be written (`EX_IOERR`).
  case outputError = 74
}
