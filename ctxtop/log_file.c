#include "ctxtop/log_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool log_open(struct log_file *log, const char *path)
{
    *log = (struct log_file){.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    return log->descriptor >= 0;
}

/* Makes room at the end for `more` bytes by forgetting the oldest whole half. */
static void forget_oldest(struct log_file *log, size_t more)
{
    if (log->used + more <= LOG_BYTES)
        return;
    size_t forget = log->used + more - LOG_BYTES / 2;
    if (forget > log->used)
        forget = log->used;
    memmove(log->bytes, log->bytes + forget, log->used - forget);
    log->used -= forget;
    log->first += forget;
}

static bool split(struct log_file *log)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < log->used; i++)
        lines += log->bytes[i] == '\n';
    struct log_line *grown = realloc(log->lines, lines * sizeof *grown);
    if (!grown)
        return false;
    log->lines = grown;
    log->count = 0;
    size_t start = 0;
    while (start < log->used) {
        const char *end = memchr(log->bytes + start, '\n', log->used - start);
        size_t stop = !end ? log->used : (size_t)(end - log->bytes);
        log->lines[log->count++] = (struct log_line){
            .position = log->first + start,
            .start = (uint32_t)start,
            .length = (uint32_t)(stop - start),
        };
        start = stop + 1;
    }
    return true;
}

bool log_update(struct log_file *log)
{
    struct stat status;
    if (log->descriptor < 0 || fstat(log->descriptor, &status) != 0)
        return false;
    uint64_t size = (uint64_t)status.st_size;
    uint64_t read_up_to = log_end(log);
    if (size <= read_up_to)
        return false;
    if (!log->bytes && (log->bytes = malloc(LOG_BYTES)) == NULL)
        return false;
    if (size - read_up_to > LOG_BYTES / 2) {
        log->used = 0;
        log->first = size - LOG_BYTES / 2;
        read_up_to = log->first;
    }
    size_t wanted = (size_t)(size - read_up_to);
    forget_oldest(log, wanted);
    ssize_t got = pread(log->descriptor, log->bytes + log->used, wanted, (off_t)read_up_to);
    if (got <= 0)
        return false;
    log->used += (size_t)got;
    return split(log);
}

uint64_t log_end(const struct log_file *log)
{
    return log->first + log->used;
}

void log_close(struct log_file *log)
{
    if (log->descriptor >= 0)
        close(log->descriptor);
    free(log->bytes);
    free(log->lines);
    *log = (struct log_file){.descriptor = -1};
}
