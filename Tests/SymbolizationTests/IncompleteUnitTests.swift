import Testing

/// Debug information written by hand: compilers do not leave out what is left out here.
@Suite("Units that do not say which addresses they cover")
struct IncompleteUnitTests {
  /// The first unit has functions at `first` and `second`, and no range; the second one says that
  /// `first` is its own.
  private static let source = """
      .text
      .globl main
    first: .fill 16, 1, 0x90
    second: .fill 16, 1, 0x90
    main: ret

      .section .debug_abbrev, "", @progbits
      .byte 1, 0x11, 1, 0x03, 0x08, 0, 0
      .byte 2, 0x2e, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0
      .byte 3, 0x11, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06, 0, 0
      .byte 0

      .section .debug_info, "", @progbits
      .long 2f - 1f
    1: .short 4
      .long 0
      .byte 8, 1
      .asciz "incomplete.c"
      .byte 2
      .asciz "guess"
      .quad first
      .long 16
      .byte 2
      .asciz "only"
      .quad second
      .long 16
      .byte 0
    2: .long 4f - 3f
    3: .short 4
      .long 0
      .byte 8, 3
      .asciz "complete.c"
      .quad first
      .long 16
      .byte 2
      .asciz "truth"
      .quad first
      .long 16
      .byte 0
    4:
      .section .note.GNU-stack, "", @progbits
    """

  @Test("They name what no other unit claims, and nothing else")
  func claims() throws {
    #expect(try HandWrittenUnits.names(Self.source) == [["truth"], ["only"]])
  }
}
