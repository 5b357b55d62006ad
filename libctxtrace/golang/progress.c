#include "golang/progress.h"

#include "golang/threads.h"
#include "image/clock.h"
#include "image/process.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST_PAUSE_NS INT64_C(200000000)

bool progress_begin(const struct go_program *program, struct progress *progress)
{
    const struct image *image = program->image;
    struct go_stack *stack = malloc(sizeof *stack);
    *progress =
        (struct progress){.laggards = calloc(image->thread_count + 1, sizeof *progress->laggards)};
    bool good = stack && progress->laggards;
    for (size_t i = 0; good && i < image->thread_count; i++)
        if (thread_runs_go(program, &image->threads[i], stack))
            progress->laggards[progress->count++] = image->threads[i];
    progress->was_at_rest = progress->count == 0;
    free(stack);
    return good;
}

void progress_free(struct progress *progress)
{
    free(progress->laggards);
    *progress = (struct progress){0};
}

static bool has_moved(const struct image_thread *before, const struct image_thread *now)
{
    return before->pc != now->pc || before->sp != now->sp ||
           memcmp(before->registers, now->registers, sizeof now->registers) != 0 ||
           memcmp(before->vectors, now->vectors, sizeof now->vectors) != 0;
}

/* A thread that does not stop by then may stand in the kernel as it did before. */
static bool lags(const struct image *image, const struct image_thread *before, int64_t timeout_ns)
{
    struct image_thread now = {0};
    switch (process_glance(image, before->tid, timeout_ns, &now)) {
    case GLANCE_GONE:
        return false;
    case GLANCE_READ:
        return !has_moved(before, &now);
    default:
        return true;
    }
}

static void sleep_for(int64_t ns)
{
    nanosleep(&(struct timespec){ns / 1000000000, ns % 1000000000}, NULL);
}

/* The pauses grow, so that a thread which is stopped before each of its turns gets one. */
bool progress_wait(struct image *image, struct progress *progress, int64_t pause_ns,
                   int64_t deadline_ns)
{
    for (;;) {
        size_t kept = 0;
        sleep_for(pause_ns);
        for (size_t i = 0; i < progress->count; i++)
            if (lags(image, &progress->laggards[i], deadline_ns - now_ns()))
                progress->laggards[kept++] = progress->laggards[i];
        progress->count = kept;
        if (!kept || now_ns() >= deadline_ns)
            return kept == 0;
        pause_ns = pause_ns < LONGEST_PAUSE_NS / 2 ? pause_ns * 2 : LONGEST_PAUSE_NS;
    }
}
