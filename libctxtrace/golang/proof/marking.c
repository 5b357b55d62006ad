#include "golang/proof/marking.h"

#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/proof/links.h"
#include "golang/proof/marking_state.h"

#include <stdlib.h>

/* Which contexts were first reached in this step? */
static void record_contexts(struct marking *marking)
{
    const struct contexts *contexts = &marking->model->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        if (marking->verdicts->contexts[i] != REACHED_NEVER)
            continue;
        if (is_marked(marking, contexts->items[i].address))
            marking->verdicts->contexts[i] = (uint8_t)marking->step;
    }
}

static struct origin origin_at(const struct marking *marking, uint64_t address)
{
    const struct span *span = heap_span_of(&marking->model->heap, address);
    if (!span)
        return (struct origin){.where = address, .kind = ORIGIN_GLOBAL};
    return (struct origin){.where = span->first_bit + span_index_of(span, address),
                           .kind = ORIGIN_OBJECT};
}

/* Lets go of what the first step held back. */
static void release_children(struct marking *marking)
{
    const struct contexts *contexts = &marking->model->contexts;
    int32_t children = field_offset(marking->program, CANCEL_CHILDREN);
    for (size_t i = 0; i < contexts->count && children >= 0; i++) {
        const uint64_t core = contexts->items[i].core;
        if (!core || marking->verdicts->contexts[i] != REACHED_FIRST)
            continue;
        marking->origin = origin_at(marking, core);
        mark_pointer(marking, memory_word(marking->program->memory, core + (uint64_t)children));
    }
    /* Context's own watchers, whose parents may have been reached long ago. */
    for (uint32_t i = 0; i < marking->watch_count; i++) {
        const struct watch *watch = &marking->watch_list[i];
        if (!watch->other && marking->held[watch->goroutine] && is_marked(marking, watch->object))
            wake(marking, watch);
    }
}

/* Nothing that was reached is left to be followed. */
static bool is_settled(const struct marking *marking)
{
    return marking->failed || (marking->work_count == 0 && marking->live_count == 0);
}

static void run_steps(struct marking *marking)
{
    marking->step = REACHED_FIRST;
    mark_roots(marking);
    mark_hidden_roots(marking);
    for (size_t i = 0; i < marking->model->goroutines.count; i++)
        if (!marking->verdicts->candidates[i])
            make_live(marking, (uint32_t)i);
    settle(marking);
    invariant(is_settled(marking));
    record_contexts(marking);
    marking->failed |= !keep_marks(marking, &marking->first);
    marking->step = REACHED_BY_PARENT;
    release_children(marking);
    settle(marking);
    record_contexts(marking);
    marking->failed |= !keep_marks(marking, &marking->second);
    invariant(is_settled(marking));
    marking->step = REACHED_BY_LEAKED;
    for (size_t i = 0; i < marking->model->goroutines.count; i++)
        make_live(marking, (uint32_t)i);
    settle(marking);
    record_contexts(marking);
}

static void flag_spans(struct marking *marking)
{
    const struct model *model = marking->model;
    for (size_t i = 0; i < model->goroutines.count; i++) {
        const struct span *span = heap_span_of(&model->heap, model->goroutines.items[i].address);
        if (span)
            marking->special[span - model->heap.spans] = true;
    }
    for (size_t i = 0; i < model->contexts.count; i++) {
        const struct span *span = heap_span_of(&model->heap, model->contexts.items[i].address);
        if (span)
            marking->special[span - model->heap.spans] = true;
    }
    for (size_t i = 0; i < marking->sudogs.capacity; i++) {
        const struct span *span = heap_span_of(&model->heap, marking->sudogs.slots[i].address);
        if (span)
            marking->special[span - model->heap.spans] = true;
    }
}

static bool allocate(struct marking *marking)
{
    const struct model *model = marking->model;
    struct verdicts *verdicts = marking->verdicts;
    size_t words = model->heap.object_count / 64 + 1;
    marking->masks = (struct masks){.program = marking->program, .heap = &model->heap};
    size_t goroutines = model->goroutines.count + 1, contexts = model->contexts.count + 1;
    verdicts->goroutines = calloc(goroutines, 1);
    verdicts->candidates = calloc(goroutines, sizeof(bool));
    verdicts->woken_by = calloc(goroutines, sizeof(uint64_t));
    verdicts->contexts = calloc(contexts, 1);
    verdicts->can_cancel = calloc(contexts, sizeof(bool));
    verdicts->linked = calloc(contexts, sizeof(bool));
    marking->marked = calloc(words, 8);
    marking->watched = calloc(words, 8);
    marking->special = calloc(model->heap.count + 1, sizeof(bool));
    marking->live = calloc(goroutines, sizeof(uint32_t));
    marking->held = calloc(goroutines, sizeof(bool));
    marking->live_since = calloc(goroutines, 1);
    marking->stack = malloc(sizeof *marking->stack);
    return verdicts->goroutines && verdicts->candidates && verdicts->woken_by &&
           verdicts->contexts && verdicts->can_cancel && verdicts->linked && marking->marked &&
           marking->watched && marking->special && marking->live && marking->held &&
           marking->live_since && marking->stack;
}

