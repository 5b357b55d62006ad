#include "ctxreport/report_snapshot.h"

#include "base/array.h"
#include "base/error.h"
#include "ctxreport/query.h"
#include "inspect/language_table.h"
#include "snapshot/builder.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES 1024

/* A stack of the report, and what the builder calls it. */
struct known_stack {
    int64_t id;
    uint32_t index;
};

struct rebuilding {
    struct store *store;
    int64_t program_id;
    struct snapshot_builder *builder;
    struct known_stack *stacks; /* by id */
    size_t stack_count, stack_capacity;
    struct snapshot_frame frames[MAX_FRAMES]; /* of the stack that is being read */
    size_t frame_count;
    int64_t realtime_offset_ns;
    bool failed; /* memory ran out */
};

/* ---- stacks ---- */

static void end_stack(struct rebuilding *it, int64_t id)
{
    if (it->frame_count == 0)
        return;
    if (!ARRAY_ROOM(it->stacks, it->stack_capacity, it->stack_count + 1)) {
        it->failed = true;
        return;
    }
    uint32_t index = builder_stack(it->builder, it->frames, it->frame_count, false);
    it->stacks[it->stack_count++] = (struct known_stack){id, index};
    it->frame_count = 0;
}

static snapshot_string text_of(struct rebuilding *it, struct query *row, int column)
{
    return builder_string(it->builder, query_text(row, column));
}

static bool read_stacks(struct rebuilding *it, struct error *error)
{
    static const char sql[] =
        "SELECT frames.stack_id, function, file, line, module, module_offset, pc, inlined, "
        "linkage, "
        "module_build, entry_offset "
        "FROM frames JOIN stacks ON stacks.id = frames.stack_id WHERE stacks.program_id = ? "
        "ORDER BY frames.stack_id, position";
    struct query row;
    int64_t id = 0;
    query_begin(&row, it->store, sql, it->program_id);
    while (!it->failed && query_next(&row)) {
        if (query_integer(&row, 0) != id)
            end_stack(it, id);
        id = query_integer(&row, 0);
        if (it->frame_count < MAX_FRAMES)
            it->frames[it->frame_count++] =
                (struct snapshot_frame){.function = text_of(it, &row, 1),
                                        .file = text_of(it, &row, 2),
                                        .line = (uint32_t)query_integer(&row, 3),
                                        .module = text_of(it, &row, 4),
                                        .module_offset = (uint64_t)query_integer(&row, 5),
                                        .pc = (uint64_t)query_integer(&row, 6),
                                        .inlined = query_integer(&row, 7) != 0,
                                        .linkage = text_of(it, &row, 8),
                                        .build_id = text_of(it, &row, 9),
                                        .entry_offset = (uint64_t)query_integer(&row, 10)};
    }
    end_stack(it, id);
    return query_finish(&row, error);
}

static int by_id(const void *a, const void *b)
{
    const struct known_stack *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

static uint32_t stack_of(const struct rebuilding *it, struct query *row, int column)
{
    const struct known_stack wanted = {.id = query_integer(row, column)};
    const struct known_stack *found =
        it->stack_count ? bsearch(&wanted, it->stacks, it->stack_count, sizeof wanted, by_id)
                        : NULL;
    return found ? found->index : SNAPSHOT_NONE;
}

/* ---- contexts and tasks ---- */

/* On the program's own clock. */
static int64_t time_of(const struct rebuilding *it, struct query *row, int column)
{
    int64_t time;
    if (query_is_null(row, column) ||
        __builtin_sub_overflow(query_integer(row, column), it->realtime_offset_ns, &time))
        return SNAPSHOT_TIME_UNKNOWN;
    return time;
}

/* The value of an enum that has this name; 0 if none has. */
static uint8_t value_named(const char *name, const char *(*name_of)(unsigned), unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(name_of(i), name) == 0)
            return (uint8_t)i;
    return 0;
}

static bool read_contexts(struct rebuilding *it, struct error *error)
{
    static const char sql[] =
        "SELECT number, parent_number, kind, state, name, type, key, creation_stack_id, "
        "cancellable, created_ns, parent_number IS NULL AND depth_at_least, creation_sampled FROM "
        "contexts WHERE program_id = ? ORDER BY id";
    struct query row;
    query_begin(&row, it->store, sql, it->program_id);
    while (query_next(&row)) {
        uint8_t cancellable = value_named(query_text(&row, 8), fact_value_name, FACT_YES + 1);
        struct snapshot_context context = {
            .id = (uint64_t)query_integer(&row, 0),
            .parent_id = query_integer(&row, 10) ? ID_UNRECORDED : (uint64_t)query_integer(&row, 1),
            .kind = value_named(query_text(&row, 2), context_kind_name, CONTEXT_KIND_COUNT),
            .state = value_named(query_text(&row, 3), context_state_name, CONTEXT_STATE_COUNT),
            .name = text_of(it, &row, 4),
            .type = text_of(it, &row, 5),
            .key = text_of(it, &row, 6),
            .created_ns = time_of(it, &row, 9),
            .ended_ns = SNAPSHOT_TIME_UNKNOWN,
            .deadline_ns = SNAPSHOT_NEVER,
            .requested_deadline_ns = SNAPSHOT_NEVER,
            .creation_stack = stack_of(it, &row, 7),
            .creation_sampled = query_integer(&row, 11) != 0,
            .cancel_stack = SNAPSHOT_NONE,
            .cancellable = {cancellable,
                            cancellable ? PRECONDITION_NONE : PRECONDITION_NOT_OBSERVABLE}};
        builder_add_context(it->builder, &context);
    }
    return query_finish(&row, error);
}

