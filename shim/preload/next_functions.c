/* next_functions.c: see next_functions.h. */
#include "next_functions.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

struct mt_next_functions mt_next_functions;

mt_any_function *mt_next_functions_find_one(mt_any_function **where, const char *name) {
  *(void **)where = dlsym(RTLD_NEXT, name);
  return *where;
}

void mt_next_functions_find(void) {
  bool all = true;
#define FIND(name) all &= mt_next_functions_find_one(&mt_next_functions.name, #name) != NULL;
  MT_NEXT_FUNCTIONS(FIND)
#undef FIND
  if (!all) dlerror(); /* an old C library lacks one: not the program's error */
}
