/*
 * A small program for the tests of ctxtop:
 *
 *     1 background
 *     +- 2 server          open, 2 waiters (worker waits for it, reader's wait is bounded by it)
 *     |  +- 4 request      deadline at 110 s
 *     |  |  +- 6 user      value
 *     |  +- 5 request      canceled
 *     +- 3 lost            nobody owns it: a lost cancel
 *     7 todo
 *
 * The snapshot is taken at 100 s of the program's clock.
 */
#ifndef CTXTRACE_TESTS_UNIT_CTXTOP_SCENE_H
#define CTXTRACE_TESTS_UNIT_CTXTOP_SCENE_H

#include "ctxtop/tree.h"
#include "ctxtop/view_table.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND   INT64_C(1000000000)
#define TAKEN_NS (100 * SECOND)

static inline uint32_t scene_stack(struct snapshot_builder *builder, const char *function)
{
    const struct snapshot_frame frame = {
        .pc = 0x1000,
        .function = builder_string(builder, function),
        .file = builder_string(builder, "/src/server.c"),
        .line = 42,
    };
    return builder_stack(builder, &frame, 1, false);
}

static inline void scene_context(struct snapshot_builder *builder, uint64_t id, uint64_t parent,
                                 enum context_kind kind, const char *name, bool canceled,
                                 int64_t deadline_ns)
{
    struct snapshot_context context = {
        .id = id,
        .parent_id = parent,
        .kind = (uint8_t)kind,
        .state = canceled ? CONTEXT_CANCELED : CONTEXT_OPEN,
        .ended_by = canceled ? ENDED_BY_OWN_CANCEL : ENDED_NOT,
        .owners_counted = true,
        .owners = id != 3,
        .observers = 1,
        .name = builder_string(builder, name),
        .created_ns = (int64_t)id * SECOND,
        .ended_ns = canceled ? 50 * SECOND : SNAPSHOT_NEVER,
        .deadline_ns = deadline_ns,
        .requested_deadline_ns = deadline_ns,
        .creation_stack = scene_stack(builder, name),
        .cancel_stack = SNAPSHOT_NONE,
        .cancellable = {.value = id == 3 ? FACT_NO : FACT_YES},
        .held_only_by_parent = {.value = id == 3 ? FACT_YES : FACT_NO},
    };
    if (kind == CONTEXT_VALUE)
        context.key = builder_string(builder, "user");
    builder_add_context(builder, &context);
}

static inline void scene_task(struct snapshot_builder *builder, uint64_t id, const char *name,
                              bool system)
{
    const struct snapshot_task task = {
        .id = id,
        .tid = (uint32_t)(1000 + id),
        .kind = TASK_THREAD,
        .state = TASK_WAITING,
        .system = system,
        .name = builder_string(builder, name),
        .creation_stack = SNAPSHOT_NONE,
        .stack = SNAPSHOT_NONE,
        .created_ns = (int64_t)id * SECOND,
        .exited_ns = SNAPSHOT_NEVER,
    };
    builder_add_task(builder, &task, 2, 2);
}

static inline void scene_wait(struct snapshot_builder *builder, uint64_t task,
                              enum object_kind kind, uint64_t key, enum wait_operation operation,
                              uint64_t bounded_by)
{
    const struct snapshot_object object = {
        .kind = (uint8_t)kind,
        .id = key,
        .descriptor = (int32_t)key,
        .creation_stack = SNAPSHOT_NONE,
    };
    const struct snapshot_wait wait = {
        .object = builder_object(builder, key, &object),
        .operation = (uint8_t)operation,
        .since_ns = 90 * SECOND,
        .until_ns = SNAPSHOT_NEVER,
        .stack = SNAPSHOT_NONE,
    };
    builder_add_wait(builder, &wait, task, bounded_by);
}

static inline struct snapshot_builder *scene_begin(void)
{
    struct snapshot_builder *builder = builder_new();
    assert_non_null(builder);
    struct snapshot_program *program = builder_program(builder);
    program->pid = 77;
    program->state = PROGRAM_ALIVE;
    program->taken_ns = TAKEN_NS;
    program->complete = true;
    program->counts_contexts = true;
    program->contexts_created = 100;
    program->contexts_ended = 90;
    return builder;
}

/* Without context `except`, 0 for all. */
static inline struct snapshot_builder *scene_build(uint64_t except)
{
    static const struct {
        uint64_t id, parent;
        enum context_kind kind;
        const char *name;
        bool canceled;
        int64_t deadline_ns;
    } contexts[] = {
        {1, 0, CONTEXT_BACKGROUND, "background", false, SNAPSHOT_NEVER},
        {2, 1, CONTEXT_CANCEL, "server", false, SNAPSHOT_NEVER},
        {3, 1, CONTEXT_CANCEL, "lost", false, SNAPSHOT_NEVER},
        {4, 2, CONTEXT_DEADLINE, "request", false, 110 * SECOND},
        {5, 2, CONTEXT_CANCEL, "request", true, SNAPSHOT_NEVER},
        {6, 4, CONTEXT_VALUE, "", false, 110 * SECOND},
        {7, 0, CONTEXT_TODO, "todo", false, SNAPSHOT_NEVER},
    };
    struct snapshot_builder *builder = scene_begin();
    for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++) {
        if (contexts[i].id != except)
            scene_context(builder, contexts[i].id, contexts[i].parent, contexts[i].kind,
                          contexts[i].name, contexts[i].canceled, contexts[i].deadline_ns);
    }
    scene_task(builder, 1, "worker", false);
    scene_task(builder, 2, "reader", false);
    scene_task(builder, 3, "timers", true);
    scene_wait(builder, 1, OBJECT_CONTEXT, 2, WAIT_DONE, 0);
    scene_wait(builder, 2, OBJECT_DESCRIPTOR, 5, WAIT_READ, 2);
    scene_wait(builder, 3, OBJECT_TIMER, 1, WAIT_SLEEP, 0);
    return builder;
}

static inline struct sample *scene_sample_without(uint64_t except)
{
    struct snapshot *snapshot = builder_finish(scene_build(except));
    assert_non_null(snapshot);
    struct sample *sample = sample_new(snapshot, NULL, NULL, 0);
    assert_non_null(sample);
    return sample;
}

static inline struct sample *scene_sample(void)
{
    return scene_sample_without(0);
}

static inline struct model scene_model(const struct sample *sample)
{
    return (struct model){.sample = sample, .now_ns = TAKEN_NS};
}

/* What a cell shows. */
static inline const char *scene_cell(const struct model *model, const struct view *view,
                                     const struct item *item, const char *title, bool folded)
{
    static struct cell cell;
    cell = (struct cell){.meaning = MEANING_NORMAL};
    for (unsigned i = 0; i < view->column_count; i++) {
        if (strcmp(view->columns[i].title, title) != 0)
            continue;
        view->cell(model, item, i, folded, &cell);
        return cell.text;
    }
    fail_msg("there is no column %s", title);
    return NULL;
}

/* Ids of the items of the rows, a line each, indented by depth; folded ones have a + behind. */
static inline const char *scene_rows(const struct tree *tree, const struct rows *rows)
{
    static char text[4096];
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < rows->count; i++) {
        uint32_t item = rows->rows[i].item;
        used += (size_t)snprintf(
            text + used, sizeof text - used, "%*s%llu%s\n", (int)tree->nodes[item].depth, "",
            (unsigned long long)tree->items.items[item].id, rows->rows[i].folded ? "+" : "");
    }
    return text;
}

#endif
