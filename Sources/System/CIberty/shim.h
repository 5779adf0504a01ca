/* demangle.h names size_t without including what defines it: this order matters. */
// clang-format off
#include <stddef.h>
#include <libiberty/demangle.h>
