/// Which frames are the program's own, as far as what is built in for libraries must not speak for
/// them: code that the rules show, of modules that do not come with the system or an interpreter.
enum ProgramCode {
  /// Where the system's package manager puts libraries. What somebody builds goes elsewhere.
  private static let systemFolders = ["/lib/", "/lib32/", "/lib64/", "/usr/lib/", "/usr/lib64/"]

  /// CPython's own extension modules.
  private static let interpreterFolder = "/lib-dynload/"

  /// CPython's loop. It stands for Python code where that has no frames of its own.
  private static let interpreterLoops = ["_PyEval_EvalFrame", "PyEval_EvalFrame"]

  /// Whose code a frame is.
  enum Owner {
    case program, interpreted, library
  }

  static func owner(
    of rated: PresentedStacks.RatedFunction, showsInterpretedCode: Bool
  ) -> Owner {
    if rated.isMark { return .library }
    if !showsInterpretedCode, interpreterLoops.contains(where: rated.function.name.hasPrefix) {
      return .interpreted
    }
    guard rated.action == .show else { return .library }
    guard let path = rated.function.modulePath else { return .program }
    let isSystem =
      path.contains(interpreterFolder) || systemFolders.contains(where: path.hasPrefix)
    return isSystem ? .library : .program
  }
}
