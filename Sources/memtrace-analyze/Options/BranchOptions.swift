import ArgumentParser

/// Which branches of a tree are worth a line.
struct BranchOptions: ParsableArguments {
  @Option(
    name: .customLong("min-percent"),
    help: ArgumentHelp("Leave out branches with less of the whole.", valueName: "percent"))
  var minimumPercent = 1.0

  func validate() throws {
    if !(0...100).contains(minimumPercent) {
      throw ValidationError("--min-percent must be between 0 and 100.")
    }
  }
}
