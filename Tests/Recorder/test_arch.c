/*
 * test_arch.c: what shim/core/arch promises of a machine, on that machine: against libc, against
 * the frames that the kernel makes for a signal, and against code that this compiler and this libc
 * have.
 */
#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "arch/elf.h"
#include "arch/machine_code.h"
#include "arch/registers.h"
#include "arch/task_entry.h"
#include "base/atomics.h"
#include "crc32c.h"

static unsigned failures;

static void expect(bool holds, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "FAILED %s\n", what);
}

/* ---- System calls, time, stacks ---- */

static void test_system_calls(void) {
  expect(mt_syscall6(SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid(), "a call without arguments");
  expect(mt_syscall6(SYS_close, -1, 0, 0, 0, 0, 0) == -9 /* EBADF */, "a call that fails");
  size_t bytes = mt_machine_page_bytes();
  long memory = mt_syscall6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(memory > 0 && *(char *)memory == 0, "a call of six arguments");
  munmap((void *)memory, bytes);
  expect(mt_machine_page_bytes() == (uint64_t)sysconf(_SC_PAGESIZE), "the size of a page");
}

static void test_counter(void) {
  struct timespec nap = {0, 20000000};
  uint64_t before = mt_cycle_counter();
  nanosleep(&nap, NULL);
  uint64_t first = mt_cycle_counter() - before;
  nanosleep(&nap, NULL);
  nanosleep(&nap, NULL);
  nanosleep(&nap, NULL);
  uint64_t total = mt_cycle_counter() - before;
  expect(first > 1000 && total > 3 * first / 2, "the counter goes on while nobody works");
  mt_spin_hint();
}

static char stack[65536] __attribute__((aligned(64)));
static uintptr_t body_frame;
static double body_number;

static __attribute__((noinline)) void body(void) {
  body_frame = (uintptr_t)__builtin_frame_address(0);
  body_number *= 2;
}

static void test_call_on_stack(void) {
  uintptr_t before, after;
  double kept = body_number = 1.25;
  before = (uintptr_t)__builtin_frame_address(0);
  mt_call_on_stack(stack + sizeof stack, body);
  after = (uintptr_t)__builtin_frame_address(0);
  expect(body_frame > (uintptr_t)stack && body_frame <= (uintptr_t)stack + sizeof stack,
         "the function ran on that stack");
  expect(before == after && body_number == 2 * kept, "and came back to this one");
}

/* ---- Tasks ---- */

static uint32_t task_word, task_saw;
static void *task_head;

static uint64_t thread_pointer(void) { return (uint64_t)(uintptr_t)__builtin_thread_pointer(); }

static void task(void) {
  bool is_own = thread_pointer() == (uint64_t)(uintptr_t)task_head;
  mt_store_release(&task_saw, is_own ? 1 : 2);
  mt_syscall6(SYS_exit, 0, 0, 0, 0, 0, 0);
}

static void test_task(void) {
  static uint64_t block[1024];
  task_head = block + 512;
  mt_copy_thread_head(block + 512);
  /* Unlike the recorder's, with files and folder in common: qemu knows such tasks only. */
  unsigned long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                        CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  long tid = mt_clone_onto(flags, stack + sizeof stack, task, task_head, &task_word);
  expect(tid > 0 && tid != getpid(), "a task begins");
  uint32_t seen;
  while (tid > 0 && (seen = mt_load_acquire(&task_word)) != 0)
    mt_syscall6(SYS_futex, (long)&task_word, FUTEX_WAIT, seen, 0, 0, 0);
  expect(mt_load_acquire(&task_saw) == 1, "with its own thread block");
  expect(thread_pointer() != (uint64_t)(uintptr_t)task_head, "and the caller keeps its own");
}

/* ---- Registers and signal frames ---- */

static __attribute__((noinline)) void test_registers(void) {
  uint64_t pc, sp, bp, context;
  MT_READ_REGISTERS(pc, sp, bp, context);
  uint64_t function = (uint64_t)(uintptr_t)&test_registers;
  expect(pc >= function && pc < function + 4096, "the program counter is in this function");
  expect(bp == (uint64_t)(uintptr_t)__builtin_frame_address(0), "the frame pointer");
  expect(sp <= bp && bp - sp < 4096, "the stack pointer is below it");
  (void)context;
}

static unsigned handled;

static uint64_t word_at(uint64_t address) {
  uint64_t word;
  memcpy(&word, (const void *)(uintptr_t)address, sizeof word);
  return word;
}

static void handler(int number, siginfo_t *info, void *raw) {
  (void)number, (void)info;
  const ucontext_t *context = raw;
#if defined(__x86_64__)
  uint64_t pc = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
  uint64_t sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];
  uint64_t bp = (uint64_t)context->uc_mcontext.gregs[REG_RBP];
#else
  uint64_t pc = context->uc_mcontext.pc, sp = context->uc_mcontext.sp;
  uint64_t bp = context->uc_mcontext.regs[29];
#endif
  uint64_t frame = (uint64_t)(uintptr_t)__builtin_dwarf_cfa();
  expect(word_at(frame + MT_SIGNAL_PC) == pc, "the interrupted program counter");
  expect(word_at(frame + MT_SIGNAL_SP) == sp, "the interrupted stack pointer");
  expect(word_at(frame + MT_SIGNAL_BP) == bp, "the interrupted frame pointer");
  expect(mt_code_is_restorer(__builtin_extract_return_addr(__builtin_return_address(0))),
         "the code with which a handler returns");
  handled++;
}

