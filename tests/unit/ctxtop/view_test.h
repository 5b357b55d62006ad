/* The small program of scene.h as a view shows it: for the tests of the views. */
#ifndef CTXTRACE_TESTS_UNIT_CTXTOP_VIEW_TEST_H
#define CTXTRACE_TESTS_UNIT_CTXTOP_VIEW_TEST_H

#include "scene.h"

static struct sample *sample;
static struct model model;

static inline int begin(void **state)
{
    (void)state;
    text_set_unicode(true);
    sample = scene_sample();
    model = scene_model(sample);
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    sample_free(sample);
    return 0;
}

static inline struct items items_of(const struct view *view)
{
    struct items items = {0};
    view->items(&model, &items);
    assert_false(items.failed);
    return items;
}

static inline struct item item_with(const struct view *view, enum item_kind kind, uint64_t id)
{
    struct items items = items_of(view);
    struct item found = {0};
    for (uint32_t i = 0; i < items.count; i++) {
        if (items.items[i].kind == kind && items.items[i].id == id)
            found = items.items[i];
    }
    free(items.items);
    assert_int_equal(found.id, id);
    return found;
}

#endif
