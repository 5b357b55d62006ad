/*
 * The tree of contexts. Everything here is linear in the number of contexts, whatever a target
 * says: a million is the design size, and ids, parents and depths may be hostile.
 */
#include "base/array.h"
#include "base/invariant.h"
#include "base/keys.h"
#include "snapshot/builder_state.h"

#include <stdlib.h>

/* While parents are followed, a context's depth is one of these or final. */
enum { DEPTH_UNKNOWN = UINT32_MAX, DEPTH_ON_PATH = UINT32_MAX - 1 };

static struct key_column context_ids(const struct snapshot_context *contexts, size_t count)
{
    return (struct key_column){
        .first = contexts ? &contexts->id : NULL, .stride = sizeof *contexts, .count = count};
}

/* ---- order ---- */

/* Sources that walk their tables in order of id cost no sorting and no copy. */
static bool sort_contexts(struct snapshot_builder *builder)
{
    struct key_column ids = context_ids(builder->contexts, builder->context_count);
    if (keys_ascend(&ids))
        return true;
    uint32_t *order = keys_order(&ids);
    struct snapshot_context *sorted = malloc(builder->context_count * sizeof *sorted);
    if (!order || !sorted) {
        free(order);
        free(sorted);
        return false;
    }
    for (size_t i = 0; i < builder->context_count; i++)
        sorted[i] = builder->contexts[order[i]];
    free(order);
    free(builder->contexts);
    builder->contexts = sorted;
    builder->context_capacity = builder->context_count;
    return true;
}

static void drop_repeated(struct snapshot_builder *builder, struct repairs *repairs)
{
    struct snapshot_context *contexts = builder->contexts;
    size_t kept = 0;
    for (size_t i = 0; i < builder->context_count; i++) {
        if (contexts[i].id == 0 || (kept > 0 && contexts[kept - 1].id == contexts[i].id)) {
            repairs->repeated_contexts++;
            continue;
        }
        if (kept != i)
            contexts[kept] = contexts[i];
        kept++;
    }
    builder->context_count = kept;
}

/* ---- parents ---- */

static void clamp_enums(struct snapshot_context *context)
{
    if (context->kind >= CONTEXT_KIND_COUNT)
        context->kind = CONTEXT_UNKNOWN_KIND;
    if (context->state >= CONTEXT_STATE_COUNT)
        context->state = CONTEXT_OPEN;
    if (context->ended_by >= CONTEXT_END_COUNT)
        context->ended_by = ENDED_UNKNOWN;
}

static void find_parents(const struct snapshot_builder *builder, struct snapshot_context *contexts,
                         size_t count, struct repairs *repairs)
{
    struct key_column ids = context_ids(contexts, count);
    uint64_t last_id = 0;
    uint32_t last = SNAPSHOT_NONE;
    for (size_t i = 0; i < count; i++) {
        struct snapshot_context *context = &contexts[i];
        clamp_enums(context);
        check_stack(builder, &context->creation_stack, repairs);
        check_stack(builder, &context->cancel_stack, repairs);
        context->first_child = SNAPSHOT_NONE;
        context->next_sibling = SNAPSHOT_NONE;
        context->creator_task = SNAPSHOT_NONE;
        context->canceller_task = SNAPSHOT_NONE;
        context->child_count = 0;
        context->depth = DEPTH_UNKNOWN;
        if (context->parent_id == 0) {
            context->parent = SNAPSHOT_NONE;
            continue;
        }
        if (context->parent_id != last_id) { /* siblings are often neighbours */
            last_id = context->parent_id;
            last = keys_find(&ids, last_id);
        }
        context->parent = last;
    }
}

/* ---- depth, and what can end a context ---- */

static struct fact known(enum fact_value value)
{
    return (struct fact){.value = (uint8_t)value, .missing = PRECONDITION_NONE};
}

static struct fact not_observable(void)
{
    return (struct fact){.value = FACT_UNKNOWN, .missing = PRECONDITION_NOT_OBSERVABLE};
}

/* Kinds that neither end nor inherit an end. */
static bool is_cut_off(const struct snapshot_context *context)
{
    return context->kind == CONTEXT_BACKGROUND || context->kind == CONTEXT_TODO ||
           context->kind == CONTEXT_WITHOUT_CANCEL;
}

