/* x86_64/machine_code.h: see arch/machine_code.h. */
#ifndef MEMTRACE_X86_64_MACHINE_CODE_H
#define MEMTRACE_X86_64_MACHINE_CODE_H

#define MT_CODE_RESTORER 9
#define MT_CODE_CALL_MAX 7
#define MT_CODE_OUTERMOST 7
#define MT_CODE_TRAMPOLINE 11
#define MT_CODE_TRAMPOLINE_CALL 6
#define MT_CODE_TRAMPOLINE_CFA 16
#define MT_CODE_TASK_CALL 16
#define MT_CODE_EXTENDED_FRAME 17

static inline bool mt_code_is_restorer(const uint8_t *start) {
  static const uint8_t code[MT_CODE_RESTORER] = {0x48, 0xc7, 0xc0, 0x0f,
                                                 0,    0,    0, /* mov $SYS_rt_sigreturn, %rax */
                                                 0x0f, 0x05 /* syscall */};
  return memcmp(start, code, sizeof code) == 0;
}

static inline bool mt_code_ends_with_call(const uint8_t *end) {
  enum { DIRECT_BYTES = 5, DIRECT = 0xe8, INDIRECT = 0xff };
  if (end[-DIRECT_BYTES] == DIRECT) return true;
  /* by register, or memory in its many forms */
  for (int bytes = 2; bytes <= MT_CODE_CALL_MAX; bytes++)
    if (end[-bytes] == INDIRECT && (end[-bytes + 1] & 0x38) == 0x10) return true;
  return false;
}

/* Right after `xor %ebp, %ebp`, the mark of the outermost frame in the psABI. The call's operand,
 * of four bytes, follows its opcode; `last` is its last byte. */
static inline bool mt_code_is_outermost_call(const uint8_t *last) {
  static const uint8_t code[] = {0x31, 0xed, /* xor %ebp, %ebp */ 0xe8 /* call */};
  return memcmp(last - (MT_CODE_OUTERMOST - 1), code, sizeof code) == 0;
}

static inline bool mt_code_is_trampoline(const uint8_t *start) {
  static const uint8_t code[MT_CODE_TRAMPOLINE] = {0x48, 0x83, 0xec, 0x08, /* sub $8, %rsp */
                                                   0xff, 0xd1,             /* call *%rcx */
                                                   0x48, 0x83, 0xc4, 0x08, /* add $8, %rsp */
                                                   0xc3 /* ret */};
  return memcmp(start, code, sizeof code) == 0;
}

/* The length of the indirect call that ends at `end`, 0 when there is none. */
static inline unsigned mt_code_indirect_call_bytes(const uint8_t *end) {
  for (unsigned bytes = 2; bytes <= 4; bytes++) {
    uint8_t modrm = end[1 - (int)bytes];
    if (end[-(int)bytes] != 0xff || (modrm & 0x38) != 0x10) continue;
    unsigned mode = modrm >> 6, sib = (modrm & 7) == 4;
    if ((mode == 3 && bytes == 2) || (mode == 1 && bytes == 3 + sib)) return bytes;
  }
  return 0;
}

/* mov 64(any), %r14 */
static inline bool mt_code_loads_task_context(const uint8_t *code) {
  if ((code[0] & 0xfe) != 0x4c || code[1] != 0x8b || (code[2] & 0xf8) != 0x70) return false;
  return (code[2] & 7) == 4 ? code[4] == 0x40 : code[3] == 0x40;
}

static inline bool mt_code_is_task_call(const uint8_t *end) {
  enum { LOAD_BYTES = 4 };
  uint8_t code[MT_CODE_TASK_CALL + 1] = {0}; /* a load of five bytes is read to its last */
  memcpy(code, end - MT_CODE_TASK_CALL, MT_CODE_TASK_CALL);
  unsigned call = mt_code_indirect_call_bytes(code + MT_CODE_TASK_CALL);
  if (call == 0) return false;
  for (unsigned i = 0; i + LOAD_BYTES <= MT_CODE_TASK_CALL - call; i++)
    if (mt_code_loads_task_context(code + i)) return true;
  return false;
}

/*
 *     push %rbp; push %r14; lea 8(%rsp), %rbp
 *
 * Before it may stand endbr64, and the mark that some targets set in the saved bp.
 */
static inline bool mt_code_makes_extended_frame(const uint8_t *start) {
  static const uint8_t endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
  static const uint8_t mark[] = {0x48, 0x0f, 0xba, 0xed, 0x3c}; /* bts $60, %rbp */
  static const uint8_t frame[] = {0x55, 0x41, 0x56, 0x48, 0x8d, 0x6c, 0x24, 0x08};
  _Static_assert(sizeof endbr + sizeof mark + sizeof frame == MT_CODE_EXTENDED_FRAME, "");
  if (memcmp(start, endbr, sizeof endbr) == 0) start += sizeof endbr;
  if (memcmp(start, mark, sizeof mark) == 0) start += sizeof mark;
  return memcmp(start, frame, sizeof frame) == 0;
}

#endif
