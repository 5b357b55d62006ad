#include "golang/model/model.h"

#include "base/error.h"
#include "golang/model/channel_timers.h"
#include "golang/model/missing_children.h"
#include "golang/model/stack_contexts.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- looking at it ---- */

/* What is done with each goroutine while its stack is at hand. */
struct look {
    const struct go_program *program;
    const struct context_types *types;
    struct model *model;
    struct context_search *search; /* NULL: no contexts can be found */
    struct candidate_pattern pattern;
    struct candidate_search wanted;
    struct masks masks;
    struct context_hints hints;
    struct memory_pass *at_hand; /* of a running program */
    struct heap_cursor cursor;
    struct context_candidates candidates,
        more_candidates; /* of the thread beside, and of the one that reads */
    int64_t cpu_ns;      /* processor time for finding them */
};

static void look_at_stack(void *state, struct goroutine *goroutine)
{
    struct look *look = state;
    goroutine_stacks_add(&look->model->stacks, look->program, goroutine);
    if (look->search)
        stack_contexts_find(look->search, &look->hints, goroutine, look->model->stacks.stack);
}

static bool begin_look(const struct go_program *program, const struct context_types *types,
                       uint32_t pass, struct model *model, struct look *look)
{
    *look = (struct look){.program = program, .types = types, .model = model, .cpu_ns = INT64_MAX};
    if (!goroutine_stacks_begin(&model->stacks))
        return false;
    if (!model->has_heap || !types->count)
        return true;
    look->masks = (struct masks){.program = program, .heap = &model->heap};
    look->wanted = (struct candidate_search){
        .program = program, .heap = &model->heap, .pattern = &look->pattern};
    if (!candidate_pattern_make(types, &look->masks, &look->pattern))
        return false;
    look->search =
        context_search_begin(types, &look->masks, &look->pattern, pass, &model->contexts);
    return look->search != NULL;
}

static void find_candidates(struct look *look, struct context_candidates *candidates)
{
    context_candidates_find(&look->wanted, &look->cursor, look->cpu_ns, candidates);
}

static void *look_at_heap(void *state)
{
    struct look *look = state;
    find_candidates(look, &look->candidates);
    return NULL;
}

static void free_look(struct look *look)
{
    candidate_pattern_free(&look->pattern);
    context_hints_free(&look->hints);
    masks_free(&look->masks);
}

/* Finds the contexts that the stacks did not lead to. */
static bool end_look(struct look *look)
{
    bool good = !look->model->stacks.failed;
    if (!look->search) {
        free_look(look);
        return good;
    }
    context_search_globals(look->search);
    context_search_candidates(look->search, &look->candidates);
    context_search_candidates(look->search, &look->more_candidates);
    context_candidates_free(&look->candidates);
    context_candidates_free(&look->more_candidates);
    good = context_search_end(look->search) && good && !look->hints.failed;
    context_hints_resolve(&look->hints, &look->model->contexts, &look->model->goroutines);
    free_look(look);
    return good;
}

/* One thread searches the heap while this one reads the goroutines, and then helps. */
static bool look_at_all(struct look *look)
{
    pthread_t thread;
    const struct goroutine_looker looker = {look_at_stack, look};
    bool has_thread = look->search && pthread_create(&thread, NULL, look_at_heap, look) == 0;
    bool good = goroutines_read(look->program, look->at_hand, &looker, &look->model->goroutines);
    if (look->search && (!has_thread || look->cpu_ns == INT64_MAX))
        find_candidates(look, &look->more_candidates);
    if (has_thread)
        pthread_join(thread, NULL);
    return good;
}

#define HEAP_TRIES 3

/* The list of spans moves when it grows, perhaps to memory that did not exist a moment ago. */
static bool read_heap(const struct go_program *program, struct heap *heap)
{
    struct error ignored;
    for (unsigned tries = 0; tries < HEAP_TRIES; tries++) {
        if (tries && !image_refresh(program->image, &ignored))
            return false;
        if (heap_list(program, heap) && heap_arrange(program, heap))
            return true;
        heap_free(heap);
    }
    return false;
}

static bool read_all(const struct go_program *program, const struct context_types *types,
                     struct memory_pass *at_hand, struct incremental_scan *scan, int64_t cpu_ns,
                     struct model *model)
{
    struct look look;
    incremental_scan_begin(scan, model->taken_ns);
    if (!begin_look(program, types, scan->pass, model, &look)) {
        free_look(&look);
        return false;
    }
    look.wanted.fresh = true;
    look.at_hand = at_hand;
    look.cursor = heap_cursor_at(scan->next);
    if (scan->complete_ns)
        look.cpu_ns = cpu_ns;
    bool good = look_at_all(&look) && channel_timers_find(program, &model->heap, &model->stacks);
    if (look.search)
        context_search_known(look.search, at_hand, &scan->known);
    uint64_t next = heap_cursor_address(&model->heap, &look.cursor);
    good = end_look(&look) && good;
    incremental_scan_end(scan, &model->contexts, next);
    model->searched_ns = next ? scan->complete_ns : scan->began_ns;
    return good;
}

bool model_read(const struct go_program *program, const struct context_types *types,
                struct incremental_scan *scan, int64_t cpu_ns, struct model *model)
{
    struct memory_pass pass;
    model->has_heap = read_heap(program, &model->heap);
    memory_pass_begin(&pass, program->memory);
    const struct go_program through = go_program_through(program, &pass.memory);
    bool good = read_all(&through, types, &pass, scan, cpu_ns, model);
    memory_pass_end(&pass);
    return good;
}

static void take_over(struct go_capture *capture, struct model *model)
{
    *model = (struct model){.goroutines = capture->goroutines,
                            .heap = capture->heap,
                            .has_heap = capture->has_heap,
                            .captured = true,
                            .whole = !capture->uncopied && !capture->goroutines.unreadable,
                            .taken_ns = capture->taken_ns,
                            .pause_ns = capture->pause_ns};
    capture->goroutines = (struct goroutines){0};
    capture->heap = (struct heap){0};
}

bool model_of_capture(struct go_capture *capture, const struct context_types *types,
                      struct model *model)
{
    struct look look;
    const struct go_program *program = &capture->program;
    take_over(capture, model);
    model->has_heap = model->has_heap && heap_arrange(program, &model->heap);
    if (!begin_look(program, types, 1, model, &look)) {
        free_look(&look);
        return false;
    }
    const struct goroutine_looker looker = {look_at_stack, &look};
    goroutines_look(&model->goroutines, &looker);
    if (look.search)
        look_at_heap(&look);
    bool good = channel_timers_find(program, &model->heap, &model->stacks);
    if (!end_look(&look) || !good)
        return false;
    model->missing_children = count_missing_children(program, types, &model->contexts);
    return true;
}

void model_free(struct model *model)
{
    goroutines_free(&model->goroutines);
    goroutine_stacks_free(&model->stacks);
    contexts_free(&model->contexts);
    heap_free(&model->heap);
    strings_free(&model->texts);
    call_stacks_free(&model->calls);
    ancestors_free(&model->ancestors);
    *model = (struct model){0};
}
