#include "ctxtop/targets.h"

#include "base/array.h"
#include "base/error.h"
#include "ctxtop/text.h"
#include "inspect/watchable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory that runs out only makes the list shorter. */
static void append(struct target_list *list, const struct target_entry *entry)
{
    if (!ARRAY_ROOM(list->entries, list->room, (size_t)list->count + 1))
        return;
    list->entries[list->count++] = *entry;
}

static void add(struct target_list *list, const struct watchable *found)
{
    struct target_entry entry = {
        .pid = found->pid,
        .alive = found->state == WATCHABLE_ALIVE,
        .started_realtime_ns = found->started_realtime_ns,
    };
    if (strlen(found->target) >= sizeof entry.target)
        return;
    snprintf(entry.target, sizeof entry.target, "%s", found->target);
    snprintf(entry.source, sizeof entry.source, "%s", found->source);
    text_clean(entry.command, sizeof entry.command, found->command, strlen(found->command));
    append(list, &entry);
}

void targets_refresh(struct target_list *list)
{
    list->count = 0;
    struct watchables found;
    struct error ignored; /* a directory that cannot be read makes the list shorter */
    watchables_find(&found, &ignored);
    for (size_t i = 0; i < found.count; i++)
        add(list, &found.items[i]);
    watchables_free(&found);
}

void targets_free(struct target_list *list)
{
    free(list->entries);
    *list = (struct target_list){0};
}
