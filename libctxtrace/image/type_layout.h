/*
 * Where the members of a program's types lie, as its DWARF says.
 *
 * A query names a type and a path of members through it ("sched.sp"). A path has to name the
 * embedded types that it goes through. The answer to what DWARF does not have stays as it was.
 */
#ifndef CTXTRACE_IMAGE_TYPE_LAYOUT_H
#define CTXTRACE_IMAGE_TYPE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layout_query {
    const char *type; /* e.g. "runtime.g" */
    const char *path; /* e.g. "sched.sp"; "" asks for the size of the type */
    int32_t *answer;  /* set to the offset or size in bytes if found */
};

/*
 * Looks into the compilation units of that name (Go's linker puts all types into those of
 * "runtime"). Returns how many queries were answered; 0 also when the file has no DWARF.
 */
size_t type_layout_answer(int descriptor, const char *unit, const struct layout_query *queries,
                          size_t count);

#endif
