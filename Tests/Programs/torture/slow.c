/* slow.c: leaks a block, says so, and ends when its input does. */
#include <stdlib.h>
#include <unistd.h>

static void *volatile kept;

int main(void) {
  char byte;
  kept = malloc(123);
  if (write(1, "ready\n", 6) != 6) return 1;
  return read(0, &byte, 1) == 0 ? 0 : 1;
}
