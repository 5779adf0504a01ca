#include <stddef.h>

#include <libiberty/demangle.h>
