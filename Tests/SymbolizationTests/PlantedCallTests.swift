import Foundation
import Testing

@testable import Symbolization

/// A call planted behind an inlined function, whose return address the program itself prints:
/// the stripped program and its debug file must name function, file and line of both.
@Suite struct PlantedCallTests {
  struct Plant: CustomTestStringConvertible, Sendable {
    let language: String
    let command: [String]
    let source: String
    let name: String
    /// Function and line of the inlined function and of its caller.
    let inner: (function: String, line: Int)
    let outer: (function: String, line: Int)
    var testDescription: String { language }
  }

  /// Prints where it was called from, as an address of the ELF file.
  private static let probe = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <stdio.h>
    void probe(void) {
      Dl_info i;
      char *pc = __builtin_return_address(0);
      if (dladdr(pc, &i)) printf("%lx\\n", (unsigned long)(pc - (char *)i.dli_fbase));
    }
    """

  static let plants = [
    Plant(
      language: "C", command: ["gcc", "-g", "-O2", "-fPIE", "-pie", "PROBE"],
      source: """
        void probe(void);
        static int count;
        static inline __attribute__((always_inline)) void grab(int n) {
          probe();
          count += n;
        }
        __attribute__((noinline)) void planted(int n) {
          grab(n);
          count++;
        }
        int main(int c, char **v) { (void)v; planted(c); return 0; }
        """, name: "plant.c", inner: ("grab", 4), outer: ("planted", 8)),
    Plant(
      language: "C++", command: ["clang++", "-g", "-O2", "-fPIE", "-pie", "PROBE"],
      source: """
        extern "C" void probe();
        namespace shop { inline namespace v2 {
        static volatile int count;
        struct Cart {
          template <class T> __attribute__((always_inline)) void grab(T n) {
            probe();
            count = count + n;
          }
        };
        __attribute__((noinline)) void planted(Cart &cart, int n) {
          cart.grab(n);
          count = count + 1;
        }
        }}
        int main(int c, char **) { shop::Cart cart; shop::planted(cart, c); }
        """, name: "plant.cpp", inner: ("void shop::v2::Cart::grab<int>(int)", 6),
      outer: ("shop::v2::planted(shop::v2::Cart&, int)", 11)),
    Plant(
      language: "Rust", command: ["rustc", "-g", "-O", "-C", "link-arg=PROBE"],
      source: """
        extern "C" { fn probe(); }
        mod shop {
            #[inline(always)]
            pub fn grab(n: usize) -> usize {
                unsafe { super::probe() };
                unsafe { std::ptr::read_volatile(&n) }
            }
            #[inline(never)]
            pub fn planted(n: usize) -> usize {
                grab(n) + 1
            }
        }
        fn main() { assert!(shop::planted(3) > 3); }
        """, name: "plant.rs", inner: ("plant::shop::grab", 5), outer: ("plant::shop::planted", 10)),
    Plant(
      language: "Swift",
      command: ["swiftc", "-g", "-O", "-parse-as-library", "-module-name", "plant", "PROBE"],
      source: """
        @_silgen_name("probe") func probe()
        struct Cart {
          var count = 0
          @inline(__always) mutating func grab(_ n: Int) {
            probe()
            count += n
          }
        }
        @inline(never) func planted(_ cart: inout Cart) {
          cart.grab(3)
          cart.count += 1
        }
        @main struct Program {
          static func main() {
            var cart = Cart()
            planted(&cart)
            if cart.count == 0 { print("none") }
          }
        }
        """, name: "plant.swift", inner: ("plant.Cart.grab(Swift.Int) -> ()", 5),
      outer: ("plant.planted(inout plant.Cart) -> ()", 10)),
  ]

  @Test("A stripped program with its debug file names the planted call", arguments: plants)
  func planted(_ plant: Plant) throws {
    let directory = try TemporaryDirectory()
    let probe = directory.path + "/probe.o"
    try Data(Self.probe.utf8).write(to: URL(fileURLWithPath: directory.path + "/probe.c"))
    try Fixture.run(["gcc", "-O1", "-fPIC", "-c", directory.path + "/probe.c", "-o", probe])
    let command = plant.command.map { $0.replacing("PROBE", with: probe) }
    let built = try directory.compile(command, source: plant.source, name: plant.name)
    let debug = directory.path + "/plant.debug"
    try Fixture.run(["objcopy", "--only-keep-debug", built, debug])
    try Fixture.run(["strip", built])
    try Fixture.run(["objcopy", "--add-gnu-debuglink=\(debug)", built])

    let printed = try Fixture.run([built]).split(separator: "\n").first ?? ""
    let returnAddress = try #require(UInt64(printed, radix: 16))
    let image = try Fixture.module(built, loadBase: 0x5600_0000_0000)
    let symbolizer = Symbolizer(
      modules: [image], options: SymbolizerOptions(debugDirectories: []))
    let frames = symbolizer.symbolize([
      CodeAddress(module: image.id, address: image.loadBase + returnAddress - 1)
    ])[0]
    try #require(frames.count >= 2)
    #expect(frames[0].function == plant.inner.function)
    #expect(frames[0].line == plant.inner.line)
    #expect(frames[0].isInlined)
    #expect(frames[1].function == plant.outer.function)
    #expect(frames[1].line == plant.outer.line)
    #expect(frames.allSatisfy { $0.file == "\(directory.path)/\(plant.name)" })
    #expect(symbolizer.diagnostics.modules.isEmpty)
  }
}
