/*
 * The interactive monitor over the small program of scene.h, without a terminal, for the tests of
 * what keys do: the contexts are shown on a screen of four rows, and nothing is sampled.
 */
#ifndef CTXTRACE_TESTS_UNIT_CTXTOP_MONITOR_H
#define CTXTRACE_TESTS_UNIT_CTXTOP_MONITOR_H

#include "ctxtop/interface.h"
#include "scene.h"

enum { MONITOR_ROWS = 4 };

struct monitor {
    struct interface interface;
    struct options options;
    struct sample *sample;
};

static inline int monitor_begin(void **state)
{
    struct monitor *monitor = calloc(1, sizeof *monitor);
    assert_non_null(monitor);
    struct interface *interface = &monitor->interface;
    text_set_unicode(true);
    monitor->sample = scene_sample();
    interface->options = &monitor->options;
    interface->sample = monitor->sample;
    interface->model = scene_model(monitor->sample);
    interface->shown_columns = UINT32_MAX;
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        pane_init(&interface->panes[i], view_table[i]);
        interface->panes[i].height = MONITOR_ROWS;
    }
    interface->pane = &interface->panes[VIEW_contexts];
    interface_refresh(interface);
    *state = interface;
    return 0;
}

static inline int monitor_end(void **state)
{
    struct interface *interface = *state;
    struct monitor *monitor = (struct monitor *)interface;
    for (unsigned i = 0; i < VIEW_COUNT; i++)
        pane_free(&interface->panes[i]);
    if (interface->sample != monitor->sample)
        sample_free(interface->sample);
    interventions_free(&interface->done);
    targets_free(&interface->targets);
    free(interface->answer);
    sample_free(monitor->sample);
    free(monitor);
    return 0;
}

static inline void monitor_show(struct interface *interface, const struct view *view)
{
    assert_true(interface_show(interface, view));
    assert_ptr_equal(interface->pane->view, view);
}

/* The id of what the cursor is on; 0: of nothing. */
static inline uint64_t at_cursor(const struct interface *interface)
{
    const struct item *item = pane_item(interface->pane);
    return item ? item->id : 0;
}

/* What is in the rows of the contexts: their numbers. */
static inline void assert_contexts(const struct interface *interface, const char *numbers)
{
    char text[128] = "";
    const struct pane *pane = &interface->panes[VIEW_contexts];
    for (uint32_t i = 0; i < pane->rows.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d", i ? " " : "",
                 (int)pane_item_of_row(pane, i)->id);
    assert_string_equal(text, numbers);
}

#endif
