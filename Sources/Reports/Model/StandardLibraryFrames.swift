/// The runtimes and standard libraries that most programs are made of: code that few people can
/// change, and that allocates for the code that calls it.
enum StandardLibraryFrames {
  static let patterns =
    modules.map { FramePattern(function: "*", module: $0) }
    + functions.map { FramePattern(function: $0) }

  private static let modules = [
    "libc.so*", "libc-2*.so", "libm.so*", "libpthread*.so*", "ld-linux*.so*", "[vdso]",
    "libstdc++.so*", "libgcc_s.so*", "libc++.so*", "libc++abi.so*", "libunwind*.so*",
    "libswift*.so", "libFoundation*.so", "lib_FoundationICU.so", "libdispatch.so",
    "libBlocksRuntime.so",
  ]

  /// Templates and generics are compiled into the program itself.
  private static let functions = [
    "std::*", "__gnu_cxx::*", "__cxxabiv1::*", "operator new*",
    "core::*", "alloc::*", "<core::*", "<alloc::*", "<std::*", "__rust_*",
    "Swift.*", "swift_*", "_swift_*",
  ]
}
