/* other_tools.c: see other_tools.h. */
#include "other_tools.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/sys.h"
#include "base/text.h"
#include "lifecycle.h"
#include "next_functions.h"
#include "process/options.h"

extern void __asan_init(void) __attribute__((weak));
extern void __hwasan_init(void) __attribute__((weak));
extern void __lsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern const char *gnu_get_libc_version(void) __attribute__((weak));

const char *mt_other_tool(void) {
  if (mt_under_valgrind()) return "valgrind runs it, and serves malloc itself";
  if (__asan_init != NULL) return "it is built with AddressSanitizer, which serves malloc itself";
  if (__hwasan_init != NULL)
    return "it is built with HWAddressSanitizer, which serves malloc itself";
  if (__lsan_init != NULL) return "it is built with LeakSanitizer, which serves malloc itself";
  if (__msan_init != NULL) return "it is built with MemorySanitizer, which serves malloc itself";
  if (__tsan_init != NULL) return "it is built with ThreadSanitizer, which serves malloc itself";
  return NULL;
}

static const void *module_of(const void *address) {
  Dl_info info;
  return dladdr(address, &info) != 0 ? info.dli_fbase : NULL;
}

bool mt_other_tool_minds(void) {
  const void *program = module_of((const void *)getauxval(AT_PHDR));
  const void *tool = NULL;
  if (__asan_init != NULL) tool = module_of((const void *)(uintptr_t)__asan_init);
  if (tool == NULL && __lsan_init != NULL) tool = module_of((const void *)(uintptr_t)__lsan_init);
  return tool != NULL && tool != program;
}

/* ---- Anew ---- */

/* Where the program's stack began: the number of its arguments, these, NULL, the environment. Known
 * before the C library knows its environment. */
extern void *__libc_stack_end __attribute__((weak));

/* What was executed; of a script, its interpreter. */
static const char *program_path(char *buffer, size_t bytes) {
  const char *named = (const char *)getauxval(AT_EXECFN);
  long length = mt_sys_read_link("/proc/self/exe", buffer, bytes - 1);
  if (length <= 0) return named;
  buffer[length] = '\0';
  struct stat by_name, by_link;
  bool is_same = named != NULL && mt_sys_stat_path(named, &by_name) == 0 &&
                 mt_sys_stat_path(buffer, &by_link) == 0 && by_name.st_ino == by_link.st_ino &&
                 by_name.st_dev == by_link.st_dev;
  return is_same ? named : buffer;
}

/* The value of LD_PRELOAD without us; false if we are not in it. */
static bool without_us(const char *value, struct mt_text *rest) {
  Dl_info own;
  bool found = false;
  if (dladdr(&mt_stage, &own) == 0) return false;
  while (*value != '\0') {
    size_t length = 0; /* few of libc's functions can be had before a sanitizer is ready */
    while (value[length] != '\0' && value[length] != ':' && value[length] != ' ') length++;
    if (length == strlen(own.dli_fname) && strncmp(value, own.dli_fname, length) == 0) {
      found = true;
    } else if (length > 0) {
      if (rest->length > 0 && rest->bytes[rest->length - 1] != '=') mt_text_add(rest, ":");
      mt_text_add_bytes(rest, value, length);
    }
    value += length;
    if (*value != '\0') value++;
  }
  return found && !rest->cut;
}

char **mt_first_environment(void) {
  char **stack = &__libc_stack_end != NULL ? __libc_stack_end : NULL;
  return stack == NULL ? environ : stack + 1 + (size_t)(uintptr_t)stack[0] + 1;
}

void mt_start_without_us(void) {
  static const char preload[] = "LD_PRELOAD=", session[] = "MEMTRACE_SESSION=";
  static char path[MT_PATH_BYTES], rest[4 * MT_PATH_BYTES];
  if (&__libc_stack_end == NULL) return;
  char **argv = (char **)__libc_stack_end + 1, **environment = mt_first_environment();
  const char *value = mt_environment_value(environment, "LD_PRELOAD");
  struct mt_text text = mt_text_over(rest, sizeof rest);
  mt_text_add(&text, preload);
  if (value == NULL || !without_us(value, &text)) return;
  size_t count = 0;
  while (environment[count] != NULL) count++;
  char **changed = mt_sys_map_private((count + 1) * sizeof *changed);
  if (changed == NULL) return;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    char *entry = environment[i];
    if (strncmp(entry, session, sizeof session - 1) == 0) continue;
    if (strncmp(entry, preload, sizeof preload - 1) == 0) {
      if (text.length == sizeof preload - 1) continue; /* nothing else was in it */
      entry = rest;
    }
    changed[kept++] = entry;
  }
  mt_syscall(SYS_execve, program_path(path, sizeof path), argv, changed, 0, 0, 0);
}

/*
 * The dynamic AddressSanitizer looks, before all else, whether it is the first among the libraries,
 * and ends the program if it is not. This is how it looks.
 */
__attribute__((visibility("default"))) int dl_iterate_phdr(int (*callback)(struct dl_phdr_info *,
                                                                           size_t, void *),
                                                           void *data) {
  static bool has_looked;
  if (__asan_init != NULL && !has_looked) {
    has_looked = true;
    if (mt_other_tool_minds()) mt_make_way();
  }
  return MT_NEXT(dl_iterate_phdr)(callback, data);
}
