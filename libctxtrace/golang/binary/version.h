/*
 * Which Go release an executable was built with, from the build information that every Go program
 * carries, even a stripped one.
 */
#ifndef CTXTRACE_GOLANG_BINARY_VERSION_H
#define CTXTRACE_GOLANG_BINARY_VERSION_H

#include "image/elf_file.h"

/*
 * The version, such as "go1.26.8", however long it is, in printable characters; the caller frees
 * it. NULL when the file carries none, or memory ran out. Reads the file only.
 */
char *go_version_of(const struct elf_file *executable);

/* The 26 of "go1.26.8" or of "devel go1.26-abcdef"; -1 when there is none. */
int go_minor_of(const char *version);

#endif