/* What can end a context that stands alone: not its parent. */
static struct fact ends_alone(const struct snapshot_context *context)
{
    if (context->state == CONTEXT_STATE_UNKNOWN)
        return not_observable();
    if (context->state != CONTEXT_OPEN)
        return known(FACT_YES);
    if (is_cut_off(context))
        return known(FACT_NO);
    if (context->deadline_ns == SNAPSHOT_TIME_UNKNOWN)
        return context->cancellable.value == FACT_YES ? known(FACT_YES) : not_observable();
    if (context->deadline_ns != SNAPSHOT_NEVER)
        return known(FACT_YES);
    return context->cancellable;
}

/*
 * A parent that has an id but is not there was made before recording, or was lost; of a program
 * that was not recorded nobody can tell where it is.
 */
static struct fact unknown_parent(const struct snapshot_program *program)
{
    if (program->collected)
        return not_observable();
    return (struct fact){.value = FACT_UNKNOWN,
                         .missing = program->contexts_unrecorded > 0 || program->forked_from != 0
                                        ? PRECONDITION_RECORDED_FROM_START
                                        : PRECONDITION_NO_LOSSES};
}

/*
 * A context ends when its parent does, so the earlier deadline is its own. Whether one that is not
 * known is earlier the source knows, or nobody does.
 */
static void inherit_deadline(struct snapshot_context *context,
                             const struct snapshot_context *parent)
{
    if (is_cut_off(context) || context->own_done || parent->deadline_ns == SNAPSHOT_TIME_UNKNOWN ||
        parent->deadline_ns >= context->deadline_ns)
        return;
    if (context->requested_deadline_ns == SNAPSHOT_NEVER)
        context->requested_deadline_ns = parent->deadline_ns;
    context->deadline_ns = parent->deadline_ns;
}

/* Is it given as open although its parent, whose end is its own, is not? */
static bool lags_behind(const struct snapshot_context *context,
                        const struct snapshot_context *parent)
{
    bool parent_ends = context_has_ended(parent) || parent->state == CONTEXT_ENDING;
    return context->state == CONTEXT_OPEN && parent_ends && !is_cut_off(context) &&
           !context->own_done;
}

/* Where an end is told only where it began, those below ended with it. */
static void inherit_end(struct snapshot_context *context, const struct snapshot_context *parent)
{
    invariant(context->state == CONTEXT_OPEN && parent->state != CONTEXT_OPEN);
    context->state = parent->state;
    context->ended_by = ENDED_BY_PARENT;
    context->ended_ns = parent->ended_ns;
    context->canceller_task_id = parent->canceller_task_id;
    context->cancel_stack = parent->cancel_stack;
    context->cause_code = parent->cause_code;
    context->cause_text = parent->cause_text;
}

/*
 * Nobody asks any more who could end what has ended, or is about to, whatever a source says: in the
 * middle of a propagation the holders of the children may be letting go already.
 */
static void claim_nothing_of_ended(struct snapshot_context *context)
{
    const struct fact no_question = {.value = FACT_UNKNOWN, .missing = PRECONDITION_OPEN_CONTEXT};
    if (context->state == CONTEXT_STATE_UNKNOWN)
        context->cancellable = context->held_only_by_parent = not_observable();
    else if (context->state != CONTEXT_OPEN)
        context->cancellable = context->held_only_by_parent = no_question;
}

/* What settling one context needs beside the tables. */
struct settling {
    const struct snapshot_program *program;
    bool ends_are_told_once; /* see builder_ends_are_told_once() */
    uint8_t *doubts;         /* see prepare_doubts(); NULL: there are none */
};

/* ---- doubts: what was not seen that may have ended a context ---- */

/* For each context the enum precondition that was missing to be sure that it is open. */
static bool prepare_doubts(const struct snapshot_builder *builder, const struct tables *tables,
                           size_t count, uint8_t **doubts)
{
    struct key_column ids = context_ids(tables->contexts, count);
    *doubts = NULL;
    if (builder->moving_count == 0 && !builder->ends_are_told_once)
        return true;
    *doubts = calloc(count + 1, 1);
    if (!*doubts)
        return false;
    for (size_t i = 0; i < builder->moving_count; i++) {
        uint32_t index = keys_find(&ids, builder->moving[i]);
        if (index != SNAPSHOT_NONE)
            (*doubts)[index] = PRECONDITION_TWO_SNAPSHOTS_AGREE;
    }
    return true;
}

