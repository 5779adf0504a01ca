/*
 * other_tools.h: tools that replace malloc themselves, so that they and the recorder cannot be used
 * together.
 */
#ifndef MEMTRACE_OTHER_TOOLS_H
#define MEMTRACE_OTHER_TOOLS_H

#include <stdbool.h>

/* [init] Why the program is not to be recorded, as text; NULL when nothing speaks against it. */
const char *mt_other_tool(void);

/* [init] Is it one that shows frames of ours, or ends the program for our sake? */
bool mt_other_tool_minds(void);

/* [init] The environment with which the program was started. */
char **mt_first_environment(void);

/* [init] In lifecycle.c: says why the program is not recorded, and starts it without us. Returns
 * when that cannot be. */
void mt_make_way(void);

/*
 * [init] Starts the program anew, as it was started, but without this library and without a
 * session: before anything of its own has run. Returns when that cannot be.
 */
void mt_start_without_us(void);

#endif
