/*
 * chaos.c: `chaos SEED COUNTS`: threads that allocate and free while one-shot timers' signals
 * interrupt them at random moments, in hooks or out of them. A handler does what the seed says:
 * allocates, forks in four ways, jumps out, makes and ends threads, interrupts itself, loads a
 * library, changes its alternate stack, becomes the program anew. For use with the allocator of
 * bump.c, which allows all of that. One program of over 400 lines, as each thing that a handler
 * does may meet each other. Prints how often what was done, and how many children did not end as
 * they should, which must be none.
 *
 * COUNTS is a file for the counts of each process, which chaos.py reads. `chaos leaf STATUS COUNTS`
 * allocates a little and ends with that status; `chaos last SEED COUNTS` does not become the
 * program anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

pid_t _Fork(void);
extern char **environ;

enum { ACTIONS = 160, THREADS_MAX = 4, PENDING_MAX = 4, CHILD_WORK = 4000, KEPT = 32 };
enum { PROCESSES_MAX = 4000, FILE_BYTES = 256 << 10, STACK_BYTES = 256 << 10 };

/* ---- Counts ---- */

/* What the allocator was asked for in one image of a process, and for how many of these calls it is
 * not known whether they are recorded: they were left by a jump, or interrupted by a fork. */
struct process {
  _Atomic int64_t pid, is_forked, allocations, releases, uncertain;
};

struct counts {
  _Atomic int64_t processes;
  struct process process[PROCESSES_MAX];
};

static union {
  struct counts counts;
  char bytes[FILE_BYTES];
} shared __attribute__((aligned(4096)));

static struct process *self = &shared.counts.process[0];

static __thread volatile int counting;

/* Called by bump.c. */
void on_bump(int allocations, int releases);
void on_bump(int allocations, int releases) {
  counting++;
  self->allocations += allocations;
  self->releases += releases;
  counting--;
}

static void begin_process(bool is_forked, int64_t uncertain) {
  int64_t slot = ++shared.counts.processes;
  struct process *fresh = &shared.counts.process[slot < PROCESSES_MAX ? slot : PROCESSES_MAX - 1];
  if (is_forked) self->uncertain += counting; /* it may be counted there in both */
  fresh->is_forked = is_forked;
  fresh->uncertain = uncertain;
  fresh->pid = getpid();
  self = fresh;
}

/* Puts the file where the counts are, with what there is so far. */
static void share_counts(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, FILE_BYTES) != 0) _exit(90);
  int64_t allocations = self->allocations, releases = self->releases;
  if (mmap(&shared, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != &shared)
    _exit(91);
  close(fd);
  begin_process(false, 0);
  self->allocations = allocations;
  self->releases = releases;
}

/* ---- What threads do ---- */

enum action {
  NOTHING,
  ALLOCATE,
  NEST,
  RAISE,
  JUMP,
  FORK,
  RAW_FORK,
  VFORK,
  SPAWN,
  THREAD,
  LIBRARY,
  RIGHTS,
  STACK,
  ACTION_KINDS
};
static const char *const names[] = {"nothing", "allocate", "nest",  "raise", "jump",
                                    "fork",    "_Fork",    "vfork", "spawn", "thread",
                                    "library", "rights",   "stack"};

struct worker {
  uint32_t random;
  int actions;
  int done[ACTION_KINDS];
  int bad, depth;
  volatile int inside; /* calls of the allocator under way, interrupted ones included */
  bool alternate;      /* its handlers have a stack of their own from the beginning */
  bool vanishes;       /* its last handler ends the thread */
  timer_t timer;
  sigjmp_buf restart;
  void *kept[KEPT];
  struct {
    pid_t pid;
    int status;
  } pending[PENDING_MAX];
  char *stacks[2];
};

static struct worker workers[THREADS_MAX];
static __thread struct worker *me;
static int thread_count;
static bool allowed[ACTION_KINDS];
static bool leaves_by_exit; /* children may call exit, and make threads */
static bool becomes_anew;   /* a handler of the first worker makes it another image */
static volatile bool in_child;
static int child_status; /* as wait says */
static char **arguments, *counts_path;
static const char program[] = "/proc/self/exe";
static char leaf[] = "leaf", last[] = "last";

