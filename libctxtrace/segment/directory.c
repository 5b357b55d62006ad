#include "segment/directory.h"

#include "base/array.h"
#include "base/error.h"
#include "base/times.h"
#include "image/seen_path.h"
#include "segment/slot_chunk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DELETED " (deleted)" /* what /proc puts behind such names */

bool segment_directory_is_of(const char *path, unsigned uid)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == uid &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

void segment_directory_path(char *path, size_t size, unsigned uid)
{
    const char *chosen = getenv("CTXTRACE_DIR");
    char other[64];
    if (chosen && chosen[0]) {
        snprintf(path, size, "%s", chosen);
        return;
    }
    /* As the recorder chooses (record/segment_directory.h). */
    snprintf(path, size, "/dev/shm/ctxtrace-%u", uid);
    snprintf(other, sizeof other, "/run/user/%u/ctxtrace", uid);
    if (!segment_directory_is_of(path, uid) && segment_directory_is_of(other, uid))
        snprintf(path, size, "%s", other);
}

/* ---- names ---- */

struct segment_name {
    int pid;
    unsigned long long start_time, number;
};

static bool read_name(const char *text, struct segment_name *name)
{
    int length = 0;
    return sscanf(text, "%9d-%llu-%llu%n", &name->pid, &name->start_time, &name->number, &length) ==
               3 &&
           strcmp(text + length, SEGMENT_FILE_SUFFIX) == 0;
}

static bool join(char *path, size_t size, const char *directory, const char *name)
{
    int length = snprintf(path, size, "%s/%s", directory, name);
    return length > 0 && (size_t)length < size;
}

/* ---- listing ---- */

static bool count_item(void *state, uint64_t index, const uint64_t *words)
{
    uint64_t *count = state;
    (void)index;
    (void)words;
    ++*count;
    return true;
}

static bool describe(struct segment_entry *entry)
{
    struct segment_file file;
    struct error error;
    struct stat status;
    uint64_t in_flight = 0;
    if (!segment_file_open(&file, entry->path, &error))
        return false;
    entry->pid = file.header.pid;
    entry->pid_is_ours = segment_pid_here(&file) != 0;
    entry->device = file.device;
    entry->inode = file.inode;
    entry->life = segment_life(&file);
    file.quiet = entry->life != LIFE_ALIVE;
    entry->is_over = file.quiet && file.header.nothing_left && file.header.end != SEGMENT_RUNNING;
    memcpy(entry->executable, file.header.executable, sizeof entry->executable);
    memcpy(entry->command, file.header.command, sizeof entry->command);
    entry->started_realtime_ns = time_plus(file.header.started_ns, file.header.realtime_offset_ns);
    if (fstat(file.descriptor, &status) != 0)
        status = (struct stat){.st_uid = (uid_t)-1};
    entry->bytes = (uint64_t)status.st_blocks * 512;
    entry->uid = status.st_uid;
    entry->contexts = 0;
    slots_walk(&file, AREA_CONTEXTS, count_item, &entry->contexts, &in_flight);
    segment_file_close(&file);
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const struct segment_entry *one = a, *other = b;
    if (one->started_realtime_ns != other->started_realtime_ns)
        return one->started_realtime_ns > other->started_realtime_ns ? -1 : 1;
    return strcmp(one->path, other->path);
}

/* Anybody may put files where we look; those of others are for root to see. */
static bool is_to_be_shown(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && (status.st_uid == geteuid() || geteuid() == 0);
}

static struct segment_entry *gather(DIR *directory, const char *path, size_t *count)
{
    struct segment_entry *entries = NULL;
    size_t capacity = 0;
    for (struct dirent *item; (item = readdir(directory));) {
        struct segment_name name;
        if (!read_name(item->d_name, &name))
            continue;
        if (!ARRAY_ROOM(entries, capacity, *count + 1))
            break;
        struct segment_entry *entry = &entries[*count];
        if (join(entry->path, sizeof entry->path, path, item->d_name) &&
            is_to_be_shown(entry->path) && describe(entry))
            ++*count;
    }
    return entries;
}

struct segment_entry *segment_directory_list_in(const char *path, size_t *count,
                                                struct error *error)
{
    *count = 0;
    error->sentence[0] = '\0';
    DIR *directory = opendir(path);
    if (!directory) {
        if (errno != ENOENT)
            error_set(error, "cannot read the directory of segments, %.480s: %s", path,
                      strerror(errno));
        return NULL;
    }
    struct segment_entry *entries = gather(directory, path, count);
    closedir(directory);
    if (*count > 0)
        qsort(entries, *count, sizeof *entries, newest_first);
    else {
        free(entries);
        entries = NULL;
    }
    return entries;
}

struct segment_entry *segment_directory_list(size_t *count, struct error *error)
{
    char path[PATH_MAX];
    segment_directory_path(path, sizeof path, geteuid());
    return segment_directory_list_in(path, count, error);
}

/* ---- finding ---- */

/* A process, as we number it and as it does itself. */
struct wanted {
    int pid, own_number;
    uint64_t start_time;
    ino_t namespace; /* 0: not known */
};