static void test_signal_frame(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  expect(handled == 1, "the handler ran");
}

/* ---- Machine code ---- */

static const uint8_t *return_address(void) __attribute__((noinline));
static const uint8_t *return_address(void) { return __builtin_return_address(0); }

static void test_calls(void) {
  const uint8_t *(*volatile indirectly)(void) = return_address;
  expect(mt_code_ends_with_call(return_address()), "a direct call");
  expect(mt_code_ends_with_call(indirectly()), "an indirect call");
  static const uint8_t nothing[32];
  expect(!mt_code_ends_with_call(nothing + 16), "zeros are no call");
  expect(!mt_code_is_restorer(nothing) && !mt_code_is_outermost_call(nothing + 16), "nor a mark");
  expect(!mt_code_is_trampoline(nothing) && !mt_code_is_task_call(nothing + 16) &&
             !mt_code_makes_extended_frame(nothing),
         "nor a runtime's code");
}

#if defined(__x86_64__)
static void test_known_code(void) {
  static const uint8_t outermost[] = {0x31, 0xed, 0xe8, 1, 2, 3, 4};
  expect(mt_code_is_outermost_call(outermost + 6), "xor %ebp, %ebp; call");
  static const uint8_t trampoline[] = {0x48, 0x83, 0xec, 8, 0xff, 0xd1, 0x48, 0x83, 0xc4, 8, 0xc3};
  expect(mt_code_is_trampoline(trampoline), "CPython's trampoline");
  expect(sizeof trampoline == MT_CODE_TRAMPOLINE, "whole");
  /* mov 0x40(%rax), %r14; call *%rcx, behind other code */
  static uint8_t task_call[32] = {[18] = 0x4c, 0x8b, 0x70, 0x40, 0xff, 0xd1};
  expect(mt_code_is_task_call(task_call + 24), "a task is resumed");
  task_call[21] = 0x38; /* another offset */
  expect(!mt_code_is_task_call(task_call + 24), "a load from elsewhere");
  static const uint8_t frame[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x41, 0x56, 0x48, 0x8d,
                                  0x6c, 0x24, 0x08, 0,    0,    0,    0,    0};
  expect(mt_code_makes_extended_frame(frame), "endbr64 and an extended frame");
  expect(mt_code_makes_extended_frame(frame + 4) && !mt_code_makes_extended_frame(frame + 5),
         "the frame alone, and a part of it");
}
#else
static void test_known_code(void) {}
#endif

/* ---- Checksums ---- */

/* The hardware's and the portable one, of each length and alignment; and the check value that
 * defines CRC-32C. */
static void test_checksums(void) {
  static unsigned char bytes[600];
  for (unsigned i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 167 >> 3);
  expect(mt_crc32c(0, "123456789", 9) == 0xe3069283u, "the check value");
  expect(~mt_crc32c_portable(~0u, (const unsigned char *)"123456789", 9) == 0xe3069283u,
         "the check value, by software");
  bool same = true;
  for (unsigned from = 0; from < 9; from++)
    for (unsigned count = 0; from + count <= sizeof bytes; count++)
      same &=
          mt_crc32c(count, bytes + from, count) == ~mt_crc32c_portable(~count, bytes + from, count);
  expect(same, "both ways agree");
}

int main(void) {
  test_system_calls();
  test_counter();
  test_call_on_stack();
  test_task();
  test_registers();
  test_signal_frame();
  test_calls();
  test_known_code();
  test_checksums();
  expect(!mt_under_valgrind(), "this is not valgrind");
  return failures != 0;
}
