/*
 * page_files.h: the page's own files, as this build has them. SwiftPM's `embedInCode` makes each
 * byte an element of a Swift array, which takes the compiler 10 s for 110 kB; #embed takes nothing.
 */
#ifndef MEMTRACE_PAGE_FILES_H
#define MEMTRACE_PAGE_FILES_H

/* The text of a file of Sources/Page/web; NULL if there is none of that name. */
const char *mt_page_file(const char *name);

#endif
