/*
 * untraced.c: see untraced.h. What the loader does with a file is in its first bytes: the kernel
 * starts the interpreter that PT_INTERP names, and without one nobody reads LD_PRELOAD.
 */
#include "process/untraced.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "arch/elf.h"
#include "base/atomics.h"
#include "base/sys.h"
#include "process/options.h"
#include "trace_format.h"

#define NOTES 64u
#define SCRIPTS_MAX 4  /* a script whose interpreter is a script, and so on: the kernel's limit */
#define HEADERS_MAX 32 /* programs have a dozen */
#define DYNAMIC_MAX 64

enum { FREE, CHANGING, NOTED };

static struct note {
  uint32_t state; /* one of the above; whoever makes it CHANGING owns the rest */
  struct mt_untraced_program program;
} notes[NOTES];

static uint32_t noted; /* may be too high for a moment, never too low */
static bool has_notes; /* or had */
static uint64_t lost;
static const char *library_name;
static uint32_t user, group; /* at the start: asking later is a system call that may be forbidden */

void mt_untraced_begin(char **environment, const char *library) {
  user = mt_sys_user();
  group = (uint32_t)mt_syscall(SYS_getegid, 0, 0, 0, 0, 0, 0);
  const char *preloaded = mt_environment_value(environment, "LD_PRELOAD");
  /* Where /etc/ld.so.preload names us, no child's environment has to. */
  bool is_named = preloaded != NULL && library != NULL && strstr(preloaded, library) != NULL;
  library_name = is_named ? library : NULL;
}

/* ---- Judging ---- */

static bool is_preloaded(char *const environment[]) {
  if (library_name == NULL) return true;
  if (environment == NULL) return false;
  const char *value = mt_environment_value((char **)environment, "LD_PRELOAD");
  return value != NULL && strstr(value, library_name) != NULL;
}

static bool gives_rights(const struct stat *file) {
  if ((file->st_mode & S_ISUID) != 0 && file->st_uid != user) return true;
  return (file->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && file->st_gid != group;
}

/* A program without an interpreter that may be loaded anywhere: static, or a loader. */
static bool is_static_pie(int fd, const Elf64_Phdr *dynamic) {
  Elf64_Dyn entries[DYNAMIC_MAX];
  size_t bytes = dynamic->p_filesz < sizeof entries ? dynamic->p_filesz : sizeof entries;
  long read = mt_sys_read_at(fd, entries, bytes, dynamic->p_offset);
  for (long i = 0; i < read / (long)sizeof entries[0]; i++) {
    if (entries[i].d_tag == DT_FLAGS_1) return (entries[i].d_un.d_val & DF_1_PIE) != 0;
  }
  return false;
}

static uint32_t judge_loader(int fd, const Elf64_Phdr *header) {
  char loader[256];
  size_t bytes = header->p_filesz < sizeof loader ? header->p_filesz : sizeof loader;
  long length = mt_sys_read_at(fd, loader, bytes, header->p_offset);
  if (length <= 0) return 0;
  loader[length - 1] = '\0';
  bool is_other = strstr(loader, "ld-musl") != NULL || strstr(loader, "/linker64") != NULL;
  return is_other ? MT_UNTRACED_OTHER_LIBRARY : 0;
}

static uint32_t judge_program(int fd, const Elf64_Ehdr *header) {
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != MT_ELF_MACHINE)
    return MT_UNTRACED_OTHER_MACHINE;
  Elf64_Phdr headers[HEADERS_MAX];
  if (header->e_phentsize != sizeof headers[0] || header->e_phnum > HEADERS_MAX) return 0;
  long bytes = (long)(header->e_phnum * sizeof headers[0]);
  if (mt_sys_read_at(fd, headers, (size_t)bytes, header->e_phoff) != bytes) return 0;
  const Elf64_Phdr *dynamic = NULL;
  for (int i = 0; i < header->e_phnum; i++) {
    if (headers[i].p_type == PT_INTERP) return judge_loader(fd, &headers[i]);
    if (headers[i].p_type == PT_DYNAMIC) dynamic = &headers[i];
  }
  bool is_static = header->e_type == ET_EXEC || (dynamic != NULL && is_static_pie(fd, dynamic));
  return is_static ? MT_UNTRACED_STATIC : 0;
}

