/*
 * A snapshot of a million live contexts of another process, next to a memcpy of the tables that it
 * is made from, in one run. Prints medians and the ratio.
 */
#include "base/error.h"
#include "inspect/source.h"
#include "segment/format.h"

#include <ctxtrace/ctxtrace.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MILLION = 1000000, ROUNDS = 7 };

static int be_the_program(int ready)
{
    if (ctxt_trace_start() != 0)
        return 2;
    ctxt_t *parent = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < MILLION; i++)
        if (!ctxt_with_cancel(parent))
            return 2;
    const char *path = ctxt_trace_path();
    if (write(ready, path, strlen(path) + 1) < 0)
        return 2;
    pause();
    return 0;
}

static int by_value(const void *a, const void *b)
{
    int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
    return one < other ? -1 : one > other;
}

static double median_ms(int64_t *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return (double)values[ROUNDS / 2] / 1e6;
}

/* Copies the used part of every table, as one would with nothing to check. */
static int64_t copy_tables(const unsigned char *base, size_t *bytes)
{
    const struct segment_header *header = (const struct segment_header *)(const void *)base;
    *bytes = 0;
    int64_t spent = 0;
    for (int i = 0; i < AREA_COUNT; i++) {
        size_t size = header->areas[i].used * header->areas[i].item_size;
        char *copy = malloc(size + 1);
        int64_t start = ctxt_now();
        memcpy(copy, base + header->areas[i].offset, size);
        __asm__ volatile("" : : "r"(copy) : "memory"); /* the copy is wanted */
        spent += ctxt_now() - start;
        *bytes += size;
        free(copy);
    }
    return spent;
}

static int64_t take(struct session *session, uint32_t *contexts)
{
    struct error error;
    int64_t start = ctxt_now();
    struct snapshot *snapshot = session_take(session, &error);
    int64_t spent = ctxt_now() - start;
    if (!snapshot) {
        fprintf(stderr, "snapshot: %s\n", error.sentence);
        exit(1);
    }
    *contexts = snapshot->context_count;
    snapshot_free(snapshot);
    return spent;
}

static int measure(const char *path)
{
    struct error error;
    struct session *session = session_open(path, NULL, &error);
    int fd = open(path, O_RDONLY);
    const unsigned char *base =
        mmap(NULL, (size_t)lseek(fd, 0, SEEK_END), PROT_READ, MAP_SHARED, fd, 0);
    if (!session || base == MAP_FAILED)
        return 1;
    int64_t copies[ROUNDS], pictures[ROUNDS];
    size_t bytes = 0;
    uint32_t contexts = 0;
    take(session, &contexts); /* names of frames are looked up once */
    for (int i = 0; i < ROUNDS; i++) {
        copies[i] = copy_tables(base, &bytes);
        pictures[i] = take(session, &contexts);
    }
    double copy = median_ms(copies), picture = median_ms(pictures);
    printf("%u contexts, tables of %.1f MB: memcpy %.1f ms, snapshot %.1f ms, ratio %.1f "
           "(promised at most 10)\n",
           contexts, (double)bytes / 1e6, copy, picture, picture / copy);
    session_close(session);
    return 0;
}

int main(void)
{
    int ready[2];
    char path[4096] = "";
    if (pipe(ready) != 0)
        return 2;
    pid_t program = fork();
    if (program == 0)
        _exit(be_the_program(ready[1]));
    close(ready[1]);
    if (read(ready[0], path, sizeof path - 1) <= 0)
        return 2;
    int status = measure(path);
    kill(program, SIGKILL);
    waitpid(program, NULL, 0);
    unlink(path);
    return status;
}
