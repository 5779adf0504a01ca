import Testing

@Suite("Units of a compressed section")
struct UnitSequenceTests {
  /// A unit whose function stands behind more than is unpacked at once, and a small one.
  private static let source = """
      .text
      .globl main
    first: .fill 16, 1, 0x90
    second: .fill 16, 1, 0x90
    main: ret

      .section .debug_abbrev, "", @progbits
      .byte 1, 0x11, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0x82, 0x40, 0x04, 0, 0
      .byte 2, 0x2e, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0
      .byte 0

      .section .debug_info, "", @progbits
      .long 2f - 1f
    1: .short 4
      .long 0
      .byte 8, 1
      .asciz "large.c"
      .quad first
      .long 16
      .long 700000
      .fill 700000, 1, 1
      .byte 2
      .asciz "behind"
      .quad first
      .long 16
      .byte 0
    2: .long 4f - 3f
    3: .short 4
      .long 0
      .byte 8, 1
      .asciz "small.c"
      .quad second
      .long 16
      .long 0
      .byte 2
      .asciz "last"
      .quad second
      .long 16
      .byte 0
    4:
      .section .note.GNU-stack, "", @progbits
    """

  @Test("A unit larger than what is unpacked at once is read to its end")
  func large() throws {
    #expect(try HandWrittenUnits.names(Self.source, isCompressed: true) == [["behind"], ["last"]])
  }
}
