/* The extended attributes of files, which Swift's module of glibc does not have. */
#include <sys/xattr.h>
