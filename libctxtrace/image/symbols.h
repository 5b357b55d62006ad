/*
 * Names of frames: function, file and line of addresses in executables and shared libraries.
 *
 * From DWARF where there is some (in the file itself or its separate debug file; with inlined
 * calls), else from the symbol table, else nothing. A file is used only if it is the one that the
 * program had: the build id decides. Nothing is ever fetched from a network.
 *
 * Whatever was looked up is kept, so that asking again costs a table lookup. Addresses here are the
 * file's own: address in the program - bias. Threads: one `struct symbols` belongs to one thread.
 */
#ifndef CTXTRACE_IMAGE_SYMBOLS_H
#define CTXTRACE_IMAGE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols;
struct symbol_module;

/* Strings live as long as the `struct symbols`; NULL when unknown. */
struct symbol_frame {
    const char *function; /* with namespaces and classes, but no parameters */
    const char *linkage;  /* as the linker knows it; of C++ and Rust */
    const char *file;
    uint32_t line; /* 0 unknown */
    bool inlined;  /* into the frame that follows */
};

struct symbols *symbols_new(void);          /* NULL when memory ran out */
void symbols_free(struct symbols *symbols); /* NULL is fine */
/*
 * Forgets all that was looked up. A name that there was no memory for is kept as unknown: call this
 * when memory has been short (base/lack.h).
 */
void symbols_forget(struct symbols *symbols);

/* What is known of a file, to find it and to be sure that it is the one. */
struct symbol_request {
    const char *path;        /* as the program saw it */
    const char *other_path;  /* tried first if not NULL: the same file, seen from here */
    const uint8_t *build_id; /* NULL or of length 0: it has none */
    size_t build_id_length;
    int64_t not_after_ns; /* without build id: the latest it may have been changed, since 1970 */
};

/*
 * The module, opened on first use. NULL only when memory ran out: one whose file is gone, is
 * another one, or cannot be read has no names.
 */
struct symbol_module *symbols_module(struct symbols *symbols, const struct symbol_request *request);

/*
 * Writes the frames at `address` to `frames`, innermost first, at most `room` of them; returns how
 * many, 0 if nothing is known.
 */
size_t symbols_name(struct symbol_module *module, uint64_t address, struct symbol_frame *frames,
                    size_t room);

/*
 * The address at which the function around `address` begins, from the unwind table that stripped
 * files have, too; 0 if that is unknown, or the file has lost its section headers.
 */
uint64_t symbols_function_start(struct symbol_module *module, uint64_t address);

#endif
