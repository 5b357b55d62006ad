#include "segment/liveness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

uint64_t segment_start_time(int pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (pid <= 0 || !read_start(path, text, sizeof text))
        return 0;
    /* Field 2, the name, may hold anything; its closing parenthesis is the last one. */
    const char *field = strrchr(text, ')');
    for (int number = 2; field && number < 22; number++)
        field = strchr(field + 1, ' ');
    return field ? strtoull(field + 1, NULL, 10) : 0;
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

static enum mapped is_mapped(const struct segment_file *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", file->header.pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return errno == ENOENT ? NOT_MAPPED : CANNOT_TELL;
    char *line = NULL;
    size_t room = 0;
    uint64_t lines = 0;
    enum mapped mapped = NOT_MAPPED;
    while (mapped == NOT_MAPPED && getline(&line, &room, maps) > 0) {
        lines++;
        if (line_maps(line, file))
            mapped = MAPPED;
    }
    if (lines == 0 && ferror(maps) && errno != ESRCH)
        mapped = CANNOT_TELL;
    free(line);
    fclose(maps);
    return mapped;
}

enum segment_life segment_life(const struct segment_file *file)
{
    enum segment_life gone = file->header.exited == 1 ? LIFE_EXITED : LIFE_DEAD;
    uint64_t start = segment_start_time(file->header.pid);
    if (start == 0 || start != file->header.process_start_time || !same_boot(file))
        return gone;
    return is_mapped(file) == NOT_MAPPED ? gone : LIFE_ALIVE;
}
