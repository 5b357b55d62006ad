/*
 * What all fuzz targets share: an input that is read in order, a file that has no name, and a bound
 * on the processor time of one input, past which it is a hang and the target aborts.
 */
#ifndef CTXTRACE_TESTS_FUZZ_H
#define CTXTRACE_TESTS_FUZZ_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define FUZZ_MAX_SECONDS 20 /* of processor time, with sanitizers */

#define FUZZ_SKIPPED 77 /* exit status: what it needs is not here */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_hangs(int number)
{
    static const char sentence[] = "an input took too much processor time\n";
    (void)number;
    (void)!write(2, sentence, sizeof sentence - 1);
    abort();
}

static inline void fuzz_clock_start(void)
{
    const struct itimerval limit = {.it_value = {.tv_sec = FUZZ_MAX_SECONDS}};
    signal(SIGPROF, fuzz_hangs);
    setitimer(ITIMER_PROF, &limit, NULL);
}

static inline void fuzz_clock_stop(void)
{
    const struct itimerval none = {.it_value = {.tv_sec = 0}};
    setitimer(ITIMER_PROF, &none, NULL);
}

struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

/* Takes the next bytes; zeroes behind the end. */
static inline void fuzz_take(struct fuzz_input *input, void *bytes, size_t size)
{
    size_t there = size < input->size ? size : input->size;
    memset(bytes, 0, size);
    if (there)
        memcpy(bytes, input->data, there);
    input->data += there;
    input->size -= there;
}

static inline uint64_t fuzz_number(struct fuzz_input *input, size_t size)
{
    uint64_t number = 0;
    fuzz_take(input, &number, size);
    return number;
}

/* A file in memory with a path, which every input overwrites. */
struct fuzz_file {
    int descriptor;
    char path[64];
};

static inline void fuzz_file_write(struct fuzz_file *file, const uint8_t *data, size_t size)
{
    if (!file->path[0]) {
        file->descriptor = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(file->path, sizeof file->path, "/proc/self/fd/%d", file->descriptor);
    }
    if (file->descriptor < 0 || ftruncate(file->descriptor, 0) != 0 ||
        (size && pwrite(file->descriptor, data, size, 0) != (ssize_t)size))
        abort();
}

#endif
