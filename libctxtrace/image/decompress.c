#include "image/decompress.h"

#include "base/error.h"
#include "base/page.h"
#include "image/decoder.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define IN_SIZE  ((size_t)256 << 10)
#define OUT_SIZE ((size_t)1 << 20)
#define LARGEST  (UINT64_C(1) << 40) /* of what is decompressed, holes and all */
#define SPARED   16                  /* the share of the free space that is left to others */
#define LOOK_AGAIN                                                                                 \
    (UINT64_C(64) << 20) /* bytes written until the free space is asked for again                  \
                          */

struct job {
    int in, out;
    const char *shown_as, *directory;
    const struct decoder *decoder;
    uint64_t size; /* decompressed so far */
    uint64_t room; /* may still be written until the free space is asked for again */
    unsigned char *in_bytes, *out_bytes;
};

bool decompress_knows(const unsigned char *head, size_t size)
{
    return decoder_for(head, size) != NULL;
}

/* ---- the file ---- */

static const char *directory_for(void)
{
    const char *named = getenv("TMPDIR");
    return named && named[0] ? named : "/var/tmp";
}

static bool make_file(struct job *job, struct error *error)
{
    char path[4096];
    job->directory = directory_for();
    job->out = open(job->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (job->out < 0 &&
        snprintf(path, sizeof path, "%s/ctxtrace-core-XXXXXX", job->directory) < (int)sizeof path) {
        job->out = mkostemp(path, O_CLOEXEC); /* a file system that knows no files without names */
        if (job->out >= 0)
            unlink(path);
    }
    return job->out >= 0 ||
           error_set(error,
                     "%s is compressed, and no file to decompress it into can be made in %s: %s; "
                     "set TMPDIR to another directory",
                     job->shown_as, job->directory, strerror(errno));
}

static bool look_for_room(struct job *job, struct error *error)
{
    struct statvfs status;
    if (fstatvfs(job->out, &status) != 0)
        return error_set(error, "the free space in %s cannot be told: %s", job->directory,
                         strerror(errno));
    uint64_t free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    uint64_t spare = free_bytes - free_bytes / SPARED;
    job->room = spare < LOOK_AGAIN ? spare : LOOK_AGAIN;
    return spare >= OUT_SIZE ||
           error_set(error,
                     "%s does not fit into %s once it is decompressed (%" PRIu64
                     " MB came so far): set TMPDIR to a directory with more room",
                     job->shown_as, job->directory, job->size >> 20);
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
    return !bytes[0] && memcmp(bytes, bytes + 1, size - 1) == 0;
}

static bool write_all(struct job *job, const unsigned char *bytes, size_t size, struct error *error)
{
    if (job->room < size && !look_for_room(job, error))
        return false;
    for (size_t done = 0; done < size;) {
        ssize_t put = pwrite(job->out, bytes + done, size - done, (off_t)(job->size + done));
        if (put < 0 && errno != EINTR)
            return error_set(error,
                             "%s cannot be decompressed into %s: %s; set TMPDIR to "
                             "another directory",
                             job->shown_as, job->directory, strerror(errno));
        done += put > 0 ? (size_t)put : 0;
    }
    job->room -= size;
    return true;
}

/* Page by page, so that pages of zeros stay holes. */
static bool keep(struct job *job, const unsigned char *bytes, size_t size, struct error *error)
{
    if (job->size + size > LARGEST)
        return error_set(error, "%s is more than a terabyte once it is decompressed",
                         job->shown_as);
    for (size_t at = 0; at < size;) {
        size_t piece = PAGE_BYTES - (job->size % PAGE_BYTES);
        piece = piece < size - at ? piece : size - at;
        if (!is_zero(bytes + at, piece) && !write_all(job, bytes + at, piece, error))
            return false;
        job->size += piece;
        at += piece;
    }
    return true;
}

/* ---- decompressing ---- */

static bool is_core(const unsigned char *bytes, size_t size)
{
    const Elf64_Half core = ET_CORE;
    return size > sizeof core + EI_NIDENT && memcmp(bytes, ELFMAG, SELFMAG) == 0 &&
           memcmp(bytes + EI_NIDENT, &core, sizeof core) == 0;
}

/* Hands on what was made. The first of it shows whether the rest is wanted. */
static bool hand_on(struct job *job, const struct decoder_step *step, struct error *error)
{
    size_t made = (size_t)(step->out - job->out_bytes);
    if (job->size == 0 && made < sizeof(Elf32_Ehdr))
        return error_set(error,
                         "%s is damaged or cut short: nothing of a core can be decompressed from "
                         "it; test it with `%s -t`",
                         job->shown_as, job->decoder->name);
    if (job->size == 0 && !is_core(job->out_bytes, made))
        return error_set(error, "%s, once it is decompressed, is not a core file", job->shown_as);
    return keep(job, job->out_bytes, made, error);
}

enum outcome { DONE, CUT, FAILED };

/* Until the input ends, or is damaged: what came before that counts. */
static enum outcome run(struct job *job, void *state, struct error *error)
{
    struct decoder_step step = {.out = job->out_bytes, .out_room = OUT_SIZE};
    bool ended = false;
    const char *wrong = NULL;
    while (!wrong) {
        if (!step.in_left && !ended) {
            ssize_t got = read(job->in, job->in_bytes, IN_SIZE);
            ended = got <= 0;
            step.in = job->in_bytes;
            step.in_left = got > 0 ? (size_t)got : 0;
        }
        size_t room = step.out_room, left = step.in_left;
        if (!ended || left || !step.is_whole)
            wrong = job->decoder->step(state, &step);
        bool stands = room == step.out_room && left == step.in_left;
        if (stands && left && !ended)
            wrong = "it does not go on";
        if (wrong || !step.out_room || (ended && stands)) {
            if ((step.out != job->out_bytes || !job->size) && !hand_on(job, &step, error))
                return FAILED;
            step.out = job->out_bytes;
            step.out_room = OUT_SIZE;
        }
        if (ended && stands)
            return step.is_whole ? DONE : CUT;
    }
    return CUT;
}

static bool decode(struct job *job, bool *is_cut, struct error *error)
{
    void *state = job->decoder->open();
    job->in_bytes = malloc(IN_SIZE);
    job->out_bytes = malloc(OUT_SIZE);
    enum outcome outcome = FAILED;
    if (state && job->in_bytes && job->out_bytes)
        outcome = run(job, state, error);
    else
        error_set(error, "out of memory while decompressing %s", job->shown_as);
    if (state)
        job->decoder->close(state);
    free(job->in_bytes);
    free(job->out_bytes);
    *is_cut = outcome == CUT;
    /* Behind the last page that was written may be a hole. */
    return outcome != FAILED && (ftruncate(job->out, (off_t)job->size) == 0 ||
                                 error_set(error, "%s cannot be decompressed into %s: %s",
                                           job->shown_as, job->directory, strerror(errno)));
}

int decompress_core(int descriptor, const char *shown_as, bool *is_cut, struct error *error)
{
    unsigned char head[4];
    ssize_t got = pread(descriptor, head, sizeof head, 0);
    struct job job = {.in = descriptor, .out = -1, .shown_as = shown_as};
    job.decoder = got > 0 ? decoder_for(head, (size_t)got) : NULL;
    if (!job.decoder) {
        error_set(error, "%s is not compressed in a way that is known here", shown_as);
        return -1;
    }
    if (make_file(&job, error) && look_for_room(&job, error) && decode(&job, is_cut, error))
        return job.out;
    if (job.out >= 0)
        close(job.out);
    return -1;
}
