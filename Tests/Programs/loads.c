/* A program that loads fast for a quarter of the seconds given, then works at a twentieth of that
 * rate: leaks     every piece of work keeps a block, in the load and afterwards replaces  every
 * piece of work puts its block in the place of another grows     a buffer that realloc extends, in
 * the load and afterwards stops     nothing is kept after the load Beside it small blocks come and
 * go all the time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCKS = 100000 };
static void *volatile blocks[BLOCKS];
static char *volatile buffer;
static void *volatile passing[64];

#define APART __attribute__((noinline))

APART static void keep(int number) { blocks[number] = malloc(400); }

APART static void extend(int number) {
  buffer = realloc(buffer, (size_t)(number + 1) * 300);
  if (buffer == NULL) exit(1);
}

APART static void pass(int number) {
  free(passing[number % 64]);
  passing[number % 64] = malloc(100);
}

int main(int count, char **arguments) {
  const char *how = count > 1 ? arguments[1] : "leaks";
  double seconds = count > 2 ? atof(arguments[2]) : 8;
  int steps = (int)(seconds * 1000), loading = steps / 4, done = 0;
  struct timespec pause = {0, 950000};
  for (int step = 0; step < steps; step++) {
    int works = step < loading || step % 20 == 0;
    pass(step);
    nanosleep(&pause, NULL);
    if (!works || done == BLOCKS) continue;
    int number = done++;
    if (strcmp(how, "grows") == 0)
      extend(number);
    else if (step < loading || strcmp(how, "leaks") == 0)
      keep(number);
    else if (strcmp(how, "replaces") == 0) {
      int place = rand() % loading;
      free(blocks[place]);
      keep(place);
    }
  }
  return 0;
}
