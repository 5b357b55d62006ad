#include "inspect/naming.h"

#include "image/seen_path.h"
#include "image/symbols.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct naming {
    struct symbols *symbols;
    const struct segment_module *modules;
    size_t module_count;
    int live_pid;
    int64_t started_realtime_ns;
};

struct naming *naming_new(void)
{
    struct naming *naming = calloc(1, sizeof *naming);
    if (naming)
        naming->symbols = symbols_new();
    if (naming && naming->symbols)
        return naming;
    free(naming);
    return NULL;
}

void naming_free(struct naming *naming)
{
    if (!naming)
        return;
    symbols_free(naming->symbols);
    free(naming);
}

void naming_forget(struct naming *naming)
{
    symbols_forget(naming->symbols);
}

void naming_of_segment(struct naming *naming, const struct segment_reader *reader,
                       int64_t started_realtime_ns)
{
    naming->modules = segment_reader_modules(reader, &naming->module_count);
    naming->live_pid = segment_reader_live_pid(reader);
    naming->started_realtime_ns = started_realtime_ns;
}

/* ---- which file ---- */

static const struct segment_module *module_of(const struct naming *naming,
                                              const struct snapshot_frame *frame)
{
    if (frame->module_number == 0 || frame->module_number > naming->module_count)
        return NULL;
    return &naming->modules[frame->module_number - 1];
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/*
 * The program may see other files than we do (a container), and its executable may be gone from
 * where it was; while it lives, its own view is open to us.
 */
static const char *path_from_here(const struct naming *naming, const struct segment_module *module,
                                  char *path, size_t size)
{
    if (naming->live_pid == 0)
        return NULL;
    if (ends_with(module->path, " (deleted)"))
        snprintf(path, size, "/proc/%d/exe", naming->live_pid);
    else
        seen_path(path, size, naming->live_pid, module->path);
    return path;
}

static struct symbol_module *open_symbols(struct naming *naming,
                                          const struct segment_module *module)
{
    char path[PATH_MAX];
    struct symbol_request request = {
        .path = module->path,
        .other_path = path_from_here(naming, module, path, sizeof path),
        .build_id = module->build_id,
        .build_id_length = module->build_id_length,
        .not_after_ns = naming->started_realtime_ns,
    };
    return symbols_module(naming->symbols, &request);
}

/* ---- frames ---- */

/* A frame that nothing is known of is told apart by its place in this very build. */
static snapshot_string build_id_of(struct snapshot_builder *builder,
                                   const struct segment_module *module)
{
    char text[2 * sizeof module->build_id + 1];
    size_t length = module->build_id_length;
    if (length > sizeof module->build_id)
        length = sizeof module->build_id;
    for (size_t i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", module->build_id[i]);
    return builder_string_bytes(builder, text, 2 * length);
}

size_t naming_expand(void *state, struct snapshot_builder *builder,
                     const struct snapshot_frame *frame, const char *module,
                     struct snapshot_frame *frames, size_t room)
{
    enum { MOST = 32 };
    struct naming *naming = state;
    struct symbol_frame names[MOST];
    (void)module;
    const struct segment_module *found = module_of(naming, frame);
    struct symbol_module *symbols = found ? open_symbols(naming, found) : NULL;
    if (!symbols)
        return 0; /* nor can it be told which build the frame is of */
    size_t count = symbols_name(symbols, frame->module_offset, names, room < MOST ? room : MOST);
    for (size_t i = 0; i < count; i++) {
        frames[i] = *frame;
        frames[i].function = builder_string(builder, names[i].function);
        if (names[i].linkage && names[i].function &&
            strcmp(names[i].linkage, names[i].function) != 0)
            frames[i].linkage = builder_string(builder, names[i].linkage);
        frames[i].file = builder_string(builder, names[i].file);
        frames[i].line = names[i].line;
        frames[i].inlined = names[i].inlined;
    }
    if (count == 0 && room > 0) {
        frames[0] = *frame;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        if (frames[i].function)
            continue;
        frames[i].build_id = build_id_of(builder, found);
        frames[i].entry_offset = symbols_function_start(symbols, frame->module_offset);
    }
    return count;
}
