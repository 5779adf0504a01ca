import Reports
import Testing

/// Sizes on a command line.
@Suite struct ByteCountTests {
  @Test(
    "A size is a number with a binary unit",
    arguments: [
      ("0", 0), ("512", 512), ("512B", 512), ("64k", 65_536), ("64KiB", 65_536),
      ("100M", 104_857_600),
      ("1.5g", 1_610_612_736), ("2TB", 2_199_023_255_552),
    ]) func sizes(text: String, bytes: Int)
  {
    #expect(ByteCount.bytes(text) == bytes)
  }

  @Test(
    "All else is no size",
    arguments: ["", "M", "-1", "1e9", "0x10", "1..2", "12 M", "5ib", "9999999T", "nan", "٣"])
  func none(
    text: String
  ) {
    #expect(ByteCount.bytes(text) == nil)
  }
}
