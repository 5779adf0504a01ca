/* vmsize.c: allocates a little, and prints its own VmSize in kB. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  char line[256];
  for (size_t i = 0; i < 1000; i++) {
    void *volatile block = malloc(i);
    free(block);
  }
  FILE *status = fopen("/proc/self/status", "r");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    if (strncmp(line, "VmSize:", 7) == 0) printf("%ld\n", atol(line + 7));
  }
  return 0;
}
