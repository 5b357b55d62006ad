#include "inspect/run_processes.h"

#include "base/array.h"
#include "segment/directory.h"
#include "segment/liveness.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct process {
    int pid, parent;
    bool is_ours;
};

struct processes {
    struct process *items;
    size_t count, capacity;
};

/* ---- one process ---- */

/* False with errno where it may not be seen, or there is none any more. */
static bool executable_of(int pid, char path[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    return length > 0;
}

/* A zombie, or in the middle of its end: it has no memory any more, and so no executable. */
static bool has_ended(int pid)
{
    char path[PATH_MAX], state = segment_process_state(pid);
    return state == 'Z' || state == 'X' || (!executable_of(pid, path) && errno == ENOENT);
}

/* 0 if it has ended. */
static int parent_of(int pid)
{
    return has_ended(pid) ? 0 : segment_process_parent(pid);
}

static bool has_in_environment(int pid, const char *variable)
{
    char path[64], *text = NULL;
    size_t size = 0;
    bool has = false;
    snprintf(path, sizeof path, "/proc/%d/environ", pid);
    FILE *file = fopen(path, "re");
    while (file && !has && getdelim(&text, &size, '\0', file) > 0)
        has = strcmp(text, variable) == 0;
    free(text);
    if (file)
        fclose(file);
    return has;
}

/* A number is given to another process again, when the one that had it has ended. */
static bool may_still_be(int pid, const struct execution *execution)
{
    char now[PATH_MAX], then[PATH_MAX];
    if (!executable_of(pid, now))
        return errno == EACCES || errno == EPERM;
    return realpath(execution->path, then) && strcmp(now, then) == 0;
}

/* One that became another program has not: its map of memory is new. */
static bool has_segment(int pid, const char *directory)
{
    char segment[PATH_MAX];
    size_t length = strlen(directory);
    return segment_directory_find(pid, segment, sizeof segment) &&
           strncmp(segment, directory, length) == 0 && segment[length] == '/';
}

/*
 * A child that was forked from a recorded process has its recorder, which makes a segment when
 * there is something to write into it. One that became another program is in the journal.
 */
static bool has_inherited_recorder(int pid)
{
    char path[64], *line = NULL;
    size_t size = 0;
    bool has = false;
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    while (maps && !has && getline(&line, &size, maps) > 0)
        has = strstr(line, "/libctxtrace.so") != NULL;
    free(line);
    if (maps)
        fclose(maps);
    return has;
}

/* ---- all of them ---- */

static bool add_process(struct processes *processes, const struct process *process)
{
    if (!ARRAY_ROOM(processes->items, processes->capacity, processes->count + 1))
        return false;
    processes->items[processes->count++] = *process;
    return true;
}

/* All of this machine's, each with whether it is the run's as far as that shows in itself. */
static void list_processes(const char *variable, struct executions *found,
                           struct processes *processes)
{
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        struct process process = {
            .pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0};
        process.parent = process.pid > 0 && process.pid != getpid() ? parent_of(process.pid) : 0;
        if (!process.parent)
            continue;
        const struct execution *known = executions_find(found, process.pid);
        process.is_ours = has_in_environment(process.pid, variable) ||
                          (known && may_still_be(process.pid, known));
        found->is_cut |= !add_process(processes, &process);
    }
    if (directory)
        closedir(directory);
}

static bool inherits(const struct processes *processes, const struct process *process)
{
    for (size_t i = 0; i < processes->count; i++)
        if (processes->items[i].pid == process->parent)
            return processes->items[i].is_ours;
    return false;
}

/*
 * Children of what is ours are; again until nothing is new, for one may be listed before another.
 */
static void follow_children(const struct processes *processes)
{
    bool is_new = true;
    while (is_new) {
        is_new = false;
        for (size_t i = 0; i < processes->count; i++) {
            struct process *process = &processes->items[i];
            if (process->is_ours || !inherits(processes, process))
                continue;
            process->is_ours = is_new = true;
        }
    }
}

static bool is_recorded(int pid, const char *directory, const struct executions *found)
{
    return has_segment(pid, directory) ||
           (!executions_find(found, pid) && has_inherited_recorder(pid));
}

static void add_living(int pid, bool recorded, struct executions *found)
{
    char path[PATH_MAX];
    struct execution *execution = executions_find(found, pid);
    if (!execution) {
        if (!executable_of(pid, path) && errno == ENOENT)
            return; /* it has ended since it was listed */
        execution = executions_add(found, path[0] ? path : "a program that cannot be seen", pid);
    }
    if (!execution)
        return;
    execution->is_alive = true;
    execution->is_recorded = recorded;
}

void run_processes_add(const char *directory, struct executions *found)
{
    char variable[PATH_MAX + 16];
    struct processes processes = {0};
    snprintf(variable, sizeof variable, "CTXTRACE_DIR=%s", directory);
    list_processes(variable, found, &processes);
    follow_children(&processes);
    for (size_t i = 0; i < processes.count; i++) {
        int pid = processes.items[i].pid;
        if (processes.items[i].is_ours)
            add_living(pid, is_recorded(pid, directory, found), found);
    }
    free(processes.items);
}
