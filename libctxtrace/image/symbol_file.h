/* Finding and opening the files that symbols come from. For symbols.c. */
#ifndef CTXTRACE_IMAGE_SYMBOL_FILE_H
#define CTXTRACE_IMAGE_SYMBOL_FILE_H

#include "image/symbols.h"

#include <libelf.h>

struct symbol_file {
    int descriptor;
    Elf *elf; /* NULL: not open */
};

/*
 * Opens the file of a request, if it is the right one; else the one of its build id in the
 * directories for separate debug files. False if there is none.
 */
bool symbol_file_open(struct symbol_file *file, const struct symbol_request *request);

/* Opens the separate debug file that belongs to `main`, which was opened from `path`. */
bool symbol_file_open_debug(struct symbol_file *file, const struct symbol_file *main,
                            const char *path);

void symbol_file_close(struct symbol_file *file);

/* Does the file have a section of that name with something in it? */
bool symbol_file_has_section(const struct symbol_file *file, const char *name);

#endif
