import ArgumentParser

/// Checks what several commands call `--limit`.
enum LimitValidation {
  static func check(_ limit: Int) throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1.") }
  }
}
