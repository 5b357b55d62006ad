#include "golang/export/export_goroutines.h"

#include "golang/export/export_contexts.h"
#include "golang/export/export_waits.h"

#include <stdlib.h>
#include <string.h>

static uint8_t state_of(const struct goroutine *goroutine)
{
    switch (goroutine->status) {
    case GO_RUNNABLE:
        return TASK_RUNNABLE;
    case GO_RUNNING:
        return TASK_RUNNING;
    case GO_SYSCALL:
        return TASK_IN_SYSCALL;
    case GO_WAITING:
    case GO_LEAKED:
        return TASK_WAITING;
    case GO_PREEMPTED:
    case GO_COPYSTACK:
        return TASK_RUNNABLE;
    default:
        return TASK_STATE_UNKNOWN;
    }
}

/* In Go's own words, as its tracebacks have them. */
static const char *status_of(const struct goroutine *goroutine)
{
    static const char *const names[] = {"idle",      "runnable",  "running", "syscall",
                                        "waiting",   "unused",    "dead",    "unused",
                                        "copystack", "preempted", "waiting"};
    if (goroutine->reason_text[0])
        return goroutine->reason_text;
    return goroutine->status < sizeof names / sizeof names[0] ? names[goroutine->status] : "";
}

static uint32_t stack_of(struct exporting *export, const struct goroutine *goroutine)
{
    const struct stack_summary *stack = &goroutine->stack;
    if (goroutine->moved)
        return SNAPSHOT_NONE;
    return stack_names_add(export->names, export->model->stacks.frames + stack->first_frame,
                           stack->frame_count, stack->complete);
}

static void export_ancestors(struct exporting *export, const struct goroutine *goroutine)
{
    const struct go_ancestor *ancestors =
        export->model->ancestors.items + goroutine->first_ancestor;
    for (size_t i = 0; i < goroutine->ancestor_count; i++) {
        const struct snapshot_ancestor said = {.id = ancestors[i].id,
                                               .stack = call_stack(export, ancestors[i].stack)};
        builder_add_ancestor(export->builder, goroutine->id, &said);
    }
}

static void export_goroutine(struct exporting *export, const struct goroutine *goroutine)
{
    size_t index = (size_t)(goroutine - export->model->goroutines.items);
    struct snapshot_task task = {
        .id = goroutine->id,
        .tid = goroutine->tid,
        .kind = TASK_GOROUTINE,
        .state = state_of(goroutine),
        .main = goroutine->id == 1,
        .system = goroutine->system,
        .locked_to_thread = goroutine->locked,
        .status = builder_string(export->builder, status_of(goroutine)),
        .labels = model_string(export, goroutine->labels_text),
        .parent_id = goroutine->parent_id,
        .likely_context_id = context_id(export, goroutine->stack.likely_context),
        .creation_stack = stack_names_add_call(export->names, goroutine->creation),
        .stack = stack_of(export, goroutine),
        .created_ns = SNAPSHOT_TIME_UNKNOWN,
        .exited_ns = SNAPSHOT_NEVER,
        .wakeable = export->facts->wakeable[index],
        .wakeable_without_parent = export->facts->wakeable_without_parent[index],
    };
    builder_add_task(export->builder, &task, 0, 0);
    export_ancestors(export, goroutine);
    export_waits(export, goroutine, task.stack);
}

static int by_id(const void *a, const void *b)
{
    const struct goroutine *left = *(const struct goroutine *const *)a;
    const struct goroutine *right = *(const struct goroutine *const *)b;
    return (left->id > right->id) - (left->id < right->id);
}

void export_goroutines(struct exporting *export)
{
    const struct goroutines *goroutines = &export->model->goroutines;
    const struct goroutine **order = calloc(goroutines->count + 1, sizeof(void *));
    for (size_t i = 0; order && i < goroutines->count; i++)
        order[i] = &goroutines->items[i];
    if (order)
        qsort(order, goroutines->count, sizeof(void *), by_id);
    for (size_t i = 0; order && i < goroutines->count; i++)
        if (!order[i]->system || export->want_system)
            export_goroutine(export, order[i]);
    free(order);
    builder_add_loss(export->builder, "goroutines", "their memory could not be read",
                     goroutines->unreadable);
}
