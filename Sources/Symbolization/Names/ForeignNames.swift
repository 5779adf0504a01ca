// Names that compilers make without a published mangling: gfortran's of module procedures, and those
// of the C functions that Cython writes for Python functions.

/// Reads the names of Fortran module procedures and of Cython's functions.
enum ForeignNames {
  /// What Cython puts before the scopes of a function: its wrapper, its implementation, and a `cdef`
  /// function, of which a `cpdef` one has a wrapper too.
  private static let cythonPrefixes = ["__pyx_pw_", "__pyx_pf_", "__pyx_f_", "__pyx_gb_"]
  /// What makes and reads objects of a `cdef` class, and the name that Python has for it; of a property
  /// its own.
  private static let cythonMembers = [
    ("__pyx_tp_new_vectorcall_", ".__new__"), ("__pyx_tp_new__initialisation_", ".__new__"),
    ("__pyx_tp_new_", ".__new__"), ("__pyx_tp_vectorcall_", ".__call__"),
    ("__pyx_getprop_", ""), ("__pyx_setprop_", ""),
  ]

  /// Whether a name that begins with two underscores may be one of these.
  static func mayRead(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    name.count > 7 && name[2] != UInt8(ascii: "_")
  }

  /// `solver::step` of `__solver_MOD_step`, `fast.Grid.fill` of `__pyx_pw_4fast_4Grid_3fill`; `nil`
  /// for other names.
  static func readable(_ name: String) -> String? {
    name.hasPrefix("__pyx_") ? cython(name) : fortran(name.dropFirst(2))
  }

  /// The same of a function whose module Cython has written in C++: its parameters are Cython's own.
  static func readableCython(_ function: String) -> String? {
    guard function.hasPrefix("__pyx_") else { return nil }
    return cython(String(function.prefix { $0 != "(" }))
  }

  private static func cython(_ name: String) -> String? {
    let (name, suffix) = withoutCloneSuffix(withoutVariant(name))
    if let prefix = cythonPrefixes.first(where: { name.hasPrefix($0) }) {
      return cython(name.dropFirst(prefix.count), isNumbered: prefix != "__pyx_f_")
        .map { $0 + suffix }
    }
    guard let (prefix, member) = cythonMembers.first(where: { name.hasPrefix($0.0) }) else {
      return nil
    }
    return cython(name.dropFirst(prefix.count), isNumbered: false).map { $0 + member + suffix }
  }

  /// Cython writes a function with fused types once for each of them, `__pyx_fuse_0_1` before its name,
  /// and an entry of its own for each special method.
  private static func withoutVariant(_ name: String) -> Substring {
    for prefix in ["__pyx_fuse_", "__pyx_specialmethod_"] where name.hasPrefix(prefix) {
      let rest = name.dropFirst(prefix.count).drop { $0.isNumber || $0 == "_" }
      // The marks in front of the next name were dropped with those behind the numbers.
      if rest.hasPrefix("pyx_") { return name[name.index(rest.startIndex, offsetBy: -2)...] }
    }
    return name[...]
  }

  /// What the C compiler has added to the name of a copy, `.isra.0`.
  private static func withoutCloneSuffix(_ name: Substring) -> (name: Substring, suffix: Substring)
  {
    let end = name.firstIndex(of: ".") ?? name.endIndex
    return (name[..<end], name[end...])
  }

  private static func fortran(_ name: Substring) -> String? {
    guard let separator = name.firstRange(of: "_MOD_"), separator.lowerBound > name.startIndex,
      separator.upperBound < name.endIndex,
      // Fortran knows no capital letters: they are marks of the compiler.
      !name[..<separator.lowerBound].contains(where: \.isUppercase)
    else { return nil }
    return "\(name[..<separator.lowerBound])::\(name[separator.upperBound...])"
  }

  /// Scopes are written with their lengths. A function that Python can call has a number before its
  /// own name, but for the first of its scope, `5store_load` or `5Shelf___cinit__`.
  private static func cython(_ name: Substring, isNumbered: Bool) -> String? {
    var scopes: [Substring] = []
    var rest = name
    while let (scope, behind) = scope(rest),
      !isNumbered || scopes.isEmpty || behind.first?.isNumber ?? false || behind.hasPrefix("__")
    {
      scopes.append(scope)
      rest = behind
    }
    let function = isNumbered ? rest.drop(while: \.isNumber) : rest
    guard !scopes.isEmpty, !function.isEmpty else { return nil }
    return (scopes + [function]).joined(separator: ".")
  }

  /// The scope that a name begins with, `4Grid_`, and what stands behind it.
  private static func scope(_ name: Substring) -> (scope: Substring, rest: Substring)? {
    let digits = name.prefix { $0.isASCII && $0.isNumber }
    guard let length = Int(digits), length > 0 else { return nil }
    let text = name[digits.endIndex...]
    guard let end = text.index(text.startIndex, offsetBy: length, limitedBy: text.endIndex),
      end < text.endIndex, text[end] == "_"
    else { return nil }
    return (text[..<end], text[text.index(after: end)...])
  }
}
