/* slow.c: leaks a block, says so, and ends when its input does. With "closes" it closes all its
 * other descriptors first, whoever opened them. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

int main(int count, char **arguments) {
  char byte;
  kept = malloc(123);
  if (count > 1 && strcmp(arguments[1], "closes") == 0) {
    for (int fd = 3; fd < 2048; fd++) close(fd);
  }
  if (write(1, "ready\n", 6) != 6) return 1;
  return read(0, &byte, 1) == 0 ? 0 : 1;
}
