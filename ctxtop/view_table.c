#include "ctxtop/view.h"

#include <string.h>

const struct view *const view_table[] = {
    &contexts_view, &objects_view, &waiters_view, &tasks_view,   &findings_view,
    &events_view,   &log_view,     &sites_view,   &targets_view, NULL,
};

const struct view *view_find(const char *name)
{
    for (const struct view *const *view = view_table; *view != NULL; view++) {
        if (strcmp((*view)->name, name) == 0)
            return *view;
    }
    return NULL;
}

bool view_available(const struct view *view, const struct model *model)
{
    return view->available == NULL ? model->sample != NULL : view->available(model);
}
