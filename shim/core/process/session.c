/* session.c: see session.h. */
#include "process/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

/* Field 22 of /proc/self/stat: start time since boot, in clock ticks. Survives exec. */
static uint64_t read_start_ticks(void) {
  char stat[1024];
  int fd = (int)mt_sys_open("/proc/self/stat", O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) return 0;
  long length = mt_sys_read(fd, stat, sizeof stat - 1);
  mt_sys_close(fd);
  if (length <= 0) return 0;
  stat[length] = '\0';
  const char *cursor = strrchr(stat, ')'); /* the name before it may hold anything */
  if (cursor == NULL) return 0;
  cursor++;
  for (int field = 3; field < 22; field++) {
    while (*cursor == ' ') cursor++;
    while (*cursor != ' ' && *cursor != '\0') cursor++;
  }
  while (*cursor == ' ') cursor++;
  return mt_text_take_number(&cursor);
}

static void read_executable(struct mt_session *session) {
  long length = mt_syscall(SYS_readlink, "/proc/self/exe", session->executable,
                           sizeof session->executable - 1, 0, 0, 0);
  if (length < 0) length = 0;
  session->executable[length] = '\0';
  const char *slash = strrchr(session->executable, '/');
  struct mt_text name = mt_text_over(session->program, sizeof session->program);
  mt_text_add(&name, slash != NULL ? slash + 1 : "unknown");
}

static void make_pattern_absolute(struct mt_session *session) {
  struct mt_text pattern = mt_text_over(session->pattern, sizeof session->pattern);
  if (mt_options.output[0] != '/') {
    char directory[MT_PATH_BYTES];
    long length = mt_syscall(SYS_getcwd, directory, sizeof directory, 0, 0, 0, 0);
    if (length > 1 && directory[0] == '/') {
      mt_text_add(&pattern, directory);
      if (directory[1] != '\0') mt_text_add(&pattern, "/");
    }
  }
  mt_text_add(&pattern, mt_options.output);
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

bool mt_session_begin(struct mt_session *session) {
  session->pid = mt_sys_pid();
  session->start_ticks = read_start_ticks();
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
  return session->pattern[0] == '/';
}

void mt_session_fork(struct mt_session *session) {
  session->image = MT_IMAGE_FORK;
  session->pid = mt_sys_pid();
  session->start_ticks = read_start_ticks();
}

static bool is_root(const struct mt_session *session) {
  return session->pid == session->root_pid && session->start_ticks == session->root_start_ticks;
}

/* `pattern` with %p, %e and %% replaced. True when it named the process (%p). */
static bool expand(struct mt_text *path, const char *pattern, const char *program, int pid) {
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

/* Adds `path` with `.INSERT` before the extension of its last component. */
static void insert_before_extension(struct mt_text *to, const char *path, const char *insert) {
  const char *slash = strrchr(path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  size_t stem = dot != NULL && dot != name ? (size_t)(dot - path) : strlen(path);
  mt_text_add_bytes(to, path, stem);
  mt_text_add(to, ".");
  mt_text_add(to, insert);
  mt_text_add(to, path + stem);
}

/* The path of a process that does not own the run's main path. `attempt` tells images of one
 * process with one program name apart. */
static void child_path(char *path, const struct mt_session *session, const char *program,
                       unsigned attempt) {
  char plain[MT_PATH_BYTES];
  struct mt_text base = mt_text_over(plain, sizeof plain);
  bool names_process = expand(&base, session->pattern, program, session->pid);
  char insert[MT_PROGRAM_NAME_BYTES + 32];
  struct mt_text tag = mt_text_over(insert, sizeof insert);
  if (!names_process) {
    mt_text_add(&tag, program);
    mt_text_add(&tag, ".");
    mt_text_add_number(&tag, (uint64_t)session->pid);
  }
  if (attempt > 0) {
    if (tag.length > 0) mt_text_add(&tag, ".");
    mt_text_add_number(&tag, attempt + 1);
  }
  struct mt_text result = mt_text_over(path, MT_PATH_BYTES);
  if (tag.length > 0) {
    insert_before_extension(&result, plain, insert);
  } else {
    mt_text_add(&result, plain);
  }
}

static bool exists(const char *path) {
  struct stat status;
  return mt_sys_stat_path(path, &status) == 0;
}

/* The header of the trace at `path`; its magic is wrong when there is none. */
static struct mt_file_header header_at(const char *path) {
  struct mt_file_header header;
  memset(&header, 0, sizeof header);
  int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);
  if (fd < 0) return header;
  mt_sys_read_at(fd, &header, sizeof header, 0);
  mt_sys_close(fd);
  return header;
}

static bool is_trace(const struct mt_file_header *header) {
  return memcmp(header->magic, MT_FILE_MAGIC, sizeof header->magic) == 0;
}

/* Whether nothing is lost when the file at `path` is replaced: there is none, or it is the trace of
 * a program that has ended. */
static bool is_replaceable(const char *path) {
  if (!exists(path)) return true;
  struct mt_file_header header = header_at(path);
  return is_trace(&header) &&
         (header.closed != 0 || mt_syscall(SYS_kill, header.pid, 0, 0, 0, 0, 0) == -ESRCH);
}

/* The path that an earlier file at `path` is kept under: trace.old.bin, or trace.old.2.bin … */
static void old_path(char *old, const char *path) {
  char insert[32];
  for (unsigned attempt = 1; attempt <= 1000; attempt++) {
    struct mt_text tag = mt_text_over(insert, sizeof insert);
    mt_text_add(&tag, "old");
    if (attempt > 1) {
      mt_text_add(&tag, ".");
      mt_text_add_number(&tag, attempt);
    }
    struct mt_text text = mt_text_over(old, MT_PATH_BYTES);
    insert_before_extension(&text, path, insert);
    if (is_replaceable(old)) return;
  }
}

/* What stands at the main path makes way; see session.h. 0 or -errno. */
static int move_aside(const struct mt_session *session, const char *path) {
  struct stat status;
  long result = mt_sys_stat_path(path, &status);
  if (result == -ENOENT) return 0;
  if (result < 0) return (int)result;
  if (S_ISDIR(status.st_mode)) return -EISDIR;
  if (!S_ISREG(status.st_mode)) return -ENODEV;

  struct mt_file_header header = header_at(path);
  char target[MT_PATH_BYTES];
  bool own = is_trace(&header) && header.pid == (uint32_t)session->pid &&
             header.process_start_ticks == session->start_ticks;
  if (own) {
    header.program[sizeof header.program - 1] = '\0';
    unsigned attempt = 0;
    do {
      child_path(target, session, header.program, attempt);
    } while (exists(target) && ++attempt < 1000);
  } else {
    old_path(target, path);
  }
  return (int)mt_sys_rename(path, target);
}

int mt_session_create_file(const struct mt_session *session, char *path) {
  int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  if (is_root(session)) {
    struct mt_text text = mt_text_over(path, MT_PATH_BYTES);
    expand(&text, session->pattern, session->program, session->pid);
    if (text.cut) return -ENAMETOOLONG;
    int moved = move_aside(session, path);
    return moved < 0 ? moved : (int)mt_sys_open(path, flags, 0600);
  }
  int fd = -EEXIST;
  for (unsigned attempt = 0; fd == -EEXIST && attempt < 1000; attempt++) {
    child_path(path, session, session->program, attempt);
    fd = (int)mt_sys_open(path, flags, 0600);
  }
  return fd;
}