/* The last number of "NSpid:" in /proc/PID/status is that of the innermost PID namespace. */
static int own_number(int pid)
{
    char path[64], line[256];
    int number = pid;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *last = strncmp(line, "NSpid:", 6) == 0 ? strrchr(line, '\t') : NULL;
        if (!last)
            continue;
        number = atoi(last);
        break;
    }
    if (file)
        fclose(file);
    return number > 0 ? number : pid;
}

static struct wanted wanted_process(int pid)
{
    char path[64];
    struct stat status;
    snprintf(path, sizeof path, "/proc/%d/ns/pid", pid);
    return (struct wanted){.pid = pid,
                           .own_number = own_number(pid),
                           .start_time = segment_start_time(pid),
                           .namespace = stat(path, &status) == 0 ? status.st_ino : 0};
}

static bool is_of(const struct segment_file *file, const struct wanted *wanted)
{
    if (file->header.pid != wanted->own_number)
        return false;
    /* Processes of two namespaces may have the same number. */
    bool tells = file->header.pid_namespace != 0 && wanted->namespace != 0;
    return tells ? file->header.pid_namespace == wanted->namespace
                 : wanted->own_number == wanted->pid;
}

static bool is_of_live(const char *path, const struct wanted *wanted)
{
    struct segment_file file;
    struct error error;
    if (!segment_file_open(&file, path, &error))
        return false;
    /* Without the time of its start it may be that of an earlier process that had the PID. */
    bool alive = is_of(&file, wanted) && segment_life(&file) == LIFE_ALIVE &&
                 (file.header.process_start_time || segment_is_mapped_by(&file, wanted->pid));
    segment_file_close(&file);
    return alive;
}

static bool find_in(const char *directory_path, const struct wanted *wanted, char *path,
                    size_t size)
{
    DIR *directory = opendir(directory_path);
    unsigned long long newest = 0;
    bool found = false;
    for (struct dirent *item; directory && (item = readdir(directory));) {
        struct segment_name name;
        char candidate[PATH_MAX];
        if (!read_name(item->d_name, &name) || name.pid != wanted->own_number ||
            (name.start_time && name.start_time != wanted->start_time) ||
            (found && name.number < newest) ||
            !join(candidate, sizeof candidate, directory_path, item->d_name) ||
            !is_of_live(candidate, wanted))
            continue;
        newest = name.number;
        found = true;
        snprintf(path, size, "%s", candidate);
    }
    if (directory)
        closedir(directory);
    return found;
}

/* By the name that the program has for it: ours, too, or one in the files that it sees. */
static bool find_by_name(const char *name, const struct wanted *wanted, char *path, size_t size)
{
    char candidate[PATH_MAX + 32];
    seen_path(candidate, sizeof candidate, wanted->pid, name);
    const char *const places[] = {name, candidate};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (strlen(places[i]) >= size || !is_of_live(places[i], wanted))
            continue;
        snprintf(path, size, "%s", places[i]);
        return true;
    }
    return false;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

/*
 * Somebody has deleted it: where logind does that, users who log out lose what they have in
 * /dev/shm. The program still has it open, if it has not closed what it did not open.
 */
static bool find_in_descriptors(const struct wanted *wanted, char *path, size_t size)
{
    char directory_path[64], candidate[128], link[PATH_MAX];
    snprintf(directory_path, sizeof directory_path, "/proc/%d/fd", wanted->pid);
    DIR *directory = opendir(directory_path);
    bool found = false;
    for (struct dirent *item; directory && !found && (item = readdir(directory));) {
        snprintf(candidate, sizeof candidate, "%s/%.10s", directory_path, item->d_name);
        ssize_t length = readlink(candidate, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        found = length > 0 && ends_with(link, (size_t)length, SEGMENT_FILE_SUFFIX DELETED) &&
                strlen(candidate) < size && is_of_live(candidate, wanted);
    }
    if (directory)
        closedir(directory);
    if (found)
        snprintf(path, size, "%s", candidate);
    return found;
}

/* The program may have been told another directory than we: its own map names the file. */
static bool find_in_maps(const struct wanted *wanted, char *path, size_t size)
{
    char maps_path[64];
    snprintf(maps_path, sizeof maps_path, "/proc/%d/maps", wanted->pid);
    FILE *maps = fopen(maps_path, "re");
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    while (maps && !found && getline(&line, &room, maps) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *name = strchr(line, '/');
        size_t length = name ? strlen(name) : 0;
        if (ends_with(name, length, SEGMENT_FILE_SUFFIX))
            found = length < PATH_MAX && find_by_name(name, wanted, path, size);
        else if (ends_with(name, length, SEGMENT_FILE_SUFFIX DELETED))
            found = find_in_descriptors(wanted, path, size);
    }
    free(line);
    if (maps)
        fclose(maps);
    return found;
}

bool segment_directory_find(int pid, char *path, size_t size)
{
    char directory[PATH_MAX], process[64];
    const struct wanted wanted = wanted_process(pid);
    segment_directory_path(directory, sizeof directory, geteuid());
    if (find_in(directory, &wanted, path, size) || find_in_maps(&wanted, path, size))
        return true;
    struct stat status;
    snprintf(process, sizeof process, "/proc/%d", pid);
    if (stat(process, &status) != 0 || status.st_uid == geteuid())
        return false;
    segment_directory_path(directory, sizeof directory, status.st_uid);
    return find_in(directory, &wanted, path, size);
}
