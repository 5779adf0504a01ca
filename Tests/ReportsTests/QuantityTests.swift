import Testing

@testable import Reports

@Suite struct QuantityTests {
  @Test(
    "Sizes keep three digits and never show 1024 of a unit",
    arguments: [
      (0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (1536, "1.50 KiB"),
      (10_234, "9.99 KiB"), (10_240, "10.0 KiB"), (102_399, "100 KiB"), (1_048_063, "1,023 KiB"),
      (1_048_064, "1.00 MiB"), (1_048_575, "1.00 MiB"), (1_048_576, "1.00 MiB"),
      (12_901_377, "12.3 MiB"), (5_368_709_120, "5.00 GiB"),
    ] as [(UInt64, String)])
  func bytes(count: UInt64, text: String) {
    #expect(Quantity.bytes(count) == text)
  }

  @Test("The largest size has a unit") func largest() {
    #expect(Quantity.bytes(UInt64.max) == "16.0 EiB")
  }

  @Test(
    "Digits are grouped by three",
    arguments: [
      (0, "0"), (999, "999"), (1000, "1,000"), (91_472_113, "91,472,113"), (-1234, "-1,234"),
    ]) func grouped(count: Int, text: String)
  {
    #expect(Quantity.grouped(count) == text)
  }

  @Test("The extremes of integers are grouped, too") func extremes() {
    #expect(Quantity.grouped(UInt64.max) == "18,446,744,073,709,551,615")
    #expect(Quantity.grouped(Int.min) == "-9,223,372,036,854,775,808")
  }

  @Test("A part that is not the whole is never 100 %, one that is not nothing never 0 %")
  func percent() {
    #expect(Quantity.percent(1, of: 0) == "")
    #expect(Quantity.percent(0, of: 7) == "0 %")
    #expect(Quantity.percent(1, of: 1_000_000) == "<0.1 %")
    #expect(Quantity.percent(65, of: 100) == "65.0 %")
    #expect(Quantity.percent(999_999, of: 1_000_000) == ">99.9 %")
    #expect(Quantity.percent(7, of: 7) == "100.0 %")
  }

  @Test(
    "Times choose their unit",
    arguments: [
      (0, "0 ns"), (850, "850 ns"), (12_300, "12.3 µs"), (999_499, "999 µs"),
      (999_500, "1.00 ms"), (12_300_000, "12.3 ms"), (3_410_000_000, "3.41 s"),
      (99_949_000_000, "99.9 s"), (125_000_000_000, "2 min 05 s"),
      (11_220_000_000_000, "3 h 07 min"),
    ] as [(UInt64, String)]) func duration(nanoseconds: UInt64, text: String)
  {
    #expect(Quantity.duration(nanoseconds: nanoseconds) == text)
  }

  @Test("Rates need time") func rate() {
    #expect(Quantity.rate(5, nanoseconds: 0) == "")
    #expect(Quantity.rate(91_472_113, nanoseconds: 3_410_000_000) == "26.8 M/s")
    #expect(Quantity.rate(10, nanoseconds: 4_000_000_000) == "2.50 /s")
  }

  @Test("One is singular") func counted() {
    #expect(Quantity.counted(1, "block") == "1 block")
    #expect(Quantity.counted(2000, "block") == "2,000 blocks")
    #expect(Quantity.counted(0, "address", "addresses") == "0 addresses")
  }
}
