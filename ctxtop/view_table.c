#include "ctxtop/view_table.h"

#include <stdio.h>
#include <string.h>

#define ENTRY(name) &name##_view,
const struct view *const view_table[VIEW_COUNT + 1] = {VIEWS(ENTRY) NULL};

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

void view_names(char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct view *const *view = view_table; *view != NULL && used < size; view++) {
        if ((*view)->digit != NULL)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     (*view)->name);
    }
}
