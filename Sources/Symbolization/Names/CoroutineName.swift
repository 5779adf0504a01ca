// The parts of C++ coroutines. Compilers cut a coroutine in a function that makes its frame and
// others that run, resume and destroy it; in the source they are one function.

/// Reads the demangled names of the parts.
enum CoroutineName {
  /// What clang appends to the function's name.
  private static let clangParts = [".resume", ".destroy", ".cleanup"]
  /// What GCC appends to a name whose parameter is the coroutine's frame.
  private static let gccParts = [".actor", ".destroy"]

  /// Whether a linker's name is that of a part.
  static func isPart(_ linkageName: String) -> Bool {
    linkageName.hasPrefix("_Z") && (clangParts + gccParts).contains { linkageName.hasSuffix($0) }
  }

  /// The name of the coroutine that a part belongs to: `app::load(int)` of clang's
  /// `app::load(int) [clone .resume]` and of GCC's
  /// `app::load(app::load(int)::_ZN3app4loadEi.Frame*) [clone .actor]`; `nil` for other functions.
  static func wholeFunction(_ name: String, demangle: (String) -> String?) -> String? {
    guard name.hasSuffix("]"), let clone = name.ranges(of: " [clone ").last else { return nil }
    let part = name[clone.upperBound...].dropLast()
    let function = name[..<clone.lowerBound]
    if gccParts.contains(String(part)), let frame = function.ranges(of: ".Frame*)").last,
      let start = function[..<frame.lowerBound].ranges(of: "::_Z").last
    {
      let mangled = function[function.index(start.lowerBound, offsetBy: 2)..<frame.lowerBound]
      return demangle(String(mangled))
    }
    return clangParts.contains(String(part)) ? String(function) : nil
  }
}
