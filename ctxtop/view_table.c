#include "ctxtop/view_table.h"

#include "base/invariant.h"

#include <stdio.h>
#include <string.h>

#define ENTRY(name) &name##_view,
const struct view *const view_table[VIEW_COUNT + 1] = {VIEWS(ENTRY) NULL};

/* Each has a name of its own, texts, columns, and what a view has to have. */
static bool is_sound(const struct view *view)
{
    for (const struct view *const *other = view_table; *other != view; other++) {
        if (!*other || strcmp((*other)->name, view->name) == 0)
            return false;
    }
    return view->title && view->help && view->empty && view->columns && view->column_count > 0 &&
           view->note_column < view->column_count && view->items && view->cell && view->words &&
           view->detail && !view->digit == !view->key_help && !view->json == !view->json_name;
}

const struct view *view_find(const char *name)
{
    for (const struct view *const *view = view_table; *view; view++) {
        invariant(is_sound(*view));
        if (strcmp((*view)->name, name) == 0)
            return *view;
    }
    return NULL;
}

bool view_available(const struct view *view, const struct model *model)
{
    return !view->available ? model->sample != NULL : view->available(model);
}

void view_names(char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (const struct view *const *view = view_table; *view && used < size; view++) {
        if ((*view)->digit)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
                                     (*view)->name);
    }
}
