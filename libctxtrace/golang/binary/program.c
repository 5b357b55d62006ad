#include "golang/binary/program.h"

#include "base/error.h"
#include "golang/binary/experiments.h"
#include "golang/binary/locate.h"
#include "golang/binary/module.h"
#include "golang/binary/pc_info.h"
#include "golang/binary/text_pool.h"
#include "golang/binary/version.h"
#include "image/executable_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool go_program_recognise(const struct elf_file *executable)
{
    char *version = go_version_of(executable);
    free(version);
    return version != NULL;
}

/* The very file that was opened, which its path need not lead to any more. */
static bool explain_no_go(const struct image *image, struct error *error)
{
    char path[64];
    struct executable_kind kind;
    snprintf(path, sizeof path, "/proc/self/fd/%d", elf_file_descriptor(image->executable));
    executable_kind_look(path, &kind);
    if (!executable_kind_check(&kind, image->path, error))
        return false;
    return error_set(error, "%s %s", image->path,
                     kind.toolchain == TOOLCHAIN_GO
                         ? "is a Go program whose build information cannot be read, so that its "
                           "release is not known: build it without a tool that removes it"
                         : "is not a Go program (it carries no Go build information)");
}

static bool has_debug_information(const struct elf_file *executable)
{
    struct elf_range range;
    return elf_file_section(executable, ".debug_info", &range) ||
           elf_file_section(executable, ".zdebug_info", &range);
}

/* Neither a release nor a development version: left by an obfuscator. */
static bool names_no_release(const char *version)
{
    return go_minor_of(version) < 0 && strncmp(version, "devel", 5) != 0;
}

static bool find_release(struct go_program *program, struct error *error)
{
    const struct elf_file *executable = program->image->executable;
    program->version = go_version_of(executable);
    if (!program->version)
        return explain_no_go(program->image, error);
    program->minor = go_minor_of(program->version);
    if (program->minor >= 0 && program->minor < layout_oldest())
        return error_set(error,
                         "%s was built with %s; Go 1.%d is the oldest release that can be read",
                         program->image->path, program->version, layout_oldest());
    if (program->minor < 0) /* a development version that does not say which */
        program->minor = layout_newest() + 1;
    if (!layout_find(&program->layout, program->minor, program->version,
                     elf_file_descriptor(executable), error))
        return names_no_release(program->version)
                   ? error_set(error,
                               "%s is a Go program whose build information names no release "
                               "(\"%.40s\"), and it has no debug information either: build it "
                               "without a tool that removes both, as garble does",
                               program->image->path, program->version)
                   : false;
    if (go_build_has_experiment(program->version, "noallocheaders")) { /* as before Go 1.22 */
        program->layout.traits.pointer_bits = POINTER_BITS_IN_ARENAS;
        program->layout.at[ARENA_BITMAP] = 0;
    }
    program->damaged_debug = has_debug_information(executable) &&
                             2 * program->layout.answered < program->layout.in_table;
    return true;
}

struct go_program *go_program_open(struct image *image, struct error *error)
{
    struct go_program *program = calloc(1, sizeof *program);
    if (!program) {
        error_no_memory(error);
        return NULL;
    }
    program->image = image;
    program->memory = image->memory;
    program->modules = calloc(MAX_MODULES, sizeof *program->modules);
    program->pcs = pc_cache_new();
    program->texts = text_pool_new();
    if (!program->modules || !program->pcs || !program->texts)
        error_no_memory(error);
    else if (find_release(program, error) && modules_find(program, error) &&
             locate_runtime(program, error))
        return program;
    go_program_close(program);
    return NULL;
}

void go_program_close(struct go_program *program)
{
    if (!program)
        return;
    pc_cache_free(program->pcs);
    text_pool_free(program->texts);
    free(program->modules);
    free(program->version);
    free(program);
}
