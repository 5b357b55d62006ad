#include "record/segment_directory.h"

#include "record/environment.h"
#include "segment/format.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t segment_process_start_time(int pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    /* The name, field 2, may hold anything; the last parenthesis ends it. */
    const char *field = strrchr(text, ')');
    for (int i = 2; field && i < 22; i++)
        field = strchr(field + 1, ' ');
    return field ? strtoull(field, NULL, 10) : 0;
}

bool segment_directory_is_in_use(void)
{
    char own[64], window[4096 + sizeof own];
    size_t own_length = (size_t)snprintf(own, sizeof own, "/%d-%llu-", (int)getpid(),
                                         (unsigned long long)segment_process_start_time(getpid()));
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t kept = 0; /* the end of the last part, in which a name may begin */
    bool found = false;
    ssize_t length;
    while (fd >= 0 && !found && (length = read(fd, window + kept, sizeof window - kept)) > 0) {
        size_t have = kept + (size_t)length;
        found = memmem(window, have, own, own_length) != NULL;
        kept = have < own_length ? have : own_length;
        memmove(window, window + have - kept, kept);
    }
    if (fd >= 0)
        close(fd);
    return found;
}

/* ---- pruning ---- */

struct dead_segment {
    char name[NAME_MAX + 1];
    bool empty;
    struct timespec changed;
};

static bool is_dead(const char *name)
{
    char *end;
    unsigned long pid = strtoul(name, &end, 10);
    if (*end != '-' || pid == 0 || pid > INT_MAX)
        return false;
    unsigned long long start = strtoull(end + 1, &end, 10);
    if (*end != '-')
        return false;
    strtoul(end + 1, &end, 10);
    return strcmp(end, SEGMENT_FILE_SUFFIX) == 0 && segment_process_start_time((int)pid) != start;
}

/* Nothing but the two roots was ever recorded. */
static bool is_empty(int directory, const char *name)
{
    struct segment_header header;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd >= 0 ? pread(fd, &header, sizeof header, 0) : -1;
    if (fd >= 0)
        close(fd);
    return length == (ssize_t)sizeof header && header.areas[AREA_CONTEXTS].used == 0;
}

static int by_worth(const void *a, const void *b)
{
    const struct dead_segment *one = a, *other = b;
    if (one->empty != other->empty)
        return one->empty ? -1 : 1;
    if (one->changed.tv_sec != other->changed.tv_sec)
        return one->changed.tv_sec < other->changed.tv_sec ? -1 : 1;
    return one->changed.tv_nsec < other->changed.tv_nsec ? -1 : 1;
}

static size_t gather_dead(int directory, struct dead_segment **list)
{
    size_t count = 0, room = 0;
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        struct stat status;
        if (!is_dead(entry->d_name) ||
            fstatat(directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        if (count == room) {
            room = room ? room * 2 : 32;
            struct dead_segment *grown = realloc(*list, room * sizeof **list);
            if (!grown)
                break;
            *list = grown;
        }
        struct dead_segment *dead = &(*list)[count++];
        snprintf(dead->name, sizeof dead->name, "%s", entry->d_name);
        dead->empty = is_empty(directory, entry->d_name);
        dead->changed = status.st_mtim;
    }
    if (entries)
        closedir(entries);
    else if (fd >= 0)
        close(fd);
    return count;
}

static void prune(int directory)
{
    struct dead_segment *list = NULL;
    size_t count = gather_dead(directory, &list), most = environment_number("CTXTRACE_DEAD");
    if (count > most) {
        qsort(list, count, sizeof *list, by_worth);
        for (size_t i = 0; i < count - most; i++)
            unlinkat(directory, list[i].name, 0);
    }
    free(list);
}

/* ---- making ---- */

static void directory_path(char *path, size_t size)
{
    const char *chosen = environment_text("CTXTRACE_DIR");
    if (chosen && chosen[0])
        snprintf(path, size, "%s", chosen);
    else
        snprintf(path, size, "/dev/shm/ctxtrace-%u", (unsigned)geteuid());
}

static int open_directory(const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct stat status;
    if (fstat(fd, &status) == 0 && status.st_uid == geteuid() &&
        (status.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

int segment_directory_create_file(char *path, size_t path_size)
{
    char directory_name[PATH_MAX];
    directory_path(directory_name, sizeof directory_name);
    int directory = open_directory(directory_name);
    if (directory < 0)
        return -1;
    prune(directory);
    unsigned long long start = segment_process_start_time(getpid());
    int fd = -1;
    for (unsigned number = 0; number < 1000; number++) {
        char name[NAME_MAX];
        snprintf(name, sizeof name, "%d-%llu-%u%s", (int)getpid(), start, number,
                 SEGMENT_FILE_SUFFIX);
        fd = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd >= 0 || errno != EEXIST) {
            snprintf(path, path_size, "%s/%s", directory_name, name);
            break;
        }
    }
    int saved = errno;
    close(directory);
    errno = saved;
    return fd;
}
