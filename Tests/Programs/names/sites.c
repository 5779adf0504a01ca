/* Static functions that allocate and call in several places each, as most do: stripped, they have
 * no names, and each is still one function. */
#include <stdlib.h>

void *volatile keep;

__attribute__((noinline)) static void lay_table(int places) {
  keep = malloc(1000);
  for (int i = 0; i < places; i++) {
    keep = malloc(10);
    if (i % 2) keep = malloc(20);
  }
  keep = malloc(2000);
}

__attribute__((noinline)) static void serve(int guests) {
  keep = malloc(300);
  lay_table(guests);
  keep = malloc(400);
  lay_table(guests + 1);
  for (int i = 0; i < guests; i++) lay_table(1);
}

__attribute__((noinline)) static void clear(int guests) {
  while (guests-- > 0) keep = malloc(7);
  keep = malloc(70000);
}

__attribute__((noinline)) static void open_house(int days) {
  for (int day = 0; day < days; day++) {
    serve(day + 2);
    clear(day + 2);
  }
  serve(9);
}

int main(int count, char **argv) {
  (void)argv;
  open_house(count * 3);
  clear(4);
  return 0;
}
