#include "ctxtop/targets.h"

#include "ctxtop/text.h"
#include "segment/directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds what it finds; memory that runs out only makes the list shorter. */
typedef void find_targets(struct target_list *list);

/* One of a living process is named by its PID, so that it is followed when it executes another. */
static void add_segment(struct target_list *list, const struct segment_entry *segment)
{
    struct target_entry entry = {
        .pid = segment->pid,
        .alive = segment->life == LIFE_ALIVE,
        .started_realtime_ns = segment->started_realtime_ns,
        .source = "segment",
    };
    const char *command = segment->command[0] != '\0' ? segment->command : segment->executable;
    text_clean(entry.command, sizeof entry.command, command, strlen(command));
    if (entry.alive)
        snprintf(entry.target, sizeof entry.target, "%d", segment->pid);
    else if (strlen(segment->path) < sizeof entry.target)
        snprintf(entry.target, sizeof entry.target, "%s", segment->path);
    else
        return;
    targets_add(list, &entry);
}

static void find_segments(struct target_list *list)
{
    struct segment_problem problem;
    size_t count;
    struct segment_entry *segments = segment_directory_list(&count, &problem);
    for (size_t i = 0; i < count; i++)
        add_segment(list, &segments[i]);
    free(segments);
}

static find_targets *const finders[] = {
    find_segments,
    NULL,
};

bool targets_add(struct target_list *list, const struct target_entry *entry)
{
    if (list->count == list->room) {
        uint32_t room = list->room == 0 ? 16 : list->room * 2;
        struct target_entry *grown = realloc(list->entries, room * sizeof *grown);
        if (grown == NULL)
            return false;
        list->entries = grown;
        list->room = room;
    }
    list->entries[list->count++] = *entry;
    return true;
}

static int compare_entries(const void *a, const void *b)
{
    const struct target_entry *x = a, *y = b;
    if (x->alive != y->alive)
        return x->alive ? -1 : 1;
    if (x->started_realtime_ns != y->started_realtime_ns)
        return x->started_realtime_ns > y->started_realtime_ns ? -1 : 1;
    return x->pid - y->pid;
}

void targets_refresh(struct target_list *list)
{
    list->count = 0;
    for (find_targets *const *find = finders; *find != NULL; find++)
        (*find)(list);
    if (list->count > 1)
        qsort(list->entries, list->count, sizeof *list->entries, compare_entries);
}

void targets_free(struct target_list *list)
{
    free(list->entries);
    *list = (struct target_list){0};
}
