/*
 * Which Go release an executable was built with, from the build information that every Go program
 * carries, also a stripped one.
 */
#ifndef CTXTRACE_GOLANG_VERSION_H
#define CTXTRACE_GOLANG_VERSION_H

#include "image/elf_file.h"

/*
 * Copies a version such as "go1.26.8" and returns true; false when the file carries none. Reads the
 * file only.
 */
bool go_version_of(const struct elf_file *executable, char *version, size_t size);

/* The 26 of "go1.26.8" or of "devel go1.26-abcdef"; -1 when there is none. */
int go_minor_of(const char *version);

#endif
