/*
 * test_session.c [RUN …]: who a process is among those of its run (process/session.h). Starts
 * itself once more to see what a child makes of what its parent hands on.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "expect.h"
#include "process/session.h"

static const char *expanded(const char *pattern, bool *names_process) {
  static char path[256];
  struct mt_text text = mt_text_over(path, sizeof path);
  *names_process = mt_session_expand(&text, pattern, "app", 42);
  return path;
}

static void test_patterns(void) {
  static const struct {
    const char *pattern, *path;
    bool names_process;
  } cases[] = {
      {"/tmp/trace.bin", "/tmp/trace.bin", false},
      {"/tmp/%e.bin", "/tmp/app.bin", false},
      {"/tmp/%p-%e-%p", "/tmp/42-app-42", true},
      {"/tmp/100%%p", "/tmp/100%p", false},
      {"/tmp/%d%", "/tmp/%d%", false},
      {"%%%p", "%42", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    bool names_process;
    expect_text(expanded(cases[i].pattern, &names_process), cases[i].path);
    expect(names_process == cases[i].names_process, "%s", cases[i].pattern);
  }
}

static struct mt_session begin(const char *output, const char *handed_on) {
  static struct mt_session session;
  memset(&session, 0, sizeof session);
  memset(&mt_options, 0, sizeof mt_options);
  mt_options.follow = true;
  strcpy(mt_options.output, output);
  strcpy(mt_options.session, handed_on);
  const char *reason = mt_session_begin(&session);
  expect(reason == NULL, "%s: %s", output, reason);
  return session;
}

static struct mt_session test_first(void) {
  char directory[4096], expected[4200];
  expect(chdir("/tmp") == 0 && getcwd(directory, sizeof directory) != NULL, "a folder");
  struct mt_session first = begin("t%p.bin", "");
  snprintf(expected, sizeof expected, "%s/t%%p.bin", directory);
  expect_text(first.pattern, expected);
  expect_number(first.image, MT_IMAGE_START);
  expect_number(first.pid, getpid());
  expect_number(first.root_pid, getpid());
  expect(first.start_ticks != 0 && first.start_ticks == mt_session_start_of(getpid()),
         "the start, by either name of the process");
  expect(mt_session_is_first(&first), "it is the first of its run");
  expect_text(first.program, "session");
  expect(strncmp(first.variable, "MEMTRACE_SESSION=", 17) == 0, "%s", first.variable);
  return first;
}

/* Not a session of this form: a run of its own. */
static void test_nonsense(void) {
  static const char *const values[] = {"nonsense", "12:", "12:34", "12:34:relative", ":"};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    struct mt_session session = begin("/tmp/t.bin", values[i]);
    expect(session.image == MT_IMAGE_START && mt_session_is_first(&session), "%s", values[i]);
    expect_text(session.pattern, "/tmp/t.bin");
  }
}

/* A percent sign in the working directory's name is part of it; one that was asked for is not. */
static void test_percent(void) {
  char folder[] = "/tmp/%p-XXXXXX", expected[64];
  expect(mkdtemp(folder) != NULL && chdir(folder) == 0, "a folder");
  struct mt_session session = begin("%e.bin", "");
  snprintf(expected, sizeof expected, "/tmp/%%%s/%%e.bin", folder + 5);
  expect_text(session.pattern, expected);
  expect(chdir("/") == 0 && rmdir(folder) == 0, "and gone");
}

static void test_wanted(void) {
  struct mt_session session = begin("/tmp/t.bin", "");
  expect(mt_session_is_wanted(&session), "every program is");
  strcpy(mt_options.only, "session");
  expect(mt_session_is_wanted(&session), "a program of this name is");
  strcpy(mt_options.only, "sessions");
  expect(!mt_session_is_wanted(&session), "a program of another is not");
  mt_options.only[0] = '\0';
  mt_options.follow = false;
  expect(mt_session_is_wanted(&session), "the first process is");
  session.pid++;
  expect(!mt_session_is_wanted(&session), "another one is not");
}

/* In the program that the first one became or started: `run` is what was handed on. */
static int as_child(const char *run, int parent) {
  struct mt_session session = begin("/elsewhere.bin", run);
  expect_number(session.image, MT_IMAGE_EXEC);
  expect_number(session.root_pid, parent);
  expect_text(session.pattern, "/tmp/t%p.bin");
  expect_text(session.variable + strlen("MEMTRACE_SESSION="), run);
  expect(mt_session_is_first(&session) == (getpid() == parent), "who is the first");
  return expect_status();
}

static void test_children(const struct mt_session *first, const char *self) {
  const char *run = first->variable + strlen("MEMTRACE_SESSION=");
  char parent[16];
  snprintf(parent, sizeof parent, "%d", getpid());
  pid_t child = fork();
  if (child == 0) {
    struct mt_session forked = *first;
    mt_session_fork(&forked);
    expect_number(forked.image, MT_IMAGE_FORK);
    expect_number(forked.pid, getpid());
    expect_number(forked.root_pid, getppid());
    expect(!mt_session_is_first(&forked), "a child is not the first");
    if (expect_status() == 0) execl(self, self, run, parent, (char *)NULL);
    _exit(1);
  }
  int status = 0;
  expect(waitpid(child, &status, 0) == child && status == 0, "the child, status %d", status);
}

int main(int argc, char **argv) {
  if (argc == 3) return as_child(argv[1], atoi(argv[2]));
  char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  self[length > 0 ? length : 0] = '\0';
  test_patterns();
  struct mt_session first = test_first();
  test_nonsense();
  test_percent();
  test_wanted();
  test_children(&first, self);
  return expect_status();
}
