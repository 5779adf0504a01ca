/* named.c: allocates in a thread with a hostile name, at a mark with a hostile label. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

extern void memtrace_mark(const char *label) __attribute__((weak));

static void *work(void *leaked) {
  prctl(PR_SET_NAME, "\033[31m\n\x9b\xff");
  if (memtrace_mark != NULL) memtrace_mark("\033]0;title\a\r\n\xc3");
  void *volatile block = malloc(1000);
  return memset(block, 1, 1000) == leaked ? leaked : NULL;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  pthread_join(thread, NULL);
  return 0;
}