/* It has no parent here, but it is of a kind that has one. */
static bool lacks_its_parent(const struct snapshot_context *context)
{
    return context->parent == SNAPSHOT_NONE &&
           (context->parent_id != 0 ||
            (context->kind != CONTEXT_CUSTOM && context->kind != CONTEXT_UNKNOWN_KIND));
}

static void weaken(struct fact *fact, enum fact_value value, uint8_t missing)
{
    invariant(missing != PRECONDITION_NONE && missing < PRECONDITION_COUNT);
    if (fact->value == value)
        *fact = (struct fact){.value = FACT_UNKNOWN, .missing = missing};
}

/* A doubt about a context is one about all that end with it. */
static void withhold_facts(const struct settling *settling, uint32_t index,
                           struct snapshot_context *context)
{
    uint8_t *doubt = &settling->doubts[index];
    if (is_cut_off(context) || context->own_done)
        return;
    if (*doubt == PRECONDITION_NONE && context->parent != SNAPSHOT_NONE)
        *doubt = settling->doubts[context->parent];
    if (*doubt == PRECONDITION_NONE && settling->ends_are_told_once && lacks_its_parent(context))
        *doubt = unknown_parent(settling->program).missing;
    if (*doubt == PRECONDITION_NONE || context->state != CONTEXT_OPEN)
        return;
    weaken(&context->cancellable, FACT_NO, *doubt);
    weaken(&context->held_only_by_parent, FACT_YES, *doubt);
}

/* ---- everything that comes from the parent ---- */

/*
 * A source that tells the end of each context by itself shows a parent that has ended before its
 * children have: an end is stored first, and then passed on to the children, one after the other.
 * Such a child is ending, and so are those below it.
 */
static void follow_end(const struct settling *settling, struct snapshot_context *context,
                       const struct snapshot_context *parent)
{
    if (!lags_behind(context, parent))
        return;
    if (settling->ends_are_told_once)
        inherit_end(context, parent);
    else
        context->state = CONTEXT_ENDING;
}

/* By itself, or by its parent, of which the same is known. */
static struct fact can_end(const struct tables *tables, uint32_t index,
                           const struct snapshot_program *program)
{
    const struct snapshot_context *context = &tables->contexts[index];
    struct fact fact = ends_alone(context);
    if (fact.value == FACT_YES || is_cut_off(context) || context->parent_id == 0)
        return fact;
    struct fact from_parent = context->parent == SNAPSHOT_NONE ? unknown_parent(program)
                                                               : tables->can_end[context->parent];
    return fact.value == FACT_NO || from_parent.value == FACT_YES ? from_parent : fact;
}

/* Gives a context its depth, deadline and can_end, its parent having its own. */
static void settle(struct tables *tables, uint32_t index, const struct settling *settling)
{
    const struct snapshot_program *program = settling->program;
    struct snapshot_context *context = &tables->contexts[index];
    uint32_t parent = context->parent;
    context->depth = 0;
    context->depth_at_least =
        parent == SNAPSHOT_NONE ? context->parent_id != 0 : tables->contexts[parent].depth_at_least;
    if (parent != SNAPSHOT_NONE) {
        invariant(tables->contexts[parent].depth < DEPTH_ON_PATH);
        context->depth = tables->contexts[parent].depth + 1;
        inherit_deadline(context, &tables->contexts[parent]);
        follow_end(settling, context, &tables->contexts[parent]);
    }
    claim_nothing_of_ended(context);
    if (settling->doubts)
        withhold_facts(settling, index, context);
    tables->can_end[index] = can_end(tables, index, program);
}

/* A path of contexts, innermost first, that wait for their ancestors to be settled. */
struct path {
    uint32_t *items;
    size_t count, capacity;
};

static bool path_push(struct path *path, uint32_t index)
{
    if (!ARRAY_ROOM(path->items, path->capacity, path->count + 1))
        return false;
    path->items[path->count++] = index;
    return true;
}

