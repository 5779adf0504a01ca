/// The version that `--version` prints and JSON reports carry.
enum Version {
  static let number = "0.1.0"
}
