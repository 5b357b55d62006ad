/*
 * Names of functions as their authors wrote them, from those that the linkers of C++ and Rust know:
 * _ZN4bank8transferERNS_7AccountE is bank::transfer. Parameters are left out, as they are in DWARF,
 * and so is the hash of Rust names of the older kind.
 *
 * Names come from a file that a target chose. A few hundred bytes can stand for a name of any
 * length (each part may refer to an earlier one twice), and make the demangler recurse to any
 * depth: names above the first limit are left as they are, and results above the second are cut,
 * with dots at the end.
 */
#ifndef CTXTRACE_IMAGE_DEMANGLE_H
#define CTXTRACE_IMAGE_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

enum { LONGEST_MANGLED_NAME = 4096, LONGEST_DEMANGLED_NAME = 1024 };

enum language_of_name { NAME_PLAIN, NAME_OF_CXX, NAME_OF_RUST };

/* Writes the name to `out` and says whose it is; NAME_PLAIN: it is not mangled, `out` is unused. */
enum language_of_name demangle(const char *linkage, char out[LONGEST_DEMANGLED_NAME]);

/* The same, cached by the address of `linkage`, which has to stay valid. */
struct demangled_name {
    const char *text; /* NULL: it is not mangled */
    enum language_of_name language;
};
struct demangled_names;
struct demangled_name demangled_names_find(struct demangled_names **names, const char *linkage);
void demangled_names_free(struct demangled_names **names);

#endif
