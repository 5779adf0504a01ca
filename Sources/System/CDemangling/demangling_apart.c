/*
 * demangling_apart.c: the process that takes the names which could stand for gigabytes. It is a
 * fork that does nothing but demangle: it has no file but one socket, may not use more than
 * DATA_MAX bytes more than the process it comes from, and is killed when an answer takes longer
 * than ANSWER_MS. A name that ends it has no readable form. After ENDS_MAX such names, or ALL_MS of
 * time in all, none of this kind is tried any more: what a file of such names can cost is bounded,
 * too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "demangling.h"

#define DATA_MAX ((uint64_t)64 << 20)
#define ANSWER_MS 500
#define ALL_MS 2000
#define ENDS_MAX 3

struct question {
  uint32_t mangling;
  uint32_t bytes; /* of the name, which follows */
};

struct answer {
  uint32_t bytes; /* of the text, which follows */
  uint32_t is_cut;
};

static struct {
  pthread_mutex_t lock;
  pid_t pid; /* 0: there is none */
  int socket;
  int ends;
  int64_t spent_ms;
} apart = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* MARK: The process */

/* Private memory of this process, in bytes, as RLIMIT_DATA counts it; 0 if it is not known. */
static uint64_t data_bytes(void) {
  char text[4096];
  int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  text[count > 0 ? count : 0] = '\0';
  const char *line = strstr(text, "VmData:");
  return line == NULL ? 0 : strtoull(line + 7, NULL, 10) << 10;
}

static bool take(int from, void *bytes, size_t count) {
  for (char *at = bytes; count > 0;) {
    ssize_t got = recv(from, at, count, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    count -= (size_t)got;
  }
  return true;
}

static bool give(int to, const void *bytes, size_t count) {
  for (const char *at = bytes; count > 0;) {
    ssize_t sent = send(to, at, count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    count -= (size_t)sent;
  }
  return true;
}

/* Nothing of the process it comes from: no handler, no file, no core. */
static int leave_all(int socket, uint64_t data) {
  struct rlimit memory = {data + DATA_MAX, data + DATA_MAX}, none = {0, 0};
  setrlimit(RLIMIT_DATA, &memory);
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t all;
  sigemptyset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  int nothing = open("/dev/null", O_RDWR);
  for (int standard = 0; standard < 3; standard++) {
    if (nothing < 0 || dup2(nothing, standard) < 0) close(standard);
  }
  int own = socket == 3 ? 3 : dup2(socket, 3);
  if (own == 3) close_range(4, UINT_MAX, 0);
  return own;
}

_Noreturn static void answer_questions(int socket, uint64_t data) {
  static char name[(64 << 10) + 1], text[MT_READABLE_BYTES_MAX];
  socket = leave_all(socket, data);
  struct question question;
  while (take(socket, &question, sizeof question) && question.bytes < sizeof name &&
         take(socket, name, question.bytes)) {
    name[question.bytes] = '\0';
    struct mt_readable readable = {.text = text};
    mt_demangle_whole(question.mangling, name, question.bytes, &readable);
    struct answer answer = {(uint32_t)readable.bytes, readable.is_cut};
    if (!give(socket, &answer, sizeof answer) || !give(socket, text, readable.bytes)) break;
  }
  _exit(0);
}

/* MARK: Who asks */

static bool start(void) {
  int sockets[2];
  uint64_t data = data_bytes();
  if (data == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return false;
  pid_t pid = fork();
  if (pid == 0) answer_questions(sockets[1], data);
  close(sockets[1]);
  if (pid < 0) {
    close(sockets[0]);
    return false;
  }
  apart.pid = pid;
  apart.socket = sockets[0];
  return true;
}

static void end(void) {
  kill(apart.pid, SIGKILL);
  while (waitpid(apart.pid, NULL, 0) < 0 && errno == EINTR) continue;
  close(apart.socket);
  apart.pid = 0;
  apart.ends++;
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool ask(struct question question, const char *name, struct mt_readable *readable) {
  if (!give(apart.socket, &question, sizeof question) || !give(apart.socket, name, question.bytes))
    return false;
  struct pollfd ready = {.fd = apart.socket, .events = POLLIN};
  int64_t until = now_ms() + ANSWER_MS, left = ANSWER_MS;
  int count = 0;
  while ((count = poll(&ready, 1, (int)left)) < 0 && errno == EINTR && left > 0) {
    left = until - now_ms();
  }
  struct answer answer;
  if (count <= 0 || !take(apart.socket, &answer, sizeof answer) ||
      answer.bytes > MT_READABLE_BYTES_MAX || !take(apart.socket, readable->text, answer.bytes))
    return false;
  readable->bytes = answer.bytes;
  readable->is_cut = answer.is_cut != 0;
  return true;
}

void mt_demangle_apart(enum mt_mangling mangling, const char *name, size_t bytes,
                       struct mt_readable *readable) {
  readable->bytes = 0;
  readable->is_cut = false;
  if (bytes > (64u << 10)) return;
  pthread_mutex_lock(&apart.lock);
  int64_t begin = now_ms();
  if (apart.ends < ENDS_MAX && apart.spent_ms < ALL_MS && (apart.pid != 0 || start())) {
    struct question question = {mangling, (uint32_t)bytes};
    if (!ask(question, name, readable)) end();
  }
  apart.spent_ms += now_ms() - begin;
  pthread_mutex_unlock(&apart.lock);
}
