#include "golang/proof/retention_path.h"

#include "base/error.h"
#include "golang/binary/field.h"
#include "golang/proof/marking_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LINKS 256

/* Where the thing lies: a context's own address, or what a goroutine waits for. */
static uint64_t address_of(const struct go_program *program, const struct model *model, uint64_t id,
                           struct error *error)
{
    if (address_map_get(&model->contexts.by_address, id) != ADDRESS_MAP_NONE)
        return id;
    for (size_t i = 0; i < model->goroutines.count; i++) {
        const struct goroutine *goroutine = &model->goroutines.items[i];
        if (goroutine->id != id)
            continue;
        uint64_t channel = field_word(program, goroutine->waiting, SUDOG_C);
        if (!channel)
            error_set(error,
                      "goroutine %" PRIu64 " waits for no channel whose holders could "
                      "be named",
                      id);
        return channel;
    }
    error_set(error, "there is no context or goroutine %" PRIu64, id);
    return 0;
}

static void write_object(FILE *out, const struct go_program *program,
                         const struct context_types *types, const struct model *model,
                         uint64_t object)
{
    uint32_t context = address_map_get(&model->contexts.by_address, object);
    uint64_t entry = memory_word(program->memory, object);
    const struct pc_info *info = pc_info(program, entry);
    if (context != ADDRESS_MAP_NONE)
        fprintf(out, "%s at 0x%" PRIx64 "\n",
                types->items[model->contexts.items[context].type].name, object);
    else if (goroutine_at(&model->goroutines, object))
        fprintf(out, "goroutine %" PRIu64 "\n", goroutine_at(&model->goroutines, object)->id);
    else if (info && info->known && info->function.entry == entry)
        fprintf(out, "closure of %s at 0x%" PRIx64 "\n", info->function.name, object);
    else
        fprintf(out, "object at 0x%" PRIx64 "\n", object);
}

static void write_root(FILE *out, const struct go_program *program, const struct model *model,
                       const struct origin *origin)
{
    switch (origin->kind) {
    case ORIGIN_GLOBAL:
        fprintf(out, "global data at 0x%" PRIx64 "\n", origin->where - program->image->bias);
        return;
    case ORIGIN_STACK:
        fprintf(out, "the stack of goroutine %" PRIu64 "%s%s\n",
                model->goroutines.items[origin->where].id, origin->frame ? ", in " : "",
                origin->frame ? origin->frame->function.name : "");
        return;
    case ORIGIN_THREAD:
        fprintf(out, "thread %d\n", program->threads[origin->where].tid);
        return;
    default:
        fprintf(out, "the runtime's list of finalizers and cleanups\n");
    }
}

static bool write_chain(FILE *out, const struct go_program *program,
                        const struct context_types *types, const struct model *model,
                        const struct trail *trail, uint64_t address)
{
    const struct span *span = heap_span_of(&model->heap, address);
    uint64_t number = span ? span->first_bit + span_index_of(span, address) : 0;
    for (unsigned i = 0; i < MAX_LINKS && span; i++) {
        struct origin origin;
        write_object(out, program, types, model,
                     span_object(span, (uint32_t)(number - span->first_bit)));
        if (!trail_step(trail, number, &origin))
            return i > 0;
        if (origin.kind != ORIGIN_OBJECT) {
            write_root(out, program, model, &origin);
            return true;
        }
        number = origin.where;
        span = heap_span_numbered(&model->heap, number);
    }
    return span != NULL;
}

char *retention_path_of(const struct go_program *program, const struct context_types *types,
                        const struct model *model, uint64_t id, struct error *error)
{
    struct trail trail = {0};
    char *text = NULL;
    size_t size;
    uint64_t address = address_of(program, model, id, error);
    if (!address)
        return NULL;
    FILE *out = open_memstream(&text, &size);
    bool good = out && marking_trail(program, types, model, &trail);
    if (!good)
        error_no_memory(error);
    else if (!write_chain(out, program, types, model, &trail, address))
        good = error_set(error, "nothing holds it any more");
    bool is_cut = out && ferror(out);
    if (out && (fclose(out) != 0 || is_cut) && good)
        good = error_no_memory(error);
    trail_free(&trail);
    if (!good) {
        free(text);
        text = NULL;
    }
    return text;
}
