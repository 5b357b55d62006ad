#include "segment/witness.h"

#include "base/error.h"
#include "image/intervention.h"
#include "image/seen_path.h"
#include "segment/header_v1.h"
#include "segment/liveness.h"
#include "segment/program_clock.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opened for writing only after what is there was found to be a segment of today's version. */
static int open_for_witness(struct segment_file *file, const char *path)
{
    struct error ignored;
    if (!intervention_allowed("nothing is written", &ignored) ||
        !segment_file_open(file, path, &ignored))
        return -1;
    struct stat status;
    int writable = seen_path_open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (writable >= 0 && fstat(writable, &status) == 0 && status.st_dev == file->device &&
        status.st_ino == file->inode && file->header.version != SEGMENT_V1)
        return writable;
    if (writable >= 0)
        close(writable);
    segment_file_close(file);
    return -1;
}

/* Best effort: a witness that cannot write is as good as none. */
static bool put(int writable, size_t offset, uint64_t value)
{
    return pwrite(writable, &value, sizeof value, (off_t)offset) == (ssize_t)sizeof value;
}

bool segment_saw_alive(const char *path, int64_t alive_ns)
{
    struct segment_file file;
    int writable = open_for_witness(&file, path);
    if (writable < 0)
        return false;
    bool written = alive_ns > (int64_t)file.header.alive_ns &&
                   put(writable, offsetof(struct segment_header, alive_ns), (uint64_t)alive_ns);
    close(writable);
    segment_file_close(&file);
    return written;
}

static void write_end(int writable, const struct segment_header *header, int64_t ended_ns,
                      int wait_status)
{
    put(writable, offsetof(struct segment_header, wait_status),
        SEGMENT_WAIT_STATUS_KNOWN | (uint32_t)wait_status);
    /* The last thing that a program tells of itself is a little before its end. */
    put(writable, offsetof(struct segment_header, ended_ns),
        (uint64_t)program_clock_from_ours(header, ended_ns));
    if (header->end == SEGMENT_RUNNING)
        put(writable, offsetof(struct segment_header, end), SEGMENT_REAPED);
}

void segment_saw_end(const char *path, int pid, int64_t ended_ns, int wait_status)
{
    struct segment_file file;
    int writable = open_for_witness(&file, path);
    if (writable < 0)
        return;
    if (file.header.pid == pid && segment_life(&file) != LIFE_ALIVE)
        write_end(writable, &file.header, ended_ns, wait_status);
    close(writable);
    segment_file_close(&file);
}
