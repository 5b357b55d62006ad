/* Searching, filtering, and going to what a row is about. */
#include "ctxtop/keys.h"

#include <stdlib.h>

unsigned action_search(struct interface *interface)
{
    const struct item *item = pane_item(interface->pane);
    interface->search_origin = item == NULL ? 0 : item->id;
    interface->search_origin_kind = item == NULL ? 0 : item->kind;
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
    if (item != NULL && pane->view->context_of != NULL)
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
    if (item != NULL && pane->view->task_of != NULL)
        task = pane->view->task_of(&interface->model, item);
    if (task == SNAPSHOT_NONE) {
        interface_say(interface, "No task is known that this is about.");
        return REDRAW_FOOTER;
    }
    return go_to(interface, &tasks_view, ITEM_TASK, interface->sample->snapshot->tasks[task].id,
                 "task");
}

/* ---- typing ---- */

static unsigned search_typed(struct interface *interface, enum prompt_result result)
{
    struct pane *pane = interface->pane;
    if (result == PROMPT_DONE) {
        interface->mode = MODE_BROWSE;
        return REDRAW_ALL;
    }
    /* Each time from where the search began, so that typing more never skips a match. */
    pane_go_to(pane, interface->search_origin_kind, interface->search_origin);
    filter_set(&pane->search, result == PROMPT_CANCELLED ? "" : interface->prompt.text);
    interface->message[0] = '\0';
    if (result == PROMPT_CANCELLED)
        interface->mode = MODE_BROWSE;
    else if (pane->search.count > 0 && !pane_search(pane, &interface->model, true, true))
        interface_say(interface, "Nothing matches.");
    return REDRAW_ALL;
}

static unsigned filter_typed(struct interface *interface, enum prompt_result result)
{
    if (result != PROMPT_CHANGED)
        interface->mode = MODE_BROWSE;
    if (result != PROMPT_DONE)
        pane_set_filter(interface->pane, &interface->model,
                        result == PROMPT_CANCELLED ? "" : interface->prompt.text);
    return REDRAW_ALL;
}

static unsigned delay_typed(struct interface *interface, enum prompt_result result)
{
    if (result == PROMPT_CHANGED)
        return REDRAW_FOOTER;
    interface->mode = MODE_BROWSE;
    if (result == PROMPT_CANCELLED || interface->prompt.length == 0)
        return REDRAW_FOOTER;
    char *end;
    double seconds = strtod(interface->prompt.text, &end);
    if (*end != '\0' || !(seconds >= 0.01 && seconds <= 86400)) {
        interface_say(interface, "The delay must be from 0.01 to 86400 seconds.");
        return REDRAW_FOOTER;
    }
    interface->delay_ns = (int64_t)(seconds * 1e9);
    interface->delay_is_fixed = true;
    if (interface->sampler != NULL)
        sampler_set_delay(interface->sampler, interface->delay_ns);
    return REDRAW_ALL;
}

static unsigned quit_answered(struct interface *interface, int key, bool is_function_key)
{
    interface->mode = MODE_BROWSE;
    if (is_function_key)
        return REDRAW_FOOTER;
    if (key == 'y' || key == 'Y' || key == 'q')
        interface->quit = true;
    if (key == 'l' || key == 'L') {
        interface->quit = true;
        interface->leave_command = true;
    }
    return REDRAW_FOOTER;
}

unsigned interface_mode_key(struct interface *interface, int key, bool is_function_key)
{
    if (interface->mode == MODE_QUIT)
        return quit_answered(interface, key, is_function_key);
    enum prompt_result result = prompt_key(&interface->prompt, key, is_function_key);
    if (result == PROMPT_EDITING)
        return REDRAW_FOOTER;
    switch (interface->mode) {
    case MODE_SEARCH:
        return search_typed(interface, result);
    case MODE_FILTER:
        return filter_typed(interface, result);
    case MODE_DELAY:
        return delay_typed(interface, result);
    default:
        return REDRAW_FOOTER;
    }
}
