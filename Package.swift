// swift-tools-version:6.1
import PackageDescription

let shim = Context.packageDirectory + "/shim"

/// The recording library is preloaded into programs of all kinds: its code is position
/// independent with fast thread-local storage, never calls itself through the names it replaces,
/// keeps frame pointers (a hook finds its caller through its own), and is never instrumented.
let shimFlags = [
  "-std=c11", "-D_GNU_SOURCE", "-O3", "-Wall", "-Wextra", "-Wmissing-prototypes",
  "-Wstrict-prototypes", "-Wshadow",
  "-Wvla", "-fPIC", "-fvisibility=hidden", "-ftls-model=initial-exec", "-fno-omit-frame-pointer",
  "-fno-optimize-sibling-calls", "-fno-stack-protector", "-fno-builtin-malloc",
  "-fno-builtin-calloc", "-fno-builtin-realloc", "-fno-builtin-free", "-pthread",
  "-gdwarf-4",  // valgrind before 3.20 aborts on clang's DWARF 5
  "-fno-sanitize=all", "-fno-profile-instr-generate", "-fno-coverage-mapping",
]

/// A dynamic library of C targets alone, linked by the Swift driver, would need the Swift runtime.
/// In Embedded mode the driver adds none of it, and the result needs libc alone.
let preloadLinkerFlags = [
  "-enable-experimental-feature", "Embedded", "-use-ld=lld",
  "-Xclang-linker", "-static-libgcc",
  "-Xlinker", "--exclude-libs=ALL",
  "-Xlinker", "-l:libzstd.a",
  "-Xlinker", "--version-script=\(shim)/preload/memtrace.map",
  "-Xlinker", "-soname=libmemtrace.so",
  "-Xlinker", "-z", "-Xlinker", "now",
  "-Xlinker", "-z", "-Xlinker", "nodelete",
  "-Xlinker", "-Bsymbolic-functions",  // -Bsymbolic would hide from dlsym who comes before us
]

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

/// Run-time checks of exclusive access cost the replay a third of its speed: its objects belong to
/// one thread each, and none is changed from within a change.
let heapModelSettings: [SwiftSetting] = [.unsafeFlags(["-enforce-exclusivity=unchecked"])]

/// What joins the parts and talks to people (options, files, the terminal) calls the optimized modules
/// and has no loop of its own that lasts: optimizing it, too, takes a twelfth of a fresh build.
let glueSettings: [SwiftSetting] = [
  .unsafeFlags(["-Onone"], .when(configuration: .release))
]

