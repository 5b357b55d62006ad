#include "segment/directory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "segment/slots.h"

void segment_directory_path(char *path, size_t size, unsigned uid)
{
    const char *chosen = getenv("CTXTRACE_DIR");
    if (chosen && chosen[0])
        snprintf(path, size, "%s", chosen);
    else
        snprintf(path, size, "/dev/shm/ctxtrace-%u", uid);
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
    struct segment_problem problem;
    struct stat status;
    uint64_t in_flight = 0;
    if (!segment_file_open(&file, entry->path, &problem))
        return false;
    entry->pid = file.header.pid;
    entry->life = segment_life(&file);
    file.quiet = entry->life != LIFE_ALIVE;
    memcpy(entry->executable, file.header.executable, sizeof entry->executable);
    memcpy(entry->command, file.header.command, sizeof entry->command);
    entry->started_realtime_ns =
        (int64_t)((uint64_t)file.header.started_ns + (uint64_t)file.header.realtime_offset_ns);
    entry->bytes = fstat(file.descriptor, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
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

static struct segment_entry *gather(DIR *directory, const char *path, size_t *count)
{
    struct segment_entry *entries = NULL;
    size_t capacity = 0;
    for (struct dirent *item; (item = readdir(directory));) {
        struct segment_name name;
        if (!read_name(item->d_name, &name))
            continue;
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct segment_entry *grown = realloc(entries, capacity * sizeof *entries);
            if (!grown)
                break;
            entries = grown;
        }
        struct segment_entry *entry = &entries[*count];
        if (join(entry->path, sizeof entry->path, path, item->d_name) && describe(entry))
            ++*count;
    }
    return entries;
}

struct segment_entry *segment_directory_list_in(const char *path, size_t *count,
                                                struct segment_problem *problem)
{
    *count = 0;
    problem->sentence[0] = '\0';
    DIR *directory = opendir(path);
    if (!directory) {
        if (errno != ENOENT)
            snprintf(problem->sentence, sizeof problem->sentence,
                     "cannot read the directory of segments, %.480s: %s", path, strerror(errno));
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

struct segment_entry *segment_directory_list(size_t *count, struct segment_problem *problem)
{
    char path[PATH_MAX];
    segment_directory_path(path, sizeof path, geteuid());
    return segment_directory_list_in(path, count, problem);
}

/* ---- finding ---- */

static bool is_of_live(const char *path, int pid)
{
    struct segment_file file;
    struct segment_problem problem;
    if (!segment_file_open(&file, path, &problem))
        return false;
    bool alive = file.header.pid == pid && segment_life(&file) == LIFE_ALIVE;
    segment_file_close(&file);
    return alive;
}

static bool find_in(const char *directory_path, int pid, char *path, size_t size)
{
    DIR *directory = opendir(directory_path);
    uint64_t start_time = segment_start_time(pid);
    unsigned long long newest = 0;
    bool found = false;
    for (struct dirent *item; directory && (item = readdir(directory));) {
        struct segment_name name;
        char candidate[PATH_MAX];
        if (!read_name(item->d_name, &name) || name.pid != pid || name.start_time != start_time ||
            (found && name.number < newest) ||
            !join(candidate, sizeof candidate, directory_path, item->d_name) ||
            !is_of_live(candidate, pid))
            continue;
        newest = name.number;
        found = true;
        snprintf(path, size, "%s", candidate);
    }
    if (directory)
        closedir(directory);
    return found;
}

/* The program may have been told another directory than we: its own map names the file. */
static bool find_in_maps(int pid, char *path, size_t size)
{
    char maps_path[64];
    snprintf(maps_path, sizeof maps_path, "/proc/%d/maps", pid);
    FILE *maps = fopen(maps_path, "re");
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    while (maps && !found && getline(&line, &room, maps) > 0) {
        line[strcspn(line, "\n")] = '\0';
        char *name = strchr(line, '/');
        size_t length = name ? strlen(name) : 0, suffix = strlen(SEGMENT_FILE_SUFFIX);
        found = length > suffix && length < size &&
                strcmp(name + length - suffix, SEGMENT_FILE_SUFFIX) == 0 && is_of_live(name, pid);
        if (found)
            memcpy(path, name, length + 1);
    }
    free(line);
    if (maps)
        fclose(maps);
    return found;
}

bool segment_directory_find(int pid, char *path, size_t size)
{
    char directory[PATH_MAX], process[64];
    segment_directory_path(directory, sizeof directory, geteuid());
    if (find_in(directory, pid, path, size) || find_in_maps(pid, path, size))
        return true;
    struct stat status;
    snprintf(process, sizeof process, "/proc/%d", pid);
    if (stat(process, &status) != 0 || status.st_uid == geteuid())
        return false;
    segment_directory_path(directory, sizeof directory, status.st_uid);
    return find_in(directory, pid, path, size);
}
