// Files of LZ4 frames: what apt keeps its lists in where disk space counts, as in container images.

import CLz4

/// Unpacks files of LZ4 frames.
enum LZ4Frames {
  private static let pieceBytes = 1 << 16

  /// The contents of all frames, one after the other; `nil` when they are damaged, more than
  /// `bytesMax`, or need a dictionary.
  static func unpack(_ packed: [UInt8], bytesMax: Int) -> [UInt8]? {
    var context: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0
    else { return nil }
    defer { LZ4F_freeDecompressionContext(context) }
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var output: [UInt8] = []
    var taken = 0
    while taken < packed.count {
      // Until the end of a frame, which the library does not go beyond.
      var wanted: Int
      repeat {
        var read = packed.count - taken
        var written = piece.count
        wanted = packed.withUnsafeBytes {
          LZ4F_decompress(context, &piece, &written, $0.baseAddress.map { $0 + taken }, &read, nil)
        }
        guard LZ4F_isError(wanted) == 0, read + written > 0, output.count + written <= bytesMax
        else { return nil }
        taken += read
        output += piece[..<written]
      } while wanted > 0
    }
    return output
  }
}
