/* Sites: which frame of a stack is shown, and which stacks belong together. */
#include "base/array.h"
#include "base/hash.h"
#include "base/invariant.h"
#include "snapshot/fingerprint.h"
#include "snapshot/stacks.h"

#include <stdlib.h>

static struct frame_names names_of(const struct fingerprint_source *source,
                                   const struct snapshot_frame *frame)
{
    return (struct frame_names){.function = source->texts + frame->function,
                                .linkage = source->texts + frame->linkage,
                                .file = source->texts + frame->file,
                                .module = source->texts + frame->module,
                                .executable = source->texts + source->executable};
}

static enum frame_owner owner_of(const struct fingerprint_source *source,
                                 const struct snapshot_frame *frame)
{
    struct frame_names names = names_of(source, frame);
    return source->language->owner(&names);
}

/*
 * The frame to show: the innermost that is the program's own. Where there is none, the
 * innermost that is of a library but no standard one, else that of the standard library: a thread
 * is known by what it called. Or the outermost of it, where a task is rather known by the function
 * it was started with.
 */
static uint32_t find_top(const struct stack_table *table, const struct snapshot_stack *stack,
                         const struct fingerprint_source *source)
{
    uint32_t system = SNAPSHOT_NONE, library = SNAPSHOT_NONE;
    for (uint32_t i = 0; i < stack->frame_count; i++) {
        uint32_t frame = stack->first_frame + i;
        enum frame_owner owner = owner_of(source, &table->frames[frame]);
        if (owner == FRAME_OF_PROGRAM)
            return frame;
        if (owner == FRAME_OF_SYSTEM && system == SNAPSHOT_NONE)
            system = frame;
        if (owner == FRAME_OF_LIBRARY &&
            (source->language->start_tells_more || library == SNAPSHOT_NONE))
            library = frame;
    }
    if (system != SNAPSHOT_NONE)
        return system;
    if (library != SNAPSHOT_NONE || stack->frame_count == 0)
        return library;
    return stack->first_frame;
}

/*
 * Which frames a site is made of, see fingerprint.h. `inside`: only such of standard libraries have
 * come so far, and there are others further out.
 */
static bool is_of_site(const struct fingerprint_source *source, const struct snapshot_frame *frame,
                       bool *inside)
{
    enum frame_owner owner = owner_of(source, frame);
    if (owner < FRAME_OF_LIBRARY)
        *inside = false;
    struct frame_names names = names_of(source, frame);
    return owner != FRAME_OF_MACHINERY && !*inside && !source->language->is_start(&names);
}

/* Is there something to begin with, further out than the standard libraries? */
static bool begins_further_out(const struct stack_table *table, uint32_t top,
                               const struct fingerprint_source *source)
{
    return !source->language->inner_frames_count && top != SNAPSHOT_NONE &&
           owner_of(source, &table->frames[top]) < FRAME_OF_LIBRARY;
}

static struct snapshot_site site_of(const struct stack_table *table, uint32_t index,
                                    const struct fingerprint_source *source)
{
    const struct snapshot_stack *stack = &table->stacks[index];
    struct fingerprint it = fingerprint_start();
    uint32_t top = find_top(table, stack, source);
    invariant(top == SNAPSHOT_NONE || top - stack->first_frame < stack->frame_count);
    bool any = false, inside = begins_further_out(table, top, source);
    for (int all = 0; all < 2 && !any; all++) {
        /* A stack of nothing but frames that do not count is told apart by those. */
        for (uint32_t i = 0; i < stack->frame_count; i++) {
            const struct snapshot_frame *frame = &table->frames[stack->first_frame + i];
            if (!all && !is_of_site(source, frame, &inside))
                continue;
            fingerprint_add(&it, source, frame);
            any = true;
        }
    }
    return (struct snapshot_site){.fingerprint = it.fingerprint,
                                  .identity = it.identity,
                                  .top_frame = top,
                                  .stack = index,
                                  .identified = it.identified};
}

static bool intern_site(struct stack_table *table, uint32_t *slots, size_t slot_count,
                        const struct snapshot_site *site, uint32_t *index)
{
    invariant(table->site_count < slot_count); /* a search ends at a free slot */
    size_t place = hash_mix(table->seed, site->identity) & (slot_count - 1);
    for (; slots[place] != 0; place = (place + 1) & (slot_count - 1)) {
        if (table->sites[slots[place] - 1].identity == site->identity) {
            *index = slots[place] - 1;
            return true;
        }
    }
    if (!ARRAY_ROOM(table->sites, table->site_capacity, table->site_count + 1))
        return false;
    table->sites[table->site_count] = *site;
    *index = (uint32_t)table->site_count++;
    slots[place] = *index + 1;
    return true;
}

bool stacks_make_sites(struct stack_table *table, const struct fingerprint_source *source)
{
    size_t slot_count = 64;
    while (slot_count < table->stack_count * 2)
        slot_count *= 2;
    uint32_t *slots = calloc(slot_count, sizeof *slots);
    if (!slots)
        return false;
    bool made = true;
    for (uint32_t i = 0; made && i < table->stack_count; i++) {
        struct snapshot_site site = site_of(table, i, source);
        table->stacks[i].top_frame = site.top_frame;
        made = intern_site(table, slots, slot_count, &site, &table->stacks[i].site);
    }
    free(slots);
    return made;
}
