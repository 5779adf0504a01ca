/* Allocates below return addresses that no unwind table knows: of code that is made while the
 * program runs, and a mere word of the heap, as it stands on a stack that others have written over.
 * Neither has a frame pointer. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static jmp_buf start;
void *volatile kept;

__attribute__((noinline)) static void below_code(void) {
  kept = malloc(1001);
  longjmp(start, 1);
}

__attribute__((noinline)) static void below_word(void) {
  kept = malloc(1002);
  longjmp(start, 1);
}

static const unsigned char code[] = {0x31, 0xed,             /* xor %ebp, %ebp */
                                     0x48, 0x83, 0xec, 0x08, /* sub $8, %rsp */
                                     0xff, 0xd7};            /* call *%rdi */

int main(void) {
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(page, code, sizeof code);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  if (setjmp(start) == 0) ((void (*)(void (*)(void)))page)(below_code);

  char *heap = calloc(4096, 1);
  static int word;
  setjmp(start);
  if (++word > 100) return 0;
  __asm__ volatile(
      "andq $-16, %%rsp\n\t"
      "xorl %%ebp, %%ebp\n\t"
      "pushq %0\n\t"
      "jmp *%1"
      :
      : "r"(heap + 16 * word), "r"(below_word)
      : "memory");
  __builtin_unreachable();
}
