#include "record/segment_directory.h"

#include "base/clock.h"
#include "record/environment.h"
#include "record/forbidden.h"
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
#include <sys/syscall.h>
#include <time.h>
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
    char own[64], unknown[64], window[4096 + sizeof own];
    size_t own_length = (size_t)snprintf(own, sizeof own, "/%d-%llu-", (int)getpid(),
                                         (unsigned long long)segment_process_start_time(getpid()));
    /* Named when the time of start could not be read; never longer than `own`. */
    size_t unknown_length = (size_t)snprintf(unknown, sizeof unknown, "/%d-0-", (int)getpid());
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    size_t kept = 0; /* the end of the last part, in which a name may begin */
    bool found = false;
    ssize_t length;
    while (fd >= 0 && !found && (length = read(fd, window + kept, sizeof window - kept)) > 0) {
        size_t have = kept + (size_t)length;
        found =
            memmem(window, have, own, own_length) || memmem(window, have, unknown, unknown_length);
        kept = have < own_length ? have : own_length;
        memmove(window, window + have - kept, kept);
    }
    if (fd >= 0)
        close(fd);
    return found;
}

/* ---- pruning ---- */

/*
 * Whoever makes a segment looks at some that are there already, and removes what is dead and more
 * than is to be kept. At MOST_LOOKED_AT, however many there are, so that programs that start
 * thousands of others do not pay for each with a look at all before it; in a larger directory it is
 * some of them, others the next time. Those that ended regularly and have nothing to tell go in any
 * case.
 */
enum { MOST_LOOKED_AT = 32, MOST_NAMES = 4096 };

struct dead_segment {
    char name[64];
    bool over, empty; /* over: it ended regularly, and nothing is left that anybody may want */
    struct timespec changed;
};

/*
 * What cannot be asked for want of a descriptor may live; and so may, if there is a process of that
 * PID, what could not ask itself when it took its name.
 */
static bool has_another_start(int pid, unsigned long long start)
{
    errno = 0;
    unsigned long long found = segment_process_start_time(pid);
    if (found == 0)
        return errno != EMFILE && errno != ENFILE && errno != ENOMEM;
    return start != 0 && found != start;
}

static bool is_dead_by_name(const char *name)
{
    char *end;
    unsigned long pid = strtoul(name, &end, 10);
    if (*end != '-' || pid == 0 || pid > INT_MAX)
        return false;
    unsigned long long start = strtoull(end + 1, &end, 10);
    if (*end != '-')
        return false;
    strtoul(end + 1, &end, 10);
    return strcmp(end, SEGMENT_FILE_SUFFIX) == 0 && has_another_start((int)pid, start);
}

/* One whose header is not written yet is being made, by a process that we perhaps cannot see. */
static bool is_being_made(const struct segment_header *header, const struct stat *status)
{
    enum { LONG_ENOUGH = 60 };
    return atomic_load(&header->magic) != SEGMENT_MAGIC &&
           realtime_ns() / NS_PER_SECOND - status->st_mtim.tv_sec < LONG_ENOUGH;
}

/*
 * The name tells nothing of another PID namespace, and a file without a lock is all that is left.
 */
static bool is_out_of_sight(const struct segment_header *header)
{
    struct stat namespace;
    if (header->version != SEGMENT_VERSION || header->optional_features & SEGMENT_HAS_LOCK)
        return false;
    if (header->pid_namespace == 0) /* it was made without a /proc */
        return header->process_start_time == 0;
    return stat("/proc/self/ns/pid", &namespace) != 0 || namespace.st_ino != header->pid_namespace;
}

static bool is_locked(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

static bool look_at_dead(int fd, struct dead_segment *dead)
{
    struct segment_header header = {.magic = 0};
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || is_locked(fd))
        return false;
    ssize_t length = pread(fd, &header, sizeof header, 0);
    if (length < 0 || is_being_made(&header, &status) || is_out_of_sight(&header))
        return false;
    bool whole = length == (ssize_t)sizeof header;
    dead->over = whole && header.nothing_left && header.end != SEGMENT_RUNNING;
    /* Nothing but the two roots was ever recorded. */
    dead->empty = whole && header.areas[AREA_CONTEXTS].used == 0;
    dead->changed = status.st_mtim;
    return true;
}

