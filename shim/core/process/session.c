/* session.c: see session.h. */
#include "process/session.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/page.h"
#include "base/sys.h"
#include "base/text.h"
#include "process/process.h"

struct mt_process mt_process;

/* Where the program's stack began: the number of its arguments, these, NULL, the environment. */
extern void *__libc_stack_end __attribute__((weak));

/* Field 22 of a stat file of /proc: start time since boot, in clock ticks. Survives exec. 0 if it
 * cannot be read, or is another process's than `pid`. */
static uint64_t read_start_ticks(const char *path, int pid) {
  char stat[1024];
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = mt_sys_read(fd, stat, sizeof stat - 1);
  mt_sys_close(fd);
  if (length <= 0) return 0;
  stat[length] = '\0';
  const char *cursor = stat;
  if (pid != 0 && mt_text_take_number(&cursor) != (uint64_t)pid) return 0;
  cursor = strrchr(stat, ')'); /* the name before it may hold anything */
  if (cursor == NULL) return 0;
  cursor++;
  for (int field = 3; field < 22; field++) {
    while (*cursor == ' ') cursor++;
    while (*cursor != ' ' && *cursor != '\0') cursor++;
  }
  while (*cursor == ' ') cursor++;
  return mt_text_take_number(&cursor);
}

static uint64_t own_start_ticks(void) { return read_start_ticks("/proc/self/stat", 0); }

uint64_t mt_session_start_of(int pid) {
  /* The files may be those of another pid namespace. */
  if (read_start_ticks("/proc/self/stat", mt_sys_pid()) == 0) return 0;
  char path[64];
  struct mt_text text = mt_text_over(path, sizeof path);
  mt_text_add(&text, "/proc/");
  mt_text_add_number(&text, (uint64_t)pid);
  mt_text_add(&text, "/stat");
  return read_start_ticks(path, pid);
}

/* The first bytes of a file; how many. */
static long read_head(const char *path, void *bytes, size_t count) {
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = mt_sys_read(fd, bytes, count);
  mt_sys_close(fd);
  return length;
}

/* Whether a file's header is that of the program that runs. */
static bool is_own_header(const Elf64_Ehdr *header) {
  uint64_t distance = getauxval(AT_ENTRY) - header->e_entry;
  return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_phnum == getauxval(AT_PHNUM) &&
         distance % mt_page_bytes() == 0;
}

/* The interpreter that a script names, in the script's own bytes; NULL if it is none. */
static const char *interpreter_in(char *bytes) {
  if (bytes[0] != '#' || bytes[1] != '!') return NULL;
  char *start = bytes + 2;
  while (*start == ' ' || *start == '\t') start++;
  start[strcspn(start, " \t\n")] = '\0';
  return start;
}

#define SCRIPTS_MAX 5 /* of scripts that run scripts; the kernel takes no more */

/*
 * Without /proc: the name by which the kernel was told to run it, or the interpreter of the script
 * of that name, as an absolute path; empty when the file there is another one.
 */
static void find_executable(struct mt_text *path) {
  union {
    Elf64_Ehdr header;
    char bytes[256]; /* as many as the kernel reads of a script */
  } head;
  char name[sizeof head];
  const char *called = (const char *)getauxval(AT_EXECFN);
  for (int script = 0; script < SCRIPTS_MAX && called != NULL; script++) {
    long length = read_head(called, &head, sizeof head - 1);
    if (length >= (long)sizeof head.header && is_own_header(&head.header)) {
      char directory[MT_PATH_BYTES];
      while (strncmp(called, "./", 2) == 0) called += 2;
      if (called[0] != '/' && mt_syscall(SYS_getcwd, directory, sizeof directory, 0, 0, 0, 0) > 1) {
        mt_text_add(path, directory);
        if (directory[1] != '\0') mt_text_add(path, "/");
      }
      mt_text_add(path, called);
      return;
    }
    head.bytes[length > 0 ? length : 0] = '\0';
    called = interpreter_in(head.bytes);
    if (called != NULL) called = memcpy(name, called, strlen(called) + 1);
  }
}

static void read_executable(struct mt_session *session) {
  long length =
      mt_sys_read_link("/proc/self/exe", session->executable, sizeof session->executable - 1);
  session->executable[length > 0 ? length : 0] = '\0';
  if (length <= 0) {
    struct mt_text path = mt_text_over(session->executable, sizeof session->executable);
    find_executable(&path);
  }
  const char *slash = strrchr(session->executable, '/');
  struct mt_text name = mt_text_over(session->program, sizeof session->program);
  mt_text_add(&name, slash != NULL ? slash + 1 : "unknown");
}

/* Adds a path that is no pattern to one. */
static void add_literally(struct mt_text *pattern, const char *path, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (path[i] == '%') mt_text_add(pattern, "%");
    mt_text_add_bytes(pattern, path + i, 1);
  }
}

/* Bytes of `path` that are the folder `directory` and its slash, if it starts with these. */
static size_t length_in(const char *path, const char *directory) {
  size_t length = strlen(directory);
  bool starts = length > 1 && strncmp(path, directory, length) == 0 && path[length] == '/';
  return starts ? length + 1 : 0;
}

/*
 * The pattern as an absolute path. What the user typed may hold %p and the like; the working
 * directory, as the kernel or the shell ($PWD) calls it, is none of that.
 */
