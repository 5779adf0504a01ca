/*
 * libraries.c: `libraries WAY FIRST SECOND [ROUNDS]`: libraries that come and go. FIRST and SECOND
 * are built of part.c.
 *   reuse: one after the other at the same address, some rounds long; prints how often the second
 *     stood where the first had been.
 *   churn: four threads open, call and close both while two others allocate.
 *   listing: two threads open and close both while two others allocate under the loader's lock.
 *   execs: two threads open and close both while ROUNDS children are forked, which become another
 *     program; prints how many of them did.
 *   many: FIRST is a folder of libraries 1.so, 2.so, …, opened one after the other.
 *   deepbind: opened with RTLD_DEEPBIND, so that they find the C library's malloc before ours;
 *     blocks cross over in both directions.
 *   dlmopen: opened in a namespace of their own, with a C library of its own.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t _Fork(void);

static char **paths;
static int rounds;
static atomic_int churning;

typedef void *make_function(size_t);
typedef void drop_function(void *);

static void *find(void *library, const char *name) {
  void *found = library != NULL ? dlsym(library, name) : NULL;
  if (found == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(3);
  }
  return found;
}

static int reuse(void) {
  int met = 0;
  for (int i = 0; i < rounds; i++) {
    uintptr_t place[2];
    for (int which = 0; which < 2; which++) {
      void *library = dlopen(paths[which], RTLD_NOW);
      make_function *make = (make_function *)find(library, "make");
      place[which] = (uintptr_t)make;
      make(10);
      dlclose(library);
    }
    met += place[0] == place[1];
  }
  printf("%d\n", met);
  return 0;
}

static int many(void) {
  char path[4096];
  for (int i = 1; i <= rounds; i++) {
    snprintf(path, sizeof path, "%s/%d.so", paths[0], i);
    void *library = dlopen(path, RTLD_NOW);
    ((make_function *)find(library, "make"))(10);
    dlclose(library);
  }
  return 0;
}

static void *churn(void *argument) {
  for (int i = 0; i < rounds; i++) {
    void *library = dlopen(paths[((long)argument + i) % 2], RTLD_NOW);
    make_function *make = (make_function *)find(library, "make");
    drop_function *drop = (drop_function *)find(library, "drop");
    for (int n = 0; n < 10; n++) drop(make(20));
    dlclose(library);
  }
  churning--;
  return NULL;
}

__attribute__((noinline)) static void *steady(void *argument) {
  while (churning > 0) {
    for (int n = 0; n < 1000; n++) {
      void *volatile block = malloc(30);
      free(block);
    }
  }
  return argument;
}

static int churn_and_allocate(void) {
  enum { THREADS = 6, OPENING = 4 };
  pthread_t threads[THREADS];
  churning = OPENING;
  for (long i = 0; i < THREADS; i++) {
    pthread_create(&threads[i], NULL, i < OPENING ? churn : steady, (void *)i);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  return 0;
}

__attribute__((noinline)) static int allocate_in_callback(struct dl_phdr_info *info, size_t bytes,
                                                          void *context) {
  void *volatile block = malloc(bytes + info->dlpi_phnum);
  free(block);
  return context != NULL;
}

static void *list(void *unused) {
  while (churning > 0) dl_iterate_phdr(allocate_in_callback, unused);
  return NULL;
}

static int churn_and_list(void) {
  pthread_t threads[4];
  churning = 2;
  for (long i = 0; i < 4; i++) {
    pthread_create(&threads[i], NULL, i < 2 ? churn : list, i < 2 ? (void *)i : NULL);
  }
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 0;
}

static void *open_and_close(void *argument) {
  while (churning > 0) dlclose(dlopen(paths[(long)argument], RTLD_NOW));
  return NULL;
}

/* The loader's lock is mostly one of the other threads' when a child is forked, and is not given
 * back there: fork would see to that, the fork for signal handlers does not. */
static int churn_and_exec(void) {
  pthread_t threads[2];
  int became = 0;
  churning = 1;
  for (long i = 0; i < 2; i++) pthread_create(&threads[i], NULL, open_and_close, (void *)i);
  for (int i = 0; i < rounds; i++) {
    pid_t child = _Fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", "exit 5", NULL);
      _exit(1);
    }
    int status = 0;
    became += waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5;
  }
  churning = 0;
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("%d\n", became);
  return 0;
}

__attribute__((noinline)) static void *crosses(void) { return malloc(40); }

static int deepbind(void) {
  void *library = dlopen(paths[0], RTLD_NOW | RTLD_DEEPBIND);
  make_function *make = (make_function *)find(library, "make");
  drop_function *drop = (drop_function *)find(library, "drop");
  for (int i = 0; i < 1000; i++) {
    char *block = make(50);
    memset(block, i, 50);
    free(block);
    char *other = crosses();
    memset(other, i, 40);
    drop(other);
  }
  puts("crossed over");
  return 0;
}

static int in_namespace(void) {
  void *library = dlmopen(LM_ID_NEWLM, paths[0], RTLD_NOW);
  make_function *make = (make_function *)find(library, "make");
  drop_function *drop = (drop_function *)find(library, "drop");
  for (int i = 0; i < 1000; i++) {
    drop(make(60));
    void *volatile block = crosses();
    free(block);
  }
  dlclose(library);
  puts("two namespaces");
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  paths = argv + 2;
  rounds = atoi(argv[4]);
  if (strcmp(argv[1], "reuse") == 0) return reuse();
  if (strcmp(argv[1], "many") == 0) return many();
  if (strcmp(argv[1], "churn") == 0) return churn_and_allocate();
  if (strcmp(argv[1], "listing") == 0) return churn_and_list();
  if (strcmp(argv[1], "execs") == 0) return churn_and_exec();
  if (strcmp(argv[1], "deepbind") == 0) return deepbind();
  if (strcmp(argv[1], "dlmopen") == 0) return in_namespace();
  return 2;
}
