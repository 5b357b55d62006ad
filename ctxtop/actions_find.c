/* Searching, filtering, and going to what a row is about. */
#include "ctxtop/keys.h"

#include <stdlib.h>

unsigned action_search(struct interface *interface)
{
    const struct item *item = pane_item(interface->pane);
    interface->search_origin = item ? item->id : 0;
    interface->search_origin_kind = item ? item->kind : 0;
    interface->mode = MODE_SEARCH;
    prompt_set(&interface->prompt, "");
    return REDRAW_FOOTER;
}

static unsigned search_again(struct interface *interface, bool forward)
{
    struct pane *pane = interface->pane;
    if (pane->search.count == 0)
        interface_say(interface, "Nothing to search for; / begins a search.");
    else if (!pane_search(pane, &interface->model, forward, false))
        interface_say(interface, "Nothing matches '%s'.", pane->search.text);
    return REDRAW_ALL;
}

unsigned action_search_next(struct interface *interface)
{
    return search_again(interface, true);
}

unsigned action_search_previous(struct interface *interface)
{
    return search_again(interface, false);
}

unsigned action_filter(struct interface *interface)
{
    interface->mode = MODE_FILTER;
    prompt_set(&interface->prompt, interface->pane->filter.text);
    return REDRAW_FOOTER;
}

unsigned action_escape(struct interface *interface)
{
    struct pane *pane = interface->pane;
    if (interface->detail_open)
        interface->detail_open = false;
    else if (pane->search.count > 0)
        filter_set(&pane->search, "");
    else if (pane->filter.count > 0)
        pane_set_filter(pane, &interface->model, "");
    return REDRAW_ALL;
}

/* Shows an item in another view, lifting that view's filter if it hides it. */
static unsigned go_to(struct interface *interface, const struct view *view, enum item_kind kind,
                      uint64_t id, const char *what)
{
    struct pane *from = interface->pane;
    if (!interface_show(interface, view))
        return REDRAW_NOTHING;
    struct pane *pane = interface->pane;
    if (pane_go_to(pane, (uint8_t)kind, id))
        return REDRAW_ALL;
    if (pane->filter.count > 0) {
        pane_set_filter(pane, &interface->model, "");
        if (pane_go_to(pane, (uint8_t)kind, id))
            return REDRAW_ALL;
    }
    interface->pane = from;
    interface_say(interface, "The %s is hidden; s shows system tasks, o what has ended.", what);
    return REDRAW_ALL;
}

unsigned action_to_context(struct interface *interface)
{
    const struct pane *pane = interface->pane;
    const struct item *item = pane_item(pane);
    uint32_t context = SNAPSHOT_NONE;
    if (item && pane->view->context_of)
        context = pane->view->context_of(&interface->model, item);
    if (context == SNAPSHOT_NONE) {
        interface_say(interface, "No context is known that this is about.");
        return REDRAW_FOOTER;
    }
    return go_to(interface, &contexts_view, ITEM_CONTEXT,
                 interface->sample->snapshot->contexts[context].id, "context");
}

unsigned action_to_task(struct interface *interface)
{
    const struct pane *pane = interface->pane;
    const struct item *item = pane_item(pane);
    uint32_t task = SNAPSHOT_NONE;
    if (item && pane->view->task_of)
        task = pane->view->task_of(&interface->model, item);
    if (task == SNAPSHOT_NONE) {
        interface_say(interface, "No task is known that this is about.");
        return REDRAW_FOOTER;
    }
    return go_to(interface, &tasks_view, ITEM_TASK, interface->sample->snapshot->tasks[task].id,
                 "task");
}
