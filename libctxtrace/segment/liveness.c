#include "segment/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool read_start(const char *path, char *text, size_t size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t got = read(file, text, size - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

enum { STAT_SIZE = 1024, STAT_STATE = 3, STAT_PARENT = 4, STAT_THREADS = 20, STAT_START_TIME = 22 };

/* A field of /proc/PID/stat, numbered as in proc(5), from the third on; NULL: no such process. */
static const char *stat_field(int pid, int wanted, char text[STAT_SIZE])
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (pid <= 0 || !read_start(path, text, STAT_SIZE))
        return NULL;
    /* Field 2, the name, may hold anything; its closing parenthesis is the last one. */
    const char *field = strrchr(text, ')');
    for (int number = 2; field && number < wanted; number++)
        field = strchr(field + 1, ' ');
    return field ? field + 1 : NULL;
}

uint64_t segment_start_time(int pid)
{
    char text[STAT_SIZE];
    const char *field = stat_field(pid, STAT_START_TIME, text);
    return field ? strtoull(field, NULL, 10) : 0;
}

static bool same_boot(const struct segment_file *file)
{
    char boot_id[sizeof file->header.boot_id];
    if (!read_start("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id))
        return true;
    boot_id[strcspn(boot_id, "\n")] = '\0';
    return file->header.boot_id[0] == '\0' || strcmp(boot_id, file->header.boot_id) == 0;
}

/* A line of /proc/PID/maps: "begin-end rights offset major:minor inode path". */
static bool line_maps(const char *line, const struct segment_file *file)
{
    unsigned major, minor;
    unsigned long long inode;
    return sscanf(line, "%*x-%*x %*s %*x %x:%x %llu", &major, &minor, &inode) == 3 &&
           inode == file->inode && makedev(major, minor) == file->device;
}

enum mapped { MAPPED, NOT_MAPPED, CANNOT_TELL };

static enum mapped is_mapped(const struct segment_file *file, int pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return errno == ENOENT ? NOT_MAPPED : CANNOT_TELL;
    char *line = NULL;
    size_t room = 0;
    enum mapped mapped = NOT_MAPPED;
    while (mapped == NOT_MAPPED && getline(&line, &room, maps) > 0) {
        if (line_maps(line, file))
            mapped = MAPPED;
    }
    if (mapped == NOT_MAPPED && !feof(maps) && errno != ESRCH)
        mapped = CANNOT_TELL; /* no permission, or no memory for a line */
    free(line);
    fclose(maps);
    return mapped;
}

char segment_process_state(int pid)
{
    char text[STAT_SIZE];
    const char *field = stat_field(pid, STAT_STATE, text);
    return field ? *field : '\0';
}

int segment_process_parent(int pid)
{
    char text[STAT_SIZE];
    const char *field = stat_field(pid, STAT_PARENT, text);
    return field ? (int)strtol(field, NULL, 10) : 0;
}

/* The leader of a process whose other threads live on has given up its own map already. */
static bool is_zombie_leader(int pid)
{
    char text[STAT_SIZE];
    const char *threads =
        segment_process_state(pid) == 'Z' ? stat_field(pid, STAT_THREADS, text) : NULL;
    return threads && strtol(threads, NULL, 10) > 1;
}

enum lock { LOCK_HELD, LOCK_FREE, LOCK_UNKNOWN };

static enum lock lock_of(const struct segment_file *file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!(file->header.optional_features & SEGMENT_HAS_LOCK) ||
        fcntl(file->descriptor, F_OFD_GETLK, &whole) != 0)
        return LOCK_UNKNOWN;
    return whole.l_type == F_UNLCK ? LOCK_FREE : LOCK_HELD;
}

/*
 * PIDs of another namespace say nothing here. One that was noted without a /proc, which has neither
 * the namespace nor the time of start, may be of any.
 */
static bool same_pid_namespace(const struct segment_file *file)
{
    struct stat status;
    if (file->header.pid_namespace == 0)
        return file->header.process_start_time != 0;
    return stat("/proc/self/ns/pid", &status) != 0 || file->header.pid_namespace == status.st_ino;
}

int segment_pid_here(const struct segment_file *file)
{
    return same_pid_namespace(file) ? file->header.pid : 0;
}

bool segment_is_mapped_by(const struct segment_file *file, int pid)
{
    return is_mapped(file, pid) == MAPPED;
}

/*
 * Any other error is one of ours, such as having no descriptor left, and says nothing of the
 * process.
 */
static bool says_that_it_is_gone(int error)
{
    return error == 0 || error == ENOENT || error == ESRCH;
}

/* A PID whose time of start was not noted may be another process's by now; the map tells. */
static bool process_is_gone(const struct segment_file *file, enum lock lock)
{
    const uint64_t noted = file->header.process_start_time;
    errno = 0;
    uint64_t start = segment_start_time(file->header.pid);
    if (start == 0)
        return says_that_it_is_gone(errno);
    if (noted && start != noted)
        return true;
    return (lock == LOCK_UNKNOWN || !noted) && !is_zombie_leader(file->header.pid) &&
           is_mapped(file, file->header.pid) == NOT_MAPPED;
}

/* The process is there, not about to end, and has given up the segment's memory. */
static bool has_become_another(const struct segment_file *file)
{
    const uint64_t noted = file->header.process_start_time;
    return noted && same_pid_namespace(file) && segment_start_time(file->header.pid) == noted &&
           segment_process_state(file->header.pid) != 'Z' &&
           is_mapped(file, file->header.pid) == NOT_MAPPED;
}

enum segment_life segment_life(const struct segment_file *file)
{
    enum segment_life gone = file->header.end == SEGMENT_EXIT ? LIFE_EXITED : LIFE_DEAD;
    enum lock lock = lock_of(file);
    if (!same_boot(file))
        return gone;
    if (lock == LOCK_FREE)
        return gone == LIFE_DEAD && has_become_another(file) ? LIFE_EXECED : gone;
    if (same_pid_namespace(file) && process_is_gone(file, lock))
        return gone;
    return LIFE_ALIVE;
}