/* The interpreter in a script's first line, in place; NULL if there is none. */
static const char *interpreter_of(char *line) {
  char *path = line + 2;
  while (*path == ' ' || *path == '\t') path++;
  size_t length = strcspn(path, " \t\n");
  path[length] = '\0';
  return length > 0 ? path : NULL;
}

uint32_t mt_untraced_reason(const char *path, char *const environment[]) {
  char start[256]; /* of the file; the kernel reads as much */
  char interpreter[256];
  for (int scripts = 0; path != NULL && scripts <= SCRIPTS_MAX; scripts++) {
    struct stat file;
    if (mt_sys_stat_path(path, &file) != 0 || !S_ISREG(file.st_mode)) return 0;
    if ((file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) return 0;
    int fd = (int)mt_sys_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0);
    if (fd < 0) return 0;
    uint32_t reason = 0;
    const char *next = NULL;
    long length = mt_sys_read_at(fd, start, sizeof start - 1, 0);
    start[length > 0 ? length : 0] = '\0';
    if (length > 2 && start[0] == '#' && start[1] == '!') {
      next = interpreter_of(start);
    } else if (length >= (long)sizeof(Elf64_Ehdr) && memcmp(start, ELFMAG, SELFMAG) == 0) {
      Elf64_Ehdr header;
      memcpy(&header, start, sizeof header);
      reason = judge_program(fd, &header);
      if (reason == 0 && gives_rights(&file)) reason = MT_UNTRACED_PRIVILEGED;
      if (reason == 0 && !is_preloaded(environment)) reason = MT_UNTRACED_ENVIRONMENT;
    }
    mt_sys_close(fd);
    if (next == NULL) return reason;
    memcpy(interpreter, next, strlen(next) + 1);
    path = interpreter;
  }
  return 0;
}

/* ---- Notes ---- */

static bool take(struct note *note, uint32_t from) {
  return mt_cas_acq_rel(&note->state, &from, CHANGING);
}

void mt_untraced_note(int pid, const char *path, uint32_t reason) {
  mt_store_relaxed(&has_notes, true);
  for (uint32_t i = 0; i < NOTES; i++) {
    struct note *note = &notes[i];
    if (mt_load_relaxed(&note->state) != FREE || !take(note, FREE)) continue;
    size_t length = strlen(path);
    size_t skipped = length < MT_UNTRACED_PATH_BYTES ? 0 : length + 1 - MT_UNTRACED_PATH_BYTES;
    note->program.pid = pid;
    note->program.reason = reason;
    memcpy(note->program.path, path + skipped, length - skipped + 1);
    mt_add_relaxed(&noted, 1);
    mt_store_release(&note->state, NOTED); /* pairs with the exchange in take */
    return;
  }
  mt_add_relaxed(&lost, 1);
}

void mt_untraced_retract(int pid) {
  for (uint32_t i = 0; mt_load_relaxed(&noted) > 0 && i < NOTES; i++) {
    struct note *note = &notes[i];
    if (mt_load_relaxed(&note->state) != NOTED || !take(note, NOTED)) continue;
    bool is_its = note->program.pid == pid;
    if (is_its) mt_add_relaxed(&noted, -1u);
    mt_store_release(&note->state, is_its ? FREE : NOTED);
  }
}

bool mt_untraced_take(struct mt_untraced_program *program) {
  for (uint32_t i = 0; mt_load_relaxed(&noted) > 0 && i < NOTES; i++) {
    struct note *note = &notes[i];
    if (mt_load_relaxed(&note->state) != NOTED || !take(note, NOTED)) continue;
    *program = note->program;
    mt_add_relaxed(&noted, -1u);
    mt_store_release(&note->state, FREE);
    return true;
  }
  return false;
}

uint64_t mt_untraced_lost(void) { return mt_load_relaxed(&lost); }

void mt_untraced_forget(void) {
  if (has_notes) memset(notes, 0, sizeof notes); /* else their pages were never touched */
  has_notes = false;
  noted = 0;
  lost = 0;
}
