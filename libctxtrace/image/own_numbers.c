#include "image/own_numbers.h"

#include "base/array.h"
#include "base/read_text.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does the process live in a PID namespace that is not ours? */
static bool do_differ(int directory)
{
    struct stat ours, theirs;
    return fstatat(directory, "ns/pid", &theirs, 0) == 0 && stat("/proc/self/ns/pid", &ours) == 0 &&
           (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

/* The number in the innermost namespace: the last one after "NSpid:". */
static int look_up(int directory, int tid)
{
    char path[64], text[8192];
    snprintf(path, sizeof path, "task/%d/status", tid);
    read_text(directory, path, text, sizeof text);
    char *line = strstr(text, "\nNSpid:"), *end = line ? strchr(line + 1, '\n') : NULL;
    if (!end)
        return tid;
    *end = '\0';
    const char *last = strrchr(line, '\t');
    return last ? atoi(last + 1) : tid;
}

static bool add(struct own_numbers *numbers, int tid)
{
    if (!ARRAY_ROOM(numbers->items, numbers->capacity, numbers->count + 1))
        return false;
    numbers->items[numbers->count++] = (struct own_number){tid, look_up(numbers->directory, tid)};
    return true;
}

static int by_tid(const void *a, const void *b)
{
    const struct own_number *one = a, *other = b;
    return (one->tid > other->tid) - (one->tid < other->tid);
}

void own_numbers_find(struct own_numbers *numbers, int directory)
{
    *numbers = (struct own_numbers){.directory = directory, .differ = do_differ(directory)};
    if (!numbers->differ)
        return;
    int tasks = openat(directory, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = tasks >= 0 ? fdopendir(tasks) : NULL;
    const struct dirent *entry;
    while (list && (entry = readdir(list))) {
        int tid = atoi(entry->d_name);
        if (tid > 0 && !add(numbers, tid))
            break;
    }
    if (list)
        closedir(list);
    else if (tasks >= 0)
        close(tasks);
    if (numbers->count)
        qsort(numbers->items, numbers->count, sizeof *numbers->items, by_tid);
}

int own_numbers_of(const struct own_numbers *numbers, int tid)
{
    if (!numbers->differ)
        return tid;
    const struct own_number wanted = {.tid = tid}, *known = NULL;
    if (numbers->count)
        known = bsearch(&wanted, numbers->items, numbers->count, sizeof wanted, by_tid);
    return known ? known->own : look_up(numbers->directory, tid);
}

void own_numbers_free(struct own_numbers *numbers)
{
    free(numbers->items);
    *numbers = (struct own_numbers){0};
}
