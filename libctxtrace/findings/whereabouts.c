#include "findings/whereabouts.h"

#include "base/hash.h"
#include "findings/evidence.h"

#define LEVELS_TOLD   4
#define LEVELS_HASHED 64 /* deeper chains are alike often enough */

static uint64_t likeness_of_chain(const struct snapshot *snapshot, uint32_t context)
{
    uint64_t hash = 0;
    for (unsigned level = 0; context != SNAPSHOT_NONE && level < LEVELS_HASHED; level++) {
        hash = hash_scatter(hash) + likeness_of_context(snapshot, context);
        context = snapshot->contexts[context].parent;
    }
    return hash ? hash : 1;
}

void claim_whereabouts(struct claim *claim, const struct snapshot *snapshot)
{
    const struct snapshot_holder *holder = snapshot_holder_of(snapshot, claim->subject);
    if (context_identifying_stack(&snapshot->contexts[claim->subject]) != SNAPSHOT_NONE)
        return;
    claim->likeness = likeness_of_chain(snapshot, claim->subject);
    if (!holder)
        return;
    claim->place = holder->place;
    claim_add_stack(claim, "kept alive by", holder->stack);
}

static void add_level(struct text *text, const struct snapshot *snapshot,
                      const struct snapshot_context *context)
{
    const char *key = snapshot_text(snapshot, context->key);
    const char *type = snapshot_text(snapshot, context->type);
    if (context->kind == CONTEXT_VALUE && *key)
        text_add(text, "%s", key);
    else if (context->kind == CONTEXT_CUSTOM && *type)
        text_add(text, "%s", type);
    else if (context->kind == CONTEXT_CANCEL || context->kind == CONTEXT_DEADLINE)
        text_add(text, "a %s context", context_kind_name(context->kind));
    else
        text_add(text, "%s", context_kind_name(context->kind));
}

static void add_holder(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_holder *holder = snapshot_holder_of(snapshot, context);
    if (!holder)
        return;
    const char *name = snapshot_text(snapshot, holder->name);
    if (snapshot_top_frame(snapshot, holder->stack))
        text_place(text, "and kept alive by", snapshot, holder->stack);
    else if (*name)
        text_add(text, " and kept alive by %s", name);
}

void text_whereabouts(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    uint32_t parent = snapshot->contexts[context].parent;
    if (context_identifying_stack(&snapshot->contexts[context]) != SNAPSHOT_NONE)
        return;
    for (unsigned level = 0; parent != SNAPSHOT_NONE && level < LEVELS_TOLD; level++) {
        text_add(text, level ? ", " : " below ");
        add_level(text, snapshot, &snapshot->contexts[parent]);
        parent = snapshot->contexts[parent].parent;
    }
    if (parent != SNAPSHOT_NONE)
        text_add(text, ", and more");
    add_holder(text, snapshot, context);
}

static uint32_t first_waiter(const struct snapshot *snapshot, uint32_t context)
{
    for (uint32_t i = 0; i < snapshot->object_count; i++)
        if (snapshot->objects[i].kind == OBJECT_CONTEXT && snapshot->objects[i].context == context)
            return snapshot->objects[i].waiter_count ? snapshot->objects[i].first_waiter
                                                     : SNAPSHOT_NONE;
    return SNAPSHOT_NONE;
}

void text_waiter(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    uint32_t waiter = first_waiter(snapshot, context);
    if (waiter == SNAPSHOT_NONE)
        return;
    const struct snapshot_wait *wait = &snapshot->waits[waiter];
    text_add(text, "; ");
    text_task(text, snapshot, wait->task);
    text_place(text, "in", snapshot,
               wait->stack != SNAPSHOT_NONE ? wait->stack : snapshot->tasks[wait->task].stack);
    text_add(text, " waits for it");
}
