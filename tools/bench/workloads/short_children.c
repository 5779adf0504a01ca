/*
 * short_children: children of a fork that allocate one block and end, one after the other: what a
 * process costs that is traced for a moment.
 *
 *   short_children CHILDREN
 */
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

int main(int count, char **arguments) {
  long children = argument(count, arguments, 1, "children");
  keep(malloc(100));
  double start = now_seconds();
  for (long i = 0; i < children; i++) {
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      keep(malloc(100));
      exit(0);
    }
    if (waitpid(child, NULL, 0) != child) return 1;
  }
  report_throughput((double)children, start);
  return 0;
}
