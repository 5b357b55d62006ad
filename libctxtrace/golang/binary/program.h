/*
 * A Go program in an image: its release, its layout, its modules, and the addresses of the
 * runtime's variables.
 *
 * Found once, when a target is opened; nothing here moves while the program runs (plugins that are
 * loaded later are not seen). Nothing that is read from the program is trusted.
 */
#ifndef CTXTRACE_GOLANG_BINARY_PROGRAM_H
#define CTXTRACE_GOLANG_BINARY_PROGRAM_H

#include "base/error.h"
#include "golang/binary/layout.h"
#include "image/image.h"

struct slice {
    uint64_t data, length;
};

/* What a moduledata says. Ranges are [first, second). */
struct module {
    uint64_t address;
    struct slice function_names, compile_units, files, pc_tables, functions, function_table;
    uint64_t text, min_pc, max_pc;
    uint64_t noptrdata, enoptrdata, data, edata, bss, ebss, noptrbss, enoptrbss;
    uint64_t types, etypes, rodata, function_data;
    uint64_t data_mask, bss_mask;   /* one bit per word, 0 if absent */
    uint64_t data_words, bss_words; /* bits in them */
};

#define MAX_MODULES 64

struct pc_cache;
struct text_pool;

struct go_program {
    struct image *image;
    struct memory *memory; /* what is read: the image's, or one that was made of it */
    const struct image_thread
        *threads; /* in a capture and for who makes one; none of one that runs */
    size_t thread_count;
    char *version; /* "go1.26.8"; never NULL */
    int minor;
    struct layout layout;
    bool damaged_debug;     /* it has debug information that tells little of what it should */
    struct module *modules; /* room for MAX_MODULES */
    size_t module_count;
    uint64_t allgs;           /* of the slice header of all goroutines */
    uint64_t heap;            /* of runtime.mheap_ */
    uint64_t itab_table;      /* of the variable that points to the table */
    uint64_t last_finalizers; /* of runtime.allfin, 0 unknown */
    uint64_t cleanup_blocks;  /* of runtime.gcCleanups, 0 unknown */
    uint64_t statistics;      /* of runtime.memstats, 0 unknown; so are those below */
    uint64_t scheduler;       /* of runtime.sched */
    uint64_t processors;      /* of the slice header of all Ps */
    uint64_t started;         /* of runtime.runtimeInitTime */
    struct pc_cache *pcs;
    struct text_pool *texts;
};

/* Is the executable a Go program? Cheap. */
bool go_program_recognise(const struct elf_file *executable);

/* NULL and a sentence when it cannot be read. The image stays the caller's. */
struct go_program *go_program_open(struct image *image, struct error *error);
void go_program_close(struct go_program *program); /* NULL is fine */

/* The same program, read through another memory; valid as long as both. It is not closed. */
static inline struct go_program go_program_through(const struct go_program *program,
                                                   struct memory *memory)
{
    struct go_program through = *program;
    through.memory = memory;
    return through;
}

#endif
