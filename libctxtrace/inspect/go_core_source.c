/*
 * The source for core files of Go programs, also compressed ones. The executable is the one that
 * the core names, or, where that is elsewhere now, the one in the environment variable
 * CTXTRACE_EXECUTABLE.
 */
#include "base/error.h"
#include "image/decompress.h"
#include "inspect/go_source.h"
#include "inspect/source_table.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* What is in a compressed file shows when it is opened. */
static bool claims(const struct target *target)
{
    const Elf64_Half core = ET_CORE;
    if (target->path && decompress_knows(target->head, sizeof target->head))
        return true;
    return target->path && memcmp(target->head, ELFMAG, SELFMAG) == 0 &&
           target->head[EI_CLASS] == ELFCLASS64 &&
           memcmp(target->head + EI_NIDENT, &core, sizeof core) == 0;
}

static void *open_target(const struct target *target, const struct source_options *options,
                         struct error *error)
{
    struct image *image = image_open_core(target->path, getenv("CTXTRACE_EXECUTABLE"), error);
    bool cut_short = image && image->truncated; /* the source takes the image over */
    void *state = go_source_open(image, options, error);
    if (!state && cut_short) {
        const struct error why = *error;
        error_set(error, "%s is cut short, and too little of it is left: %s", target->path,
                  why.sentence);
    }
    return state;
}

const struct source go_core_source = {
    .name = "go core",
    .description = "the core file of a Go program",
    .claims = claims,
    .open = open_target,
    .take = go_source_take,
    .keeps_alive = go_source_keeps_alive,
    .close = go_source_close,
};
