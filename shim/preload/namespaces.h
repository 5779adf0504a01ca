/*
 * namespaces.h: a call that changes namespaces, made without the writer's task; see namespaces.c.
 */
#ifndef MEMTRACE_NAMESPACES_H
#define MEMTRACE_NAMESPACES_H

#include <stdbool.h>

/* [any, not in a hook] The result of `make(data)`, unshare or setns; errno is its own. `is_time`:
 * for a time namespace, which is refused with another error. */
long mt_namespace_call(long (*make)(const long *), const long *data, bool is_time);

#endif
