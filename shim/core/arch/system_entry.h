/*
 * system_entry.h: the body of libc's `syscall`, for preload/system.c alone. It reads
 * mt_system_followed, 512 bytes; where that of its number is not 0, it goes on in mt_system_call,
 * else in *mt_system_next, which mt_system_find sets if it is NULL. Both are jumped to, with
 * registers and stack as they came.
 */
#if defined(__x86_64__)
#include "arch/x86_64/system_entry.h"
#elif defined(__aarch64__)
#include "arch/aarch64/system_entry.h"
#endif
