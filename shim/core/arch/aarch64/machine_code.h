/*
 * aarch64/machine_code.h: see arch/machine_code.h. Three of the questions are answered with no: of
 * Swift's async callers and CPython's trampolines nothing is recognised, so stacks have the native
 * frames alone.
 */
#ifndef MEMTRACE_AARCH64_MACHINE_CODE_H
#define MEMTRACE_AARCH64_MACHINE_CODE_H

#define MT_CODE_RESTORER 8
#define MT_CODE_CALL_MAX 4
#define MT_CODE_OUTERMOST 4
#define MT_CODE_TRAMPOLINE 0
#define MT_CODE_TRAMPOLINE_CALL 0
#define MT_CODE_TRAMPOLINE_CFA 0
#define MT_CODE_TASK_CALL 0
#define MT_CODE_EXTENDED_FRAME 0

static inline uint32_t mt_code_word(const uint8_t *at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  return word;
}

static inline bool mt_code_is_restorer(const uint8_t *start) {
  return mt_code_word(start) == 0xd2801168 /* mov x8, #SYS_rt_sigreturn */ &&
         mt_code_word(start + 4) == 0xd4000001 /* svc #0 */;
}

static inline bool mt_code_ends_with_call(const uint8_t *end) {
  uint32_t word = mt_code_word(end - 4);
  bool is_direct = (word & 0xfc000000) == 0x94000000;   /* bl */
  bool is_indirect = (word & 0xfffffc1f) == 0xd63f0000; /* blr */
  return is_direct || is_indirect;
}

/* The start code's tables say that there is no caller. */
static inline bool mt_code_is_outermost_call(const uint8_t *last) {
  (void)last;
  return false;
}

static inline bool mt_code_is_trampoline(const uint8_t *start) {
  (void)start;
  return false;
}

static inline bool mt_code_is_task_call(const uint8_t *end) {
  (void)end;
  return false;
}

static inline bool mt_code_makes_extended_frame(const uint8_t *start) {
  (void)start;
  return false;
}

#endif
