#include "inspect/watchable.h"

#include "base/array.h"
#include "base/error.h"
#include "image/command_line.h"
#include "inspect/quiet_program.h"
#include "inspect/read_only.h"
#include "inspect/source_table.h"
#include "segment/directory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

bool watchables_make_directory(const char *path, struct error *error)
{
    struct stat status;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(error,
                         "the directory of segments, %s, cannot be made: %s; set CTXTRACE_DIR to "
                         "another one",
                         path, strerror(errno));
    if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != geteuid() ||
        (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(error,
                         "%s is not a directory that only you can write to; remove it, or set "
                         "CTXTRACE_DIR to another one",
                         path);
    return true;
}

bool watchables_is_segment_name(const char *name)
{
    size_t length = strlen(name), suffix = strlen(SEGMENT_FILE_SUFFIX);
    return length > suffix && strcmp(name + length - suffix, SEGMENT_FILE_SUFFIX) == 0;
}

/* A new, empty item; NULL when memory ran out, which only makes the list shorter. */
static struct watchable *append(struct watchables *found)
{
    if (!ARRAY_ROOM(found->items, found->capacity, found->count + 1))
        return NULL;
    found->items[found->count] = (struct watchable){0};
    return &found->items[found->count++];
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
    if (segment->is_over) {
        struct error ignored;
        if (read_only_permits("What ended in order is not removed", &ignored))
            unlink(segment->path);
        return;
    }
    struct watchable *item = append(found);
    if (!item)
        return;
    item->pid = segment->pid; /* NOLINT(*NullDereference): one of an array of `count` */
    item->state = state_of(segment->life);
    item->source = "segment";
    item->counted = true;
    item->contexts = segment->contexts;
    item->started_realtime_ns = segment->started_realtime_ns;
    item->uid = segment->uid;
    item->device = segment->device;
    item->inode = segment->inode;
    snprintf(item->command, sizeof item->command, "%s",
             segment->command[0] ? segment->command : segment->executable);
    /*
     * A live one is best named by its pid: that stays right when it makes another segment. One of
     * another PID namespace has another number here; add_processes() finds it, if we see it.
     */
    if (item->state == WATCHABLE_ALIVE && segment->pid_is_ours) {
        char now[sizeof item->command];
        snprintf(item->target, sizeof item->target, "%d", segment->pid);
        if (command_line_read(segment->pid, now, sizeof now))
            memcpy(item->command, now, sizeof now);
    } else
        snprintf(item->target, sizeof item->target, "%s", segment->path);
}

static int by_start(const void *a, const void *b)
{
    const struct watchable *one = a, *other = b;
    if (one->started_realtime_ns != other->started_realtime_ns)
        return one->started_realtime_ns < other->started_realtime_ns ? -1 : 1;
    return one->pid - other->pid;
}

bool watchables_find_in(const char *directory, struct watchables *found, struct error *error)
{
    size_t count;
    struct error unreadable;
    struct segment_entry *entries = segment_directory_list_in(directory, &count, &unreadable);
    if (!entries && unreadable.sentence[0]) {
        *error = unreadable;
        return false;
    }
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
    struct error ignored; /* a run may end while we look */
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

static bool is_found(const struct watchables *found, int pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].state == WATCHABLE_ALIVE && strcmp(found->items[i].target, text) == 0)
            return true;
    return false;
}

/* The item of a segment that was found by its file before; NULL: there is none. */
static struct watchable *item_of_file(struct watchables *found, const struct stat *status)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->items[i].inode == status->st_ino && found->items[i].device == status->st_dev)
            return &found->items[i];
    return NULL;
}

static struct watchable *item_of_segment(struct watchables *found, int pid)
{
    char path[PATH_MAX];
    struct stat status;
    return segment_directory_find(pid, path, sizeof path) && stat(path, &status) == 0
               ? item_of_file(found, &status)
               : NULL;
}

static unsigned owner_of_process(int pid)
{
    char path[32];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d", pid);
    return stat(path, &status) == 0 ? status.st_uid : geteuid();
}

static void add_process(struct watchables *found, int pid, const struct source *source)
{
    struct watchable *known = source == &segment_source ? item_of_segment(found, pid) : NULL;
    struct watchable *item = known ? known : append(found);
    if (!item)
        return;
    item->pid = pid;
    item->state = WATCHABLE_ALIVE;
    item->source = source->name;
    snprintf(item->target, sizeof item->target, "%d", pid);
    if (known)
        return;
    item->uid = owner_of_process(pid);
    command_line_read(pid, item->command, sizeof item->command);
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
        if (source)
            add_process(found, pid, source);
        else
            found->quiet_count += quiet_process_is_recorded(pid);
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

/* A directory of that name may be anybody's. */
static void note_taken(struct watchables *found, const char *path, unsigned uid)
{
    struct stat status;
    if (lstat(path, &status) == 0 && !segment_directory_is_of(path, uid))
        error_set(&found->note,
                  "%s is not a directory that only uid %u can write to (it belongs to uid %u), "
                  "so what is in it is not shown; remove it",
                  path, uid, (unsigned)status.st_uid);
}

static bool add_directory(struct watchables *found, const char *path, struct error *error)
{
    bool readable = watchables_find_in(path, found, error);
    add_runs(found, path);
    return readable;
}

/* One of the two in which the segments of a user are, if it is the user's own. */
static bool add_usual(struct watchables *found, const char *path, unsigned uid, struct error *error)
{
    if (segment_directory_is_of(path, uid))
        return add_directory(found, path, error);
    note_taken(found, path, uid);
    return true;
}

static bool add_user(struct watchables *found, unsigned uid, struct error *error)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/ctxtrace-%u", uid);
    bool readable = add_usual(found, path, uid, error);
    snprintf(path, sizeof path, "/run/user/%u/ctxtrace", uid);
    return add_usual(found, path, uid, error) && readable;
}

/* For root, who may read them: what others have in /dev/shm. */
static void add_other_users(struct watchables *found)
{
    DIR *directory = opendir("/dev/shm");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        unsigned uid;
        int length = 0;
        struct error ignored;
        if (sscanf(entry->d_name, "ctxtrace-%u%n", &uid, &length) == 1 && uid != geteuid() &&
            entry->d_name[length] == '\0')
            add_user(found, uid, &ignored);
    }
    if (directory)
        closedir(directory);
}

bool watchables_find(struct watchables *found, struct error *error)
{
    const char *chosen = getenv("CTXTRACE_DIR");
    *found = (struct watchables){0};
    bool readable = chosen && chosen[0] ? add_directory(found, chosen, error)
                                        : add_user(found, geteuid(), error);
    if (!(chosen && chosen[0]) && geteuid() == 0)
        add_other_users(found);
    add_processes(found);
    if (found->count > 1)
        qsort(found->items, found->count, sizeof *found->items, living_and_newest_first);
    return readable;
}
