import ArgumentParser

/// Checks what several commands call `--limit`.
enum LimitValidation {
  static func check(_ limit: Int) throws {
    if limit < 0 { throw ValidationError("--limit must not be negative; 0 is all.") }
  }

  /// How many entries a limit means: 0 is all.
  static func count(_ limit: Int) -> Int { limit == 0 ? .max : limit }
}
