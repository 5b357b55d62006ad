/* The source for live Go programs. */
#include "base/error.h"
#include "inspect/go_source.h"
#include "inspect/source_table.h"

#include <stdio.h>

static bool claims(const struct target *target)
{
    struct error ignored;
    char path[64];
    if (!target->pid)
        return false;
    snprintf(path, sizeof path, "/proc/%d/exe", target->pid);
    struct elf_file *executable = elf_file_open(path, path, &ignored);
    bool is_go = executable && go_program_recognise(executable);
    elf_file_close(executable);
    return is_go;
}

static void *open_target(const struct target *target, const struct source_options *options,
                         struct error *error)
{
    struct image *image = image_open_process(target->pid, error);
    return go_source_open(image, options, error);
}

const struct source go_process_source = {
    .name = "go process",
    .description = "a live Go program, by its PID",
    .claims = claims,
    .open = open_target,
    .take = go_source_take,
    .keeps_alive = go_source_keeps_alive,
    .close = go_source_close,
};
