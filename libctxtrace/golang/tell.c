#include "golang/tell.h"

#include "base/clock.h"
#include "golang/telling.h"

#include <stdlib.h>

/* A living program has our clocks. */
static void tell_our_time(struct telling *telling, struct snapshot_program *program)
{
    telling->realtime_offset_ns = realtime_ns() - now_ns();
    program->started_ns = telling->program->image->started_ns;
    program->taken_ns = telling->picture->taken_ns;
}

/*
 * Neither our clocks nor the date of the file say anything about the time that is in a core: it may
 * be read on another machine, after a reboot, or have been copied. When it was written is not
 * known, only that the program lived until the latest moment that it noted.
 */
static void tell_its_own_time(struct telling *telling, struct snapshot_program *program)
{
    telling->realtime_offset_ns = telling->clock->realtime_offset_ns;
    program->started_ns = telling->clock->started_ns;
    program->taken_ns = telling->clock->latest_ns;
    program->taken_at_least = true;
}

/* One or two may be on their way into their parent's map, or out of it. */
static bool too_many_missing(const struct picture *picture)
{
    return picture->missing_children > 8 + picture->contexts.count / 100;
}

static struct snapshot_intervention told(const struct intervention *done)
{
    return (struct snapshot_intervention){done->count, done->total_ns, done->longest_ns};
}

static void tell_program(struct telling *telling)
{
    const struct image *image = telling->program->image;
    struct snapshot_program *program = builder_program(telling->builder);
    program->pid = image->pid;
    program->state = image->live ? PROGRAM_ALIVE : PROGRAM_CORE;
    program->executable = builder_string(telling->builder, image->path);
    program->command = builder_string(telling->builder, image->command);
    program->language = builder_string(telling->builder, "Go");
    program->version = builder_string(telling->builder, telling->program->version);
    program->source = builder_string(telling->builder, image->live ? "go process" : "go core");
    program->pause_ns = telling->picture->pause_ns;
    program->interventions[INTERVENTION_STOP] = told(&image->stops);
    program->interventions[INTERVENTION_STOP_THREADS] = told(&image->thread_stops);
    program->searched_ns = telling->picture->searched_ns;
    if (image->live)
        tell_our_time(telling, program);
    else
        tell_its_own_time(telling, program);
    program->realtime_offset_ns = telling->realtime_offset_ns;
    program->contexts_missing = telling->picture->missing_children;
    program->complete = !telling->picture->goroutines.unreadable && !image->truncated &&
                        !too_many_missing(telling->picture);
}

struct snapshot *tell(const struct go_program *program, const struct context_types *types,
                      const struct picture *picture, const struct facts *facts,
                      const struct holders *holders, const struct runtime_clock *clock,
                      const char *why_not, const struct go_options *options,
                      struct descriptor_names *descriptors)
{
    struct telling telling = {.program = program,
                              .types = types,
                              .picture = picture,
                              .facts = facts,
                              .holders = holders,
                              .clock = clock,
                              .options = options,
                              .descriptors = descriptors};
    struct snapshot *snapshot = NULL;
    telling.builder = builder_new();
    telling.names = telling.builder ? stack_names_new(program, telling.builder) : NULL;
    if (telling.names) {
        tell_program(&telling);
        tell_contexts(&telling);
        tell_goroutines(&telling);
        if (program->damaged_debug)
            builder_add_loss(telling.builder, "places in the debug information",
                             "it is damaged; what is known of the release was used instead",
                             program->layout.in_table - program->layout.answered);
        if (why_not[0])
            builder_add_loss(telling.builder, "proofs", why_not, 1);
        snapshot = builder_finish(telling.builder);
        telling.builder = NULL;
    }
    builder_free(telling.builder);
    stack_names_free(telling.names);
    return snapshot;
}
