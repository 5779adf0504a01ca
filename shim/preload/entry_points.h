/*
 * entry_points.h: allocations that do not come by the exported family: through an allocator's own
 * functions (mallocx, mi_malloc, tc_malloc, __libc_malloc …), through the operators new and delete
 * that an allocator defines, and from libraries that find the C library's malloc before ours
 * (RTLD_DEEPBIND).
 *
 * None of these names is exported: a program that asks whether it has a mallocx must get the same
 * answer as without us. Instead, where such a function is loaded, its symbol in memory is made to
 * lead to a hook of ours, which every later binding then finds, be it by the loader or by dlsym;
 * and words that are bound already are bound anew. The loader's own rules decide as before who gets
 * whose definition, so a program's own operator new stays its own.
 *
 * Allocators call their own functions. The hook of the outermost call records it; those that the
 * allocator enters on the way are passed through.
 */
#ifndef MEMTRACE_ENTRY_POINTS_H
#define MEMTRACE_ENTRY_POINTS_H

/*
 * [init] Finds the allocators that are loaded and puts hooks before them. Once, when recording has
 * started; takes the loader's lock. Changes mt_next so that the allocator behind the family is
 * known to be entered by us.
 */
void mt_entry_points_install(void);

#endif
