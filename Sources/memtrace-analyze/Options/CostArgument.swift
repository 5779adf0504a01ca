import ArgumentParser
import Reports

extension CostKind: ExpressibleByArgument {
  /// Refuses to add up what has no sum.
  func checkAdditive() throws {
    if !isAdditive {
      throw ValidationError(
        "Stacks reach their own peaks at different moments: they do not add up.")
    }
  }
}

extension CostGrouping: ExpressibleByArgument {
  /// Checks whether groups can be told with all that they call.
  func check(inclusive: Bool, _ kind: CostKind) throws {
    guard inclusive else { return }
    if !hasFrames {
      throw ValidationError("--inclusive needs --group-by function, file, line or module.")
    }
    try kind.checkAdditive()
  }
}
