#include "inspect/watchable.h"

#include "segment/directory.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *watchable_state_name(enum watchable_state state)
{
    static const char *const names[] = {"alive", "dead", "exited"};
    return names[state];
}

void watchables_free(struct watchables *found)
{
    free(found->items);
    *found = (struct watchables){0};
}

void watchables_directory(char *path, size_t size)
{
    segment_directory_path(path, size, geteuid());
}

bool watchables_is_segment_name(const char *name)
{
    size_t length = strlen(name), suffix = strlen(SEGMENT_FILE_SUFFIX);
    return length > suffix && strcmp(name + length - suffix, SEGMENT_FILE_SUFFIX) == 0;
}

/* A new, empty item; NULL when memory ran out, which only makes the list shorter. */
static struct watchable *append(struct watchables *found)
{
    struct watchable *items = realloc(found->items, (found->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    found->items = items;
    items[found->count] = (struct watchable){0};
    return &items[found->count++];
}

/* ---- segments ---- */

static enum watchable_state state_of(enum segment_life life)
{
    if (life == LIFE_ALIVE)
        return WATCHABLE_ALIVE;
    return life == LIFE_EXITED ? WATCHABLE_EXITED : WATCHABLE_DEAD;
}

static void add_segment(struct watchables *found, const struct segment_entry *segment)
{
    struct watchable *item = append(found);
    if (!item)
        return;
    item->pid = segment->pid; /* NOLINT(*NullDereference): one of an array of `count` */
    item->state = state_of(segment->life);
    item->source = "segment";
    item->counted = true;
    item->contexts = segment->contexts;
    item->started_realtime_ns = segment->started_realtime_ns;
    snprintf(item->command, sizeof item->command, "%s",
             segment->command[0] ? segment->command : segment->executable);
    /* A live one is best named by its pid: that stays right when it makes another segment. */
    if (item->state == WATCHABLE_ALIVE)
        snprintf(item->target, sizeof item->target, "%d", segment->pid);
    else
        snprintf(item->target, sizeof item->target, "%s", segment->path);
}

static int by_start(const void *a, const void *b)
{
    const struct watchable *one = a, *other = b;
    if (one->started_realtime_ns != other->started_realtime_ns)
        return one->started_realtime_ns < other->started_realtime_ns ? -1 : 1;
    return one->pid - other->pid;
}

bool watchables_find_in(const char *directory, struct watchables *found, struct failure *failure)
{
    size_t count;
    struct segment_problem problem;
    struct segment_entry *entries = segment_directory_list_in(directory, &count, &problem);
    if (!entries && problem.sentence[0])
        return failure_set(failure, "%s", problem.sentence);
    size_t first = found->count;
    for (size_t i = 0; i < count; i++)
        add_segment(found, &entries[i]);
    free(entries);
    if (found->count > first)
        qsort(found->items + first, found->count - first, sizeof *found->items, by_start);
    return true;
}

/* The directories of `ctxreport run`: of runs that go on, or whose reporter was killed. */
static void add_runs(struct watchables *found, const char *base)
{
    char path[2 * PATH_MAX];
    struct failure ignored; /* a run may end while we look */
    DIR *directory = opendir(base);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (strncmp(entry->d_name, RUN_DIRECTORY_PREFIX, strlen(RUN_DIRECTORY_PREFIX)) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
        watchables_find_in(path, found, &ignored);
    }
    if (directory)
        closedir(directory);
}

/* ---- processes ---- */

/* The command line with blanks for the NULs between its words. */
static void read_command(int pid, char *command, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(command, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    while (length > 0 && command[length - 1] == '\0')
        length--;
    command[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (command[i] == '\0')
            command[i] = ' ';
}

static bool is_found(const struct watchables *found, int pid)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].pid == pid && found->items[i].state == WATCHABLE_ALIVE)
            return true;
    return false;
}

static const struct source *source_of_process(int pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    struct target target = {.text = text, .pid = pid};
    for (size_t i = 0; source_table[i]; i++)
        if (source_table[i]->claims(&target))
            return source_table[i];
    return NULL;
}

static void add_processes(struct watchables *found)
{
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
        if (pid <= 0 || pid == getpid() || is_found(found, pid))
            continue;
        const struct source *source = source_of_process(pid);
        struct watchable *item = source ? append(found) : NULL;
        if (!item)
            continue;
        item->pid = pid;
        item->state = WATCHABLE_ALIVE;
        item->source = source->name;
        snprintf(item->target, sizeof item->target, "%d", pid);
        read_command(pid, item->command, sizeof item->command);
    }
    if (directory)
        closedir(directory);
}

/* ---- all ---- */

static int living_and_newest_first(const void *a, const void *b)
{
    const struct watchable *one = a, *other = b;
    bool one_lives = one->state == WATCHABLE_ALIVE, other_lives = other->state == WATCHABLE_ALIVE;
    if (one_lives != other_lives)
        return one_lives ? -1 : 1;
    return by_start(b, a);
}

bool watchables_find(struct watchables *found, struct failure *failure)
{
    char base[PATH_MAX];
    *found = (struct watchables){0};
    watchables_directory(base, sizeof base);
    bool readable = watchables_find_in(base, found, failure);
    add_runs(found, base);
    add_processes(found);
    if (found->count > 1)
        qsort(found->items, found->count, sizeof *found->items, living_and_newest_first);
    return readable;
}
