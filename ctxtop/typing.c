#include "ctxtop/typing.h"

#include "base/clock.h"

#include <stdlib.h>

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
    interface->delay_ns = (int64_t)(seconds * NS_PER_SECOND);
    interface->delay_is_fixed = true;
    if (interface->sampler)
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

unsigned typing_key(struct interface *interface, int key, bool is_function_key)
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