let package = Package(
  name: "memtrace",
  products: [
    .library(name: "memtrace", type: .dynamic, targets: ["CMemtraceShim"]),
    .executable(name: "memtrace-analyze", targets: ["memtrace-analyze"]),
    .executable(name: "memtrace-launcher", targets: ["memtrace-launcher"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    // MARK: The recording library (C)
    .target(
      name: "CTraceFormat", path: "shim/format", publicHeadersPath: "include",
      cSettings: [.unsafeFlags(["-gdwarf-4"])]),  // as in shimFlags: it is part of the library
    .target(
      name: "CMemtraceCore", dependencies: ["CTraceFormat"], path: "shim/core",
      publicHeadersPath: ".", cSettings: [.unsafeFlags(shimFlags)]),
    // No Swift or test target may depend on this one: its linker flags would propagate.
    .target(
      name: "CMemtraceShim", dependencies: ["CMemtraceCore", "CTraceFormat"], path: "shim/preload",
      exclude: ["memtrace.map"], publicHeadersPath: ".",
      cSettings: [.unsafeFlags(shimFlags)],
      linkerSettings: [.unsafeFlags(preloadLinkerFlags)]),

    // MARK: The launcher (Swift); its product cannot be called memtrace, as the library is
    .executableTarget(
      name: "memtrace-launcher",
      dependencies: [
        "CTraceFormat", "CXattr",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swiftSettings + glueSettings),
    .systemLibrary(name: "CXattr", path: "Sources/System/CXattr"),

    // MARK: The analyzer (Swift)
    .systemLibrary(
      name: "CZstd", path: "Sources/System/CZstd", pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"])]
    ),
    .systemLibrary(
      name: "CIsal", path: "Sources/System/CIsal", pkgConfig: "libisal",
      providers: [.apt(["libisal-dev"])]),
    .systemLibrary(
      name: "CLz4", path: "Sources/System/CLz4", pkgConfig: "liblz4",
      providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(
      name: "CElfutils", path: "Sources/System/CElfutils", pkgConfig: "libdw",
      providers: [.apt(["libdw-dev"])]),
    .target(
      name: "CDemangling", path: "Sources/System/CDemangling",
      cSettings: [.unsafeFlags(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow"])],
      linkerSettings: [.linkedLibrary("iberty")]),
    .target(
      name: "Symbolization", dependencies: ["CElfutils", "CDemangling", "CIsal", "CLz4", "CZstd"],
      swiftSettings: swiftSettings),
    .target(name: "TraceFormat", dependencies: ["CTraceFormat"], swiftSettings: swiftSettings),
    .target(
      name: "TraceInput", dependencies: ["TraceFormat", "CTraceFormat", "CZstd"],
      swiftSettings: swiftSettings),
    .systemLibrary(name: "CPrefetch", path: "Sources/System/CPrefetch"),
    .systemLibrary(name: "CMalloc", path: "Sources/System/CMalloc"),
    .target(
      name: "HeapModel", dependencies: ["TraceInput", "TraceFormat", "CTraceFormat", "CPrefetch"],
      swiftSettings: swiftSettings + heapModelSettings),
    .target(
      name: "Aggregation",
      dependencies: ["HeapModel", "TraceInput", "TraceFormat", "CTraceFormat"],
      swiftSettings: swiftSettings),
    .target(
      name: "PprofFormat",
      dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["profile.proto"], swiftSettings: swiftSettings),
    .target(
      name: "Reports",
      dependencies: ["Aggregation", "Symbolization", "TraceFormat", "PprofFormat", "CIsal"],
      resources: [.embedInCode("Formats/FlameGraph/flamegraph.js")], swiftSettings: swiftSettings),
    .target(
      name: "CPageFiles", path: "Sources/Page/files",
      cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Wno-c23-extensions"])]),  // C23 has #embed
    .target(
      name: "Page", dependencies: ["CPageFiles"], exclude: ["files", "web"],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "symbolize", dependencies: ["Symbolization", "CMalloc"], path: "tools/bench/symbolize",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "replay-bench", dependencies: ["Aggregation", "TraceFormat"],
      path: "tools/bench/replay", swiftSettings: swiftSettings),
    .target(
      name: "Analysis",
      dependencies: ["Reports", "Aggregation", "Symbolization", "TraceInput", "TraceFormat"],
      swiftSettings: swiftSettings + glueSettings),
    .target(name: "Serving", swiftSettings: swiftSettings + glueSettings),
    .target(name: "Screen", swiftSettings: swiftSettings + glueSettings),
    .target(
      name: "Live",
      dependencies: ["Serving", "Analysis", "Reports", "Aggregation", "TraceFormat"],
      swiftSettings: swiftSettings + glueSettings),
    .executableTarget(
      name: "memtrace-analyze",
      dependencies: [
        "Live", "Serving", "Screen", "Analysis", "Page", "Reports", "Symbolization", "Aggregation",
        "TraceInput",
        "TraceFormat", "CMalloc",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "TOMLKit", package: "TOMLKit"),
      ], swiftSettings: swiftSettings + glueSettings),
    .target(
      name: "TraceTestSupport", dependencies: ["CTraceFormat", "CZstd"],
      path: "Tests/TraceTestSupport", swiftSettings: swiftSettings + glueSettings),
    .testTarget(
      name: "TraceInputTests",
      dependencies: ["TraceInput", "TraceFormat", "CTraceFormat", "TraceTestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "HeapModelTests",
      dependencies: ["HeapModel", "TraceInput", "TraceFormat", "TraceTestSupport"],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "AggregationTests",
      dependencies: [
        "Aggregation", "HeapModel", "TraceInput", "TraceFormat", "CTraceFormat", "TraceTestSupport",
      ], swiftSettings: swiftSettings),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Reports", "Aggregation", "Symbolization", "TraceFormat", "PprofFormat"],
      exclude: ["Golden"], swiftSettings: swiftSettings),
    .testTarget(
      name: "LauncherTests", dependencies: ["memtrace-launcher"], swiftSettings: swiftSettings),
    .testTarget(name: "ServingTests", dependencies: ["Serving"], swiftSettings: swiftSettings),
    .testTarget(
      name: "CommandLineTests", swiftSettings: swiftSettings),
    .testTarget(
      name: "SymbolizationTests", dependencies: ["Symbolization"], swiftSettings: swiftSettings),
  ],
  cLanguageStandard: .c11
)
