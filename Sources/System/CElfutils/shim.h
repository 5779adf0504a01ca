#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <libelf.h>
#include <sys/auxv.h>

/* glibc declares it for _GNU_SOURCE alone, which importers of this module do not set. */
int memfd_create(const char *name, unsigned int flags);