static void release(struct marking *marking)
{
    free(marking->marked);
    free(marking->watched);
    free(marking->special);
    free(marking->live);
    free(marking->held);
    free(marking->live_since);
    free(marking->first);
    free(marking->second);
    free(marking->stack);
    free(marking->work);
    free(marking->postponed.objects);
    free(marking->postponed.goroutines);
    free(marking->watch_list);
    address_map_free(&marking->sudogs);
    address_map_free(&marking->watches);
    address_map_free(&marking->makers);
    masks_free(&marking->masks);
}

/* The verdict on each goroutine; for one that stays for ever, not the one that it has as a root. */
static void record_goroutines(struct marking *marking)
{
    const struct goroutines *goroutines = &marking->model->goroutines;
    for (size_t i = 0; i < goroutines->count; i++)
        marking->verdicts->goroutines[i] =
            goroutines->items[i].stack.forever && marking->verdicts->candidates[i]
                ? (uint8_t)REACHED_NEVER
                : marking->live_since[i];
}

/* Index of the goroutine that runs main, if nothing else than itself reaches what it waits for. */
static size_t main_that_stays(const struct model *model, const uint8_t *reached)
{
    for (size_t i = 0; i < model->goroutines.count; i++)
        if (model->goroutines.items[i].id == MAIN_GOROUTINE)
            return reached[i] == REACHED_FIRST ? SIZE_MAX : i;
    return SIZE_MAX;
}

static bool run(struct marking *marking)
{
    *marking->verdicts = (struct verdicts){.complete = marking->model->heap.complete};
    bool good = allocate(marking);
    if (good) {
        marking->step = REACHED_FIRST;
        find_candidates(marking);
        flag_spans(marking);
        run_steps(marking);
        record_goroutines(marking);
        marking->failed |= !links_find(marking->program, marking->types, marking->model,
                                       &marking->masks, marking->held, marking->verdicts->linked);
        if (main_that_stays(marking->model, marking->live_since) == SIZE_MAX)
            find_hidden(marking);
        good = !marking->failed;
    }
    release(marking);
    return good;
}

/* What would be said if what is hidden were known to the collector? Only if anything is. */
static bool run_with_hidden(const struct marking *without, const struct hidden *hidden,
                            struct verdicts *if_hidden)
{
    struct marking marking = {.program = without->program,
                              .types = without->types,
                              .model = without->model,
                              .verdicts = if_hidden,
                              .main_is_root = without->main_is_root,
                              .hidden_roots = hidden};
    return !hidden->count || run(&marking);
}

/*
 * Main is judged like the others first. If it is reached, it was a root from then on, and the order
 * in which roots are met does not matter. If not, all others are judged again with main as a root.
 */
bool marking_run(const struct go_program *program, const struct context_types *types,
                 const struct model *model, struct verdicts *verdicts, struct verdicts *if_hidden)
{
    struct hidden hidden = {0};
    struct marking marking = {.program = program,
                              .types = types,
                              .model = model,
                              .verdicts = verdicts,
                              .hidden = &hidden};
    bool good = run(&marking);
    size_t stays = good ? main_that_stays(model, verdicts->goroutines) : SIZE_MAX;
    if (stays != SIZE_MAX) {
        uint8_t of_main = verdicts->goroutines[stays];
        verdicts_free(verdicts);
        marking = (struct marking){.program = program,
                                   .types = types,
                                   .model = model,
                                   .verdicts = verdicts,
                                   .main_is_root = true,
                                   .hidden = &hidden};
        good = run(&marking);
        if (good)
            verdicts->goroutines[stays] = of_main;
    }
    good = good && run_with_hidden(&marking, &hidden, if_hidden);
    free(hidden.items);
    return good;
}

bool marking_trail(const struct go_program *program, const struct context_types *types,
                   const struct model *model, struct trail *trail)
{
    struct verdicts verdicts = {0};
    struct marking marking = {.program = program,
                              .types = types,
                              .model = model,
                              .verdicts = &verdicts,
                              .trail = trail,
                              .main_is_root = true};
    bool good = trail_begin(trail, model->heap.object_count) && run(&marking);
    verdicts_free(&verdicts);
    return good;
}

void verdicts_free(struct verdicts *verdicts)
{
    free(verdicts->goroutines);
    free(verdicts->candidates);
    free(verdicts->woken_by);
    free(verdicts->contexts);
    free(verdicts->can_cancel);
    free(verdicts->linked);
    *verdicts = (struct verdicts){0};
}
