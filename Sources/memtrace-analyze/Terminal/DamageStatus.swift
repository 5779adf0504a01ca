import ArgumentParser
import TraceFormat

/// Turns damage of a trace into the exit status, after its report was written.
enum DamageStatus {
  /// - Throws: an exit code of 65 if the report covers only a part of the trace.
  static func check(_ damage: [TraceDamage]) throws {
    if !damage.isEmpty { throw ExitCode(ExitStatus.dataError.rawValue) }
  }
}
