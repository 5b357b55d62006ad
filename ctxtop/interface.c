#include "ctxtop/interface.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

void interface_say(struct interface *interface, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(interface->message, sizeof interface->message, format, arguments);
    va_end(arguments);
}

/* ---- panes ---- */

void interface_refresh(struct interface *interface)
{
    struct pane *pane = interface->pane;
    if (!view_available(pane->view, &interface->model)) {
        pane->rows.count = 0;
        pane->stale = true;
        return;
    }
    if (!pane->stale)
        return;
    int64_t started = now_ns();
    pane_refresh(pane, &interface->model);
    stopwatch_add(&interface->building, now_ns() - started);
}

void interface_mark_stale(struct interface *interface)
{
    for (unsigned i = 0; i < VIEW_COUNT; i++)
        interface->panes[i].stale = true;
    interface_refresh(interface);
}

bool interface_show(struct interface *interface, const struct view *view)
{
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        if (interface->panes[i].view != view || !view_available(view, &interface->model))
            continue;
        interface->pane = &interface->panes[i];
        interface->detail_top = 0;
        interface_refresh(interface);
        return true;
    }
    return false;
}

uint64_t interface_subject(const struct interface *interface, const struct item *item)
{
    const struct view *view = interface->pane->view;
    const struct model *model = &interface->model;
    if (!interface->sample)
        return 0;
    const struct snapshot *snapshot = interface->sample->snapshot;
    uint32_t task = view->task_of ? view->task_of(model, item) : SNAPSHOT_NONE;
    uint32_t context = view->context_of ? view->context_of(model, item) : SNAPSHOT_NONE;
    /* Rows of contexts have a task, too, their creator; rows of tasks a context. */
    if (context != SNAPSHOT_NONE && (view->contexts_first || task == SNAPSHOT_NONE))
        return snapshot->contexts[context].id;
    return task == SNAPSHOT_NONE ? 0 : snapshot->tasks[task].id;
}
