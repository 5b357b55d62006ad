#include "golang/proof/progress.h"

#include "base/clock.h"
#include "golang/capture/threads.h"
#include "image/process.h"
#include "image/user_time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LONGEST_PAUSE_NS   (200 * NS_PER_MS)
#define LONGEST_GLANCE_NS  (200 * NS_PER_MS)
#define SHORTEST_GLANCE_NS (10 * NS_PER_MS)

bool progress_begin(const struct go_program *program, struct progress *progress)
{
    struct go_stack *stack = malloc(sizeof *stack);
    *progress = (struct progress){
        .laggards = calloc(program->thread_count + 1, sizeof *progress->laggards)};
    bool good = stack && progress->laggards;
    for (size_t i = 0; good && i < program->thread_count; i++)
        if (thread_runs_go(program, &program->threads[i], stack))
            progress->laggards[progress->count++].thread = program->threads[i];
    progress->was_at_rest = progress->count == 0;
    free(stack);
    return good;
}

void progress_free(struct progress *progress)
{
    free(progress->laggards);
    *progress = (struct progress){0};
}

/* Of one that was asleep in a system call, most registers are not known. */
static bool has_moved(const struct image_thread *before, const struct image_thread *now)
{
    if (before->asleep != now->asleep)
        return before->pc != now->pc || before->sp != now->sp;
    return before->pc != now->pc || before->sp != now->sp ||
           memcmp(before->registers, now->registers, sizeof now->registers) != 0 ||
           memcmp(before->vectors, now->vectors, sizeof now->vectors) != 0;
}

/*
 * Its own code has run for a whole tick at least: that is two steps of the counter, as the first
 * may be what stopping it cost when its tick was nearly full.
 */
static bool has_computed(const struct image *image, const struct laggard *laggard)
{
    int64_t ticks = user_time_ticks(image, laggard->thread.tid);
    return laggard->user_ticks >= 0 && ticks >= laggard->user_ticks + 2;
}

static bool is_behind(const struct image *image, const struct laggard *laggard, enum glance glance,
                      const struct image_thread *now)
{
    if (glance == GLANCE_GONE || (glance == GLANCE_READ && has_moved(&laggard->thread, now)))
        return false;
    return !has_computed(image, laggard);
}

/*
 * Keeps those that have not gone on. A thread that does not stop may stand in the kernel as it did.
 */
static void keep_laggards(struct image *image, struct progress *progress, int64_t patience_ns)
{
    size_t count = progress->count, kept = 0;
    int *tids = calloc(count, sizeof *tids);
    enum glance *glances = calloc(count, sizeof *glances);
    struct image_thread *now = calloc(count, sizeof *now);
    bool good = tids && glances && now;
    for (size_t i = 0; good && i < count; i++)
        tids[i] = progress->laggards[i].thread.tid;
    if (good)
        process_glance(image, tids, count, patience_ns, glances, now);
    for (size_t i = 0; good && i < count; i++)
        if (is_behind(image, &progress->laggards[i], glances[i], &now[i]))
            progress->laggards[kept++] = progress->laggards[i];
    progress->count = good ? kept : count;
    free(tids);
    free(glances);
    free(now);
}

static int64_t glance_ns(int64_t left_ns)
{
    if (left_ns > LONGEST_GLANCE_NS)
        return LONGEST_GLANCE_NS;
    return left_ns > SHORTEST_GLANCE_NS ? left_ns : SHORTEST_GLANCE_NS;
}

static void sleep_for(int64_t ns)
{
    const struct timespec duration = timespec_of(ns);
    nanosleep(&duration, NULL);
}

/* The pauses grow, so that a thread which is stopped before each of its turns gets one. */
bool progress_wait(struct image *image, struct progress *progress, int64_t pause_ns,
                   int64_t deadline_ns)
{
    for (size_t i = 0; i < progress->count; i++)
        progress->laggards[i].user_ticks = user_time_ticks(image, progress->laggards[i].thread.tid);
    for (;;) {
        sleep_for(pause_ns);
        if (progress->count)
            keep_laggards(image, progress, glance_ns(deadline_ns - now_ns()));
        if (!progress->count || now_ns() >= deadline_ns)
            return progress->count == 0;
        pause_ns = pause_ns < LONGEST_PAUSE_NS / 2 ? pause_ns * 2 : LONGEST_PAUSE_NS;
    }
}
