/* Calls through copies of the code by which CPython's -X perf runs Python functions, made at run
 * time and without unwind tables: `trampoline exact DEPTH` nests as many of them, `trampoline
 * similar 1` calls through code that moves the stack by more, which nobody can know. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

typedef long evaluate(char *code, long depth, long unused);
typedef long trampoline(char *code, long depth, long unused, evaluate *function);

void *volatile keep;

__attribute__((noinline)) static long python_function(char *code, long depth, long unused) {
  (void)unused;
  if (depth == 0) {
    keep = malloc(100);
    return 1;
  }
  trampoline *next = (trampoline *)(void *)(code + 64 * depth);
  long answer = next(code, depth - 1, 0, python_function);
  __asm__ volatile("" : "+r"(answer));
  return answer + 1;
}

int main(int count, char **arguments) {
  static const unsigned char exact[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd1,
                                        0x48, 0x83, 0xc4, 0x08, 0xc3};
  static const unsigned char similar[] = {0x48, 0x83, 0xec, 0x18, 0xff, 0xd1,
                                          0x48, 0x83, 0xc4, 0x18, 0xc3};
  if (count < 3) return 2;
  long depth = atol(arguments[2]);
  char *code =
      mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED || depth > 1000) return 2;
  for (long i = 0; i <= depth; i++)
    memcpy(code + 64 * i, strcmp(arguments[1], "exact") == 0 ? exact : similar, sizeof exact);
  return python_function(code, depth, 0) == depth + 1 ? 0 : 1;
}