static bool read_tasks(struct rebuilding *it, struct error *error)
{
    static const char sql[] = "SELECT number, kind, state, system, name, creation_stack_id, "
                              "stack_id, created_ns FROM tasks WHERE program_id = ? ORDER BY id";
    struct query row;
    query_begin(&row, it->store, sql, it->program_id);
    while (query_next(&row)) {
        struct snapshot_task task = {
            .id = (uint64_t)query_integer(&row, 0),
            .kind = value_named(query_text(&row, 1), task_kind_name, TASK_KIND_COUNT),
            .state = value_named(query_text(&row, 2), task_state_name, TASK_STATE_COUNT),
            .system = query_integer(&row, 3) != 0,
            .name = text_of(it, &row, 4),
            .created_ns = time_of(it, &row, 7),
            .exited_ns = SNAPSHOT_NEVER,
            .creation_stack = stack_of(it, &row, 5),
            .stack = stack_of(it, &row, 6)};
        builder_add_task(it->builder, &task, 0, 0);
    }
    return query_finish(&row, error);
}

/* Objects are told apart as the builder does it, contexts by their number. */
static bool read_waits(struct rebuilding *it, struct error *error)
{
    static const char sql[] =
        "SELECT t.number, o.kind, coalesce(c.number, o.id), w.since_ns, w.since_at_least, "
        "w.operation, w.stack_id FROM waits AS w JOIN tasks AS t ON t.id = w.task_id JOIN objects "
        "AS o ON o.id = w.object_id LEFT JOIN contexts AS c ON c.id = o.context_id WHERE "
        "w.program_id = ? ORDER BY w.id";
    struct query row;
    query_begin(&row, it->store, sql, it->program_id);
    while (query_next(&row)) {
        const struct snapshot_object object = {
            .kind = value_named(query_text(&row, 1), object_kind_name, OBJECT_KIND_COUNT),
            .creation_stack = SNAPSHOT_NONE};
        const struct snapshot_wait wait = {
            .object = builder_object(it->builder, (uint64_t)query_integer(&row, 2), &object),
            .operation =
                value_named(query_text(&row, 5), wait_operation_name, WAIT_OPERATION_COUNT),
            .since_ns = time_of(it, &row, 3),
            .since_at_least = query_integer(&row, 4) != 0,
            .until_ns = SNAPSHOT_NEVER,
            .stack = stack_of(it, &row, 6)};
        builder_add_wait(it->builder, &wait, (uint64_t)query_integer(&row, 0), 0);
    }
    return query_finish(&row, error);
}

static bool read_program(struct rebuilding *it, struct error *error)
{
    struct snapshot_program *program = builder_program(it->builder);
    struct query row;
    query_begin(&row, it->store,
                "SELECT pid, language, taken_ns, realtime_offset_ns, taken_at_least, executable "
                "FROM programs "
                "WHERE id = ?",
                it->program_id);
    while (query_next(&row)) {
        program->pid = (int32_t)query_integer(&row, 0);
        program->language = text_of(it, &row, 1);
        builder_language(it->builder, language_named(query_text(&row, 1)));
        program->realtime_offset_ns = it->realtime_offset_ns = query_integer(&row, 3);
        program->taken_at_least = query_integer(&row, 4) != 0;
        program->executable = text_of(it, &row, 5);
        if (__builtin_sub_overflow(query_integer(&row, 2), program->realtime_offset_ns,
                                   &program->taken_ns))
            program->taken_ns = 0;
    }
    return query_finish(&row, error);
}

struct snapshot *report_snapshot(struct store *store, int64_t program_id, struct error *error)
{
    struct snapshot *snapshot = NULL;
    struct rebuilding *it = calloc(1, sizeof *it);
    bool good = it && (it->builder = builder_new());
    error_no_memory(error);
    if (good) {
        it->store = store;
        it->program_id = program_id;
        good = read_program(it, error) && read_stacks(it, error) && read_contexts(it, error) &&
               read_tasks(it, error) && read_waits(it, error) && !it->failed;
    }
    if (good) {
        snapshot = builder_finish(it->builder);
        it->builder = NULL;
    }
    if (it) {
        builder_free(it->builder);
        free(it->stacks);
    }
    free(it);
    return snapshot;
}