/* Follows the parents of `index` up to one that is settled, then settles the path downwards. */
static bool settle_ancestry(struct tables *tables, uint32_t index, struct path *path,
                            const struct settling *settling, struct repairs *repairs)
{
    struct snapshot_context *contexts = tables->contexts;
    path->count = 0;
    while (index != SNAPSHOT_NONE && contexts[index].depth == DEPTH_UNKNOWN) {
        contexts[index].depth = DEPTH_ON_PATH;
        if (!path_push(path, index))
            return false;
        index = contexts[index].parent;
    }
    if (index != SNAPSHOT_NONE && contexts[index].depth == DEPTH_ON_PATH) {
        invariant(path->count > 0);
        contexts[path->items[path->count - 1]].parent = SNAPSHOT_NONE;
        repairs->cut_parents++;
    }
    while (path->count > 0)
        settle(tables, path->items[--path->count], settling);
    return true;
}

static bool settle_all(struct tables *tables, size_t count, const struct settling *settling,
                       struct repairs *repairs)
{
    struct path path = {0};
    bool done = true;
    for (uint32_t i = 0; done && i < count; i++) {
        const struct snapshot_context *context = &tables->contexts[i];
        uint32_t parent = context->parent;
        if (context->depth != DEPTH_UNKNOWN)
            continue;
        if (parent == SNAPSHOT_NONE || tables->contexts[parent].depth < DEPTH_ON_PATH)
            settle(tables, i, settling);
        else
            done = settle_ancestry(tables, i, &path, settling, repairs);
    }
    free(path.items);
    return done;
}

/* ---- siblings ---- */

static void link_one(struct tables *tables, uint32_t index)
{
    invariant(tables->contexts[index].depth < DEPTH_ON_PATH);
    struct snapshot_context *context = &tables->contexts[index];
    uint32_t *first = &tables->snapshot.first_root;
    if (context->parent != SNAPSHOT_NONE) {
        struct snapshot_context *parent = &tables->contexts[context->parent];
        first = &parent->first_child;
        parent->child_count++;
    }
    context->next_sibling = *first;
    *first = index;
}

/* From the youngest to the oldest, each put in front of its younger siblings. */
static bool link_siblings(struct tables *tables, size_t count)
{
    struct key_column times = {.first = count ? &tables->contexts->created_ns : NULL,
                               .stride = sizeof *tables->contexts,
                               .count = count,
                               .is_signed = true};
    tables->snapshot.first_root = SNAPSHOT_NONE;
    if (keys_ascend(&times)) {
        for (size_t i = count; i-- > 0;)
            link_one(tables, (uint32_t)i);
        return true;
    }
    uint32_t *order = keys_order(&times);
    if (!order)
        return false;
    for (size_t i = count; i-- > 0;)
        link_one(tables, order[i]);
    free(order);
    return true;
}

/* Parents before their children. */
void work_out_can_end(struct tables *tables)
{
    const struct snapshot_context *contexts = tables->contexts;
    uint32_t index = tables->snapshot.first_root;
    while (index != SNAPSHOT_NONE) {
        tables->can_end[index] = can_end(tables, index, &tables->snapshot.program);
        if (contexts[index].first_child != SNAPSHOT_NONE) {
            index = contexts[index].first_child;
            continue;
        }
        while (index != SNAPSHOT_NONE && contexts[index].next_sibling == SNAPSHOT_NONE)
            index = contexts[index].parent;
        if (index != SNAPSHOT_NONE)
            index = contexts[index].next_sibling;
    }
}

bool link_contexts(struct snapshot_builder *builder, struct tables *tables, struct repairs *repairs)
{
    if (!sort_contexts(builder))
        return false;
    drop_repeated(builder, repairs);
    size_t count = builder->context_count;
    tables->contexts = builder->contexts;
    builder->contexts = NULL;
    tables->can_end = malloc((count + 1) * sizeof *tables->can_end);
    if (!tables->can_end)
        return false;
    find_parents(builder, tables->contexts, count, repairs);
    tables->snapshot.context_count = (uint32_t)count;
    struct settling settling = {.program = &builder->program,
                                .ends_are_told_once = builder->ends_are_told_once};
    bool done = prepare_doubts(builder, tables, count, &settling.doubts) &&
                settle_all(tables, count, &settling, repairs) && link_siblings(tables, count);
    free(settling.doubts);
    return done;
}