static uint32_t random_of(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static uint32_t below(uint32_t limit) { return random_of(&me->random) % limit; }

static __attribute__((noinline)) void work(int steps) {
  static __thread uint32_t random = 1;
  for (int i = 0; i < steps; i++) {
    uint32_t bits = random_of(&random);
    void *block = NULL;
    me->inside++;
    if (bits % 8 == 0) {
      block = calloc(1, 1 + bits % 300);
    } else {
      block = malloc(1 + bits % 500);
    }
    if (bits % 16 == 3) block = realloc(block, 1 + bits % 700);
    me->inside--;
    void **place = &me->kept[bits / 512 % KEPT];
    void *old = *place;
    *place = block;
    me->inside++;
    free(old);
    me->inside--;
  }
}

static void *thread_work(void *leaves) {
  struct worker own = {.random = 1};
  me = &own;
  work(200);
  if (leaves != NULL) pthread_exit(NULL);
  return NULL;
}

static bool join_thread(bool leaves) {
  pthread_t thread;
  return pthread_create(&thread, NULL, thread_work, leaves ? &thread : NULL) == 0 &&
         pthread_join(thread, NULL) == 0;
}

/* ---- Children ---- */

static char **arguments_for(char *image, uint32_t number) {
  static __thread char *list[5], text[12];
  snprintf(text, sizeof text, "%u", number);
  list[0] = arguments[0];
  list[1] = image;
  list[2] = text;
  list[3] = counts_path;
  return list;
}

enum way { LEAVE, EXIT, KILLED, BECOME, JUMP_OUT, AT_ONCE, WITH_THREAD, WAYS };
static enum way child_way;

_Noreturn static void end_child(void) {
  int status = WEXITSTATUS(child_status);
  work(child_way == AT_ONCE ? 50 : CHILD_WORK);
  if (child_way == WITH_THREAD && !join_thread(true)) _exit(92);
  if (child_way == EXIT || child_way == WITH_THREAD) exit(status);
  if (child_way == BECOME) execve(program, arguments_for(leaf, (uint32_t)status), environ);
  if (child_way == KILLED) {
    signal(WTERMSIG(child_status), SIG_DFL);
    raise(WTERMSIG(child_status));
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
  }
  _exit(status);
}

static void expect(pid_t pid, int status) {
  int seen = 0;
  pid_t ended;
  while ((ended = waitpid(pid, &seen, 0)) < 0 && errno == EINTR) continue;
  if (ended != pid || seen != status) me->bad++;
}

/* Waits now, or when its place among those not waited for is wanted again. */
static void wait_some_time(pid_t pid, int status) {
  uint32_t place = below(2 * PENDING_MAX);
  if (pid < 0 || place >= PENDING_MAX) {
    expect(pid, status);
    return;
  }
  if (me->pending[place].pid != 0) expect(me->pending[place].pid, me->pending[place].status);
  me->pending[place].pid = pid;
  me->pending[place].status = status;
}

static void fork_child(bool raw) {
  enum way way = below(WAYS);
  if ((raw || !leaves_by_exit) && (way == EXIT || way == WITH_THREAD)) way = LEAVE;
  int status = way == KILLED ? (below(2) ? SIGTERM : SIGKILL) : (int)(1 + below(80)) << 8;
  pid_t child = raw ? _Fork() : fork();
  if (child != 0) {
    wait_some_time(child, status);
    return;
  }
  begin_process(true, me->inside);
  child_way = way;
  child_status = status;
  in_child = true;
  if (way == AT_ONCE) end_child();
  if (way == JUMP_OUT) siglongjmp(me->restart, 1);
}

static void become_leaf(enum action action) {
  int status = (int)(1 + below(80));
  char **list = arguments_for(leaf, (uint32_t)status);
  pid_t child = -1;
  if (action == SPAWN) {
    if (posix_spawn(&child, program, NULL, NULL, list, environ) != 0) child = -1;
  } else {
    child = vfork();
    if (child == 0) {
      execve(program, list, environ);
      _exit(93);
    }
  }
  wait_some_time(child, status << 8);
}

/* ---- Handlers ---- */

static void set_alarm(void) {
  struct itimerspec once = {.it_value.tv_nsec = 20000 + (long)below(480000)};
  timer_settime(me->timer, 0, &once, NULL);
}

static void unblock(int signal) {
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void jump(void) {
  self->uncertain += me->inside;
  siglongjmp(me->restart, 1);
}

static void change_stack(void) {
  stack_t stack = {.ss_sp = me->stacks[below(2)], .ss_size = STACK_BYTES};
  sigaltstack(&stack, NULL); /* refused on such a stack */
}

static void interrupt_oneself(void) {
  if (me->depth >= 3 || me->actions >= ACTIONS) return;
  int before = me->actions;
  me->depth++;
  unblock(SIGRTMIN);
  set_alarm();
  while (me->actions == before && !in_child) work(10);
  me->depth--;
}

static void wait_for_all(void) {
  for (int i = 0; i < PENDING_MAX; i++) {
    if (me->pending[i].pid != 0) expect(me->pending[i].pid, me->pending[i].status);
    me->pending[i].pid = 0;
  }
}

static void vanish(void) {
  wait_for_all();
  self->uncertain += me->inside;
  pthread_exit(NULL);
}

/* The other threads end in the middle of what they do. */
static void become_anew(void) {
  self->uncertain += 6 * THREADS_MAX;
  execve(program, arguments_for(last, me->random), environ);
  _exit(95);
}

static void on_raised(int signal) {
  (void)signal;
  work(20);
}

static void on_alarm(int signal) {
  (void)signal;
  if (in_child || me->actions >= ACTIONS) return;
  int saved = errno;
  enum action action = below(ACTION_KINDS);
  if (!allowed[action]) action = ALLOCATE;
  me->actions++;
  me->done[action]++;
  if (becomes_anew && me == &workers[0] && me->actions == ACTIONS / 2) become_anew();
  void *library;
  switch (action) {
    case ALLOCATE:
      work(1 + (int)below(100));
      break;
    case NEST:
      interrupt_oneself();
      break;
    case RAISE:
      unblock(SIGUSR2);
      raise(SIGUSR2);
      break;
    case JUMP:
      jump();
      break;
    case FORK:
    case RAW_FORK:
      fork_child(action == RAW_FORK);
      break;
    case VFORK:
    case SPAWN:
      become_leaf(action);
      break;
    case THREAD:
      if (!join_thread(below(2))) me->bad++;
      break;
    case LIBRARY:
      library = dlopen("libutil.so.1", RTLD_NOW | RTLD_LOCAL);
      if (library == NULL || dlclose(library) != 0) me->bad++;
      break;
    case RIGHTS:
      if (setgid(getgid()) != 0 || setuid(getuid()) != 0) me->bad++;
      break;
    case STACK:
      change_stack();
      break;
    default:
      break;
  }
  if (!in_child && me->vanishes && me->actions == ACTIONS) vanish();
  if (!in_child && me->depth == 0) set_alarm();
  errno = saved;
}

static void *run(void *argument) {
  me = argument;
  for (int i = 0; i < 2; i++) {
    me->stacks[i] =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (me->alternate) change_stack();
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  event._sigev_un._tid = gettid();
  timer_create(CLOCK_MONOTONIC, &event, &me->timer);
  sigsetjmp(me->restart, 1);
  if (in_child) end_child();
  me->inside = me->depth = counting = 0;
  unblock(SIGRTMIN);
  set_alarm();
  while (me->actions < ACTIONS && !in_child) work(50);
  if (in_child) end_child();
  wait_for_all();
  return NULL;
}

/* ---- The program ---- */

static void choose(uint32_t seed) {
  uint32_t random = seed * 2654435761u | 1;
  for (int i = 0; i < 10; i++) random_of(&random);
  thread_count = (int)(random_of(&random) % (THREADS_MAX + 1));
  for (int i = 0; i < ACTION_KINDS; i++) allowed[i] = random_of(&random) % 3 != 0;
  leaves_by_exit = random_of(&random) % 2; /* a lock of the loader's may be inherited */
  if (leaves_by_exit) allowed[LIBRARY] = allowed[RIGHTS] = allowed[THREAD] = false;
  /* The C library's setuid waits for all threads, for one in a handler that interrupted its own
   * handler for ever. */
  if (thread_count > 1) allowed[RIGHTS] = false;
  becomes_anew = random_of(&random) % 4 == 0;
  for (int i = 0; i < THREADS_MAX; i++) {
    workers[i].random = random_of(&random);
    workers[i].alternate = random_of(&random) % 2;
    workers[i].vanishes = random_of(&random) % 4 == 0 && thread_count != 0;
  }
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_RESTART};
  sigfillset(&action.sa_mask);
  sigaction(SIGRTMIN, &action, NULL);
  action.sa_handler = on_raised;
  sigaction(SIGUSR2, &action, NULL);
}

static void report(void) {
  char text[1000];
  int length = snprintf(text, sizeof text, "%d threads:", thread_count), bad = 0;
  for (int kind = 0; kind < ACTION_KINDS; kind++) {
    int sum = 0;
    for (int i = 0; i < THREADS_MAX; i++) sum += workers[i].done[kind];
    length += snprintf(text + length, sizeof text - (size_t)length, " %d %s", sum, names[kind]);
  }
  for (int i = 0; i < THREADS_MAX; i++) bad += workers[i].bad;
  length += snprintf(text + length, sizeof text - (size_t)length, "; %d bad\n", bad);
  if (write(STDOUT_FILENO, text, (size_t)length) != length) _exit(94);
}

int main(int argc, char **argv) {
  if (argc != 3 && argc != 4) return 1;
  arguments = argv;
  counts_path = argv[argc - 1];
  share_counts(counts_path);
  if (strcmp(argv[1], leaf) == 0) {
    me = &workers[0];
    work(100);
    return atoi(argv[2]);
  }
  choose((uint32_t)strtoul(argv[argc - 2], NULL, 10));
  if (strcmp(argv[1], last) == 0) becomes_anew = false;
  join_thread(true); /* what that loads is there before a signal comes */
  pthread_t threads[THREADS_MAX];
  if (thread_count == 0) run(&workers[0]);
  for (int i = 0; i < thread_count; i++) pthread_create(&threads[i], NULL, run, &workers[i]);
  for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
  while (wait(NULL) > 0) continue; /* for those of an image before */
  report();
  return 7;
}