/* Fills in what is told of it; false if it is not dead, or no segment. */
static bool is_dead(int directory, const char *name, struct dead_segment *dead)
{
    if (!is_dead_by_name(name))
        return false;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is = look_at_dead(fd, dead);
    close(fd);
    return is && snprintf(dead->name, sizeof dead->name, "%s", name) < (int)sizeof dead->name;
}

static bool is_worth_less(const struct dead_segment *one, const struct dead_segment *other)
{
    if (one->empty != other->empty)
        return one->empty;
    if (one->changed.tv_sec != other->changed.tv_sec)
        return one->changed.tv_sec < other->changed.tv_sec;
    return one->changed.tv_nsec < other->changed.tv_nsec;
}

/* Calls `see` for the names of segments, up to MOST_NAMES. Without the program's allocator. */
static size_t walk_names(int directory, void (*see)(void *state, size_t number, const char *name),
                         void *state)
{
    char entries[4096];
    size_t count = 0;
    int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long length;
    while (fd >= 0 && count < MOST_NAMES &&
           (length = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0)
        for (long at = 0; at < length;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(entries + at);
            at += entry->d_reclen;
            size_t size = strlen(entry->d_name), suffix = sizeof SEGMENT_FILE_SUFFIX - 1;
            if (size <= suffix || strcmp(entry->d_name + size - suffix, SEGMENT_FILE_SUFFIX) != 0)
                continue;
            if (see)
                see(state, count, entry->d_name);
            count++;
        }
    if (fd >= 0)
        close(fd);
    return count;
}

struct pruning {
    int directory;
    size_t names, first, looked_at; /* which of the names are looked at */
    struct dead_segment dead[MOST_LOOKED_AT];
    size_t count;
};

static void look_at_name(void *state, size_t number, const char *name)
{
    struct pruning *pruning = state;
    size_t turn = (number + pruning->names - pruning->first) % pruning->names;
    struct dead_segment *dead = &pruning->dead[pruning->count];
    if (number >= pruning->names || turn >= MOST_LOOKED_AT || pruning->count == MOST_LOOKED_AT ||
        !is_dead(pruning->directory, name, dead))
        return;
    if (dead->over)
        unlinkat(pruning->directory, name, 0);
    else
        pruning->count++;
}

static void remove_least(struct pruning *pruning)
{
    size_t least = 0;
    for (size_t i = 1; i < pruning->count; i++)
        if (is_worth_less(&pruning->dead[i], &pruning->dead[least]))
            least = i;
    unlinkat(pruning->directory, pruning->dead[least].name, 0);
    pruning->dead[least] = pruning->dead[--pruning->count];
}

static void prune(int directory)
{
    size_t most = environment_number("CTXTRACE_DEAD");
    if (most >= ENVIRONMENT_ALL_DEAD)
        return;
    struct pruning pruning = {.directory = directory, .names = walk_names(directory, NULL, NULL)};
    if (pruning.names == 0)
        return;
    pruning.first = (size_t)now_ns() % pruning.names;
    if (pruning.names <= MOST_LOOKED_AT)
        pruning.first = 0;
    walk_names(directory, look_at_name, &pruning);
    /* Of a part, the same part may stay. */
    size_t keep = pruning.names <= MOST_LOOKED_AT ? most : most * MOST_LOOKED_AT / pruning.names;
    while (pruning.count > keep)
        remove_least(&pruning);
}

/* ---- making ---- */

static const char *chosen_path(void)
{
    const char *chosen = environment_text("CTXTRACE_DIR");
    return chosen && chosen[0] ? chosen : NULL;
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

/* The usual directory, or the one that was chosen. */
static void find_path(char *path, size_t size)
{
    const char *chosen = chosen_path();
    if (chosen)
        snprintf(path, size, "%s", chosen);
    else
        snprintf(path, size, "/dev/shm/ctxtrace-%u", (unsigned)geteuid());
}

/* Opens the directory and tells its name. -1 and errno. */
static int find_directory(char *path, size_t size)
{
    const char *chosen = chosen_path();
    if (chosen) {
        snprintf(path, size, "%s", chosen);
        return open_directory(path);
    }
    snprintf(path, size, "/dev/shm/ctxtrace-%u", (unsigned)geteuid());
    int directory = open_directory(path);
    if (directory >= 0)
        return directory;
    int saved = errno;
    snprintf(path, size, "/run/user/%u/ctxtrace", (unsigned)geteuid());
    directory = open_directory(path);
    errno = directory >= 0 ? errno : saved;
    return directory;
}

void segment_directory_say_if_taken(const char *path)
{
    char usual[64], text[PATH_MAX + 256];
    struct stat status;
    snprintf(usual, sizeof usual, "/dev/shm/ctxtrace-%u", (unsigned)geteuid());
    if (chosen_path() || lstat(usual, &status) != 0 ||
        (S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0))
        return;
    int length = snprintf(text, sizeof text,
                          "libctxtrace: %s is not a directory that only this user can write to "
                          "(it belongs to uid %u), and is not used; %s%s. Remove it, or set "
                          "CTXTRACE_DIR.\n",
                          usual, (unsigned)status.st_uid,
                          path ? "the recording is " : "nothing is recorded", path ? path : "");
    if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
        return; /* then nobody wants to know */
}

static bool is_left_by_exec(int directory, const char *name)
{
    struct segment_header header;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    /* A filter that the program before has left may kill for what follows. */
    bool is = forbidden_look(false) == PERMITTED &&
              pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header &&
              header.magic == SEGMENT_MAGIC && header.version == SEGMENT_VERSION &&
              header.end == SEGMENT_EXECED && header.nothing_left && !is_locked(fd);
    close(fd);
    return is;
}

void segment_directory_remove_execed(void)
{
    char path[PATH_MAX], name[64];
    int saved = errno;
    find_path(path, sizeof path);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    unsigned long long start = directory < 0 ? 0 : segment_process_start_time(getpid());
    for (unsigned number = 0; start != 0; number++) {
        snprintf(name, sizeof name, "%d-%llu-%u%s", (int)getpid(), start, number,
                 SEGMENT_FILE_SUFFIX);
        if (!is_left_by_exec(directory, name))
            break;
        unlinkat(directory, name, 0);
    }
    if (directory >= 0)
        close(directory);
    errno = saved;
}

/*
 * The first name that nobody has. `make` takes it and returns a descriptor of the file, or -1 and
 * errno.
 */
static int take_name(int directory, int (*make)(int directory, const char *name, int fd), int fd,
                     char *name, size_t size)
{
    unsigned long long start = segment_process_start_time(getpid());
    int made = -1;
    for (unsigned number = 0; number < 1000; number++) {
        snprintf(name, size, "%d-%llu-%u%s", (int)getpid(), start, number, SEGMENT_FILE_SUFFIX);
        made = make(directory, name, fd);
        if (made >= 0 || errno != EEXIST)
            break;
    }
    return made;
}

static int make_named(int directory, const char *name, int unused)
{
    (void)unused;
    return openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* By way of /proc anybody may; the other way is for where there is none. */
static int link_file(int directory, const char *name, int fd)
{
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    if (linkat(AT_FDCWD, self, directory, name, AT_SYMLINK_FOLLOW) != 0 &&
        (errno == EEXIST || linkat(fd, "", directory, name, AT_EMPTY_PATH) != 0))
        return -1;
    return openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static void close_keeping_errno(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

int segment_directory_create_file(bool *is_named, char *path, size_t path_size)
{
    char name[NAME_MAX];
    int directory = find_directory(path, path_size), fd = -1;
    if (directory < 0)
        return -1;
    prune(directory);
    if (!*is_named)
        fd = openat(directory, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0) { /* what file systems and filters answer that do not know it differs */
        *is_named = true;
        fd = take_name(directory, make_named, -1, name, sizeof name);
        size_t length = strlen(path);
        snprintf(path + length, path_size - length, "/%s", name);
    }
    close_keeping_errno(directory);
    return fd;
}

int segment_directory_name_file(int fd, char *path, size_t path_size)
{
    char name[NAME_MAX];
    int directory = open_directory(path);
    if (directory < 0)
        return -1;
    int named = take_name(directory, link_file, fd, name, sizeof name);
    size_t length = strlen(path);
    if (named >= 0)
        snprintf(path + length, path_size - length, "/%s", name);
    close_keeping_errno(directory);
    return named;
}