static void make_pattern_absolute(struct mt_session *session) {
  struct mt_text pattern = mt_text_over(session->pattern, sizeof session->pattern);
  const char *output = mt_options.output;
  char directory[MT_PATH_BYTES];
  long length = mt_syscall(SYS_getcwd, directory, sizeof directory, 0, 0, 0, 0);
  bool has_path = length > 1 && directory[0] == '/';
  if (output[0] != '/') {
    if (has_path) {
      add_literally(&pattern, directory, strlen(directory));
      if (directory[1] != '\0') mt_text_add(&pattern, "/");
    }
  } else {
    size_t own = has_path ? length_in(output, directory) : 0;
    if (own == 0) own = length_in(output, mt_options.shell_directory);
    add_literally(&pattern, output, own);
    output += own;
  }
  mt_text_add(&pattern, output);
  if (pattern.cut) session->pattern[0] = '\0';
}

/* Always as many digits: what a program allocates for its environment is then the same in each run.
 */
static void add_padded(struct mt_text *text, uint64_t number, unsigned digits) {
  uint64_t limit = 1;
  while (--digits > 0) limit *= 10;
  for (; limit > 1 && number < limit; limit /= 10) mt_text_add(text, "0");
  mt_text_add_number(text, number);
}

static void write_variable(struct mt_session *session) {
  struct mt_text variable = mt_text_over(session->variable, sizeof session->variable);
  mt_text_add(&variable, "MEMTRACE_SESSION=");
  add_padded(&variable, (uint64_t)session->root_pid, 10);
  mt_text_add(&variable, ":");
  add_padded(&variable, session->root_start_ticks, 20);
  mt_text_add(&variable, ":");
  mt_text_add(&variable, session->pattern);
}

const char *mt_session_begin(struct mt_session *session) {
  session->pid = mt_sys_pid();
  session->start_ticks = own_start_ticks();
  read_executable(session);

  const char *cursor = mt_options.session;
  session->root_pid = (int)mt_text_take_number(&cursor);
  bool inherited = *cursor == ':';
  if (inherited) cursor++;
  session->root_start_ticks = mt_text_take_number(&cursor);
  if (inherited && cursor[0] == ':' && cursor[1] == '/') {
    struct mt_text pattern = mt_text_over(session->pattern, sizeof session->pattern);
    mt_text_add(&pattern, cursor + 1);
    session->image = MT_IMAGE_EXEC;
  } else {
    session->image = MT_IMAGE_START;
    session->root_pid = session->pid;
    session->root_start_ticks = session->start_ticks;
    make_pattern_absolute(session);
  }
  write_variable(session);
  if (mt_options.output_too_long || session->pattern[0] == '\0') return "File name too long";
  return session->pattern[0] == '/' ? NULL : "the working directory has no path";
}

void mt_session_fork(struct mt_session *session) {
  session->image = MT_IMAGE_FORK;
  session->pid = mt_sys_pid();
  session->start_ticks = own_start_ticks();
}

static bool ends_in(const char *path, const char *name) {
  const char *slash = strrchr(path, '/');
  return strcmp(slash != NULL ? slash + 1 : path, name) == 0;
}

/* Whether the process is an interpreter of a script of this name: its first argument that is no
 * option, a file and no program. */
static bool interprets(const char *name) {
  char **arguments = (char **)__libc_stack_end;
  if (&__libc_stack_end == NULL || arguments[0] == NULL) return false;
  arguments += 2; /* behind their count and the program's name */
  while (*arguments != NULL && **arguments == '-') arguments++;
  struct stat status;
  char head[SELFMAG];
  return *arguments != NULL && ends_in(*arguments, name) &&
         mt_sys_stat_path(*arguments, &status) == 0 && S_ISREG(status.st_mode) &&
         read_head(*arguments, head, sizeof head) == SELFMAG && memcmp(head, ELFMAG, SELFMAG) != 0;
}

/* Whether the process runs a program of this name: an executable, the link by which it was called,
 * or a script. Of a script the kernel says its path there, not its interpreter's; but where that is
 * `env`, what it becomes has the script as an argument alone. */
static bool is_called(const struct mt_session *session, const char *name) {
  const char *called = (const char *)getauxval(AT_EXECFN);
  return (called != NULL && ends_in(called, name)) || ends_in(session->executable, name) ||
         interprets(name);
}

bool mt_session_is_wanted(const struct mt_session *session) {
  if (!mt_options.follow && !mt_session_is_first(session)) return false;
  return mt_options.only[0] == '\0' || is_called(session, mt_options.only);
}

bool mt_session_is_first(const struct mt_session *session) {
  return session->pid == session->root_pid && session->start_ticks == session->root_start_ticks;
}

bool mt_session_expand(struct mt_text *path, const char *pattern, const char *program, int pid) {
  bool names_process = false;
  for (const char *cursor = pattern; *cursor != '\0'; cursor++) {
    if (cursor[0] != '%' || cursor[1] == '\0') {
      mt_text_add_bytes(path, cursor, 1);
      continue;
    }
    cursor++;
    if (*cursor == 'p') {
      mt_text_add_number(path, (uint64_t)pid);
      names_process = true;
    } else if (*cursor == 'e') {
      mt_text_add(path, program);
    } else if (*cursor == '%') {
      mt_text_add(path, "%");
    } else {
      mt_text_add_bytes(path, cursor - 1, 2);
    }
  }
  return names_process;
}
