#include "ctxtop/sampler.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/invariant.h"
#include "ctxtop/budget.h"
#include "findings/growth.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often to look whether a command has begun to record. */
#define FIRST_LOOK_NS (50 * NS_PER_MS)

#define RETIRED_MAX 4

struct sampler {
    pthread_t thread;
    int event;
    pthread_mutex_t lock;
    pthread_cond_t changed;

    /* Under the lock. */
    int64_t delay_ns;
    bool paused, now, prove, stop, finished, is_fixed;
    uint64_t asked_id; /* 0: nothing is asked */
    struct news news;
    struct sample *retired[RETIRED_MAX];
    unsigned retired_count;

    /* The thread's own. */
    struct watch watch;
    struct budget budget;
    /* For the rates; only what derive needs, as the samples belong to others. */
    struct snapshot_program previous_program;
    bool has_previous;
    uint64_t number;
    struct growth *growth;
};

static void ring(struct sampler *sampler)
{
    uint64_t one = 1;
    ssize_t written = write(sampler->event, &one, sizeof one);
    (void)written; /* full means that it is readable already */
}

static void publish(struct sampler *sampler, struct sample *sample, enum watch_result result,
                    const struct error *error)
{
    pthread_mutex_lock(&sampler->lock);
    struct sample *unseen = NULL;
    sampler->news.waiting = result == WATCH_NOT_YET;
    sampler->news.failed = result == WATCH_FAILED;
    sampler->news.sentence[0] = '\0';
    if (result == WATCH_TAKEN) {
        unseen = sampler->news.sample;
        sampler->news.sample = sample;
        sampler->news.opened = true;
    } else {
        snprintf(sampler->news.sentence, sizeof sampler->news.sentence, "%s", error->sentence);
    }
    pthread_mutex_unlock(&sampler->lock);
    sample_free(unseen);
    ring(sampler);
}

static struct sample *derive(struct sampler *sampler, struct snapshot *snapshot, int64_t started)
{
    struct snapshot before = {.program = sampler->previous_program};
    const struct sample previous = {.snapshot = &before, .number = sampler->number};
    struct sample *sample =
        sample_new(snapshot, sampler->growth, sampler->has_previous ? &previous : NULL, now_ns());
    if (!sample)
        return NULL;
    sample->cost_ns = now_ns() - started;
    sampler->previous_program = sample->snapshot->program;
    sampler->has_previous = true;
    sampler->number = sample->number;
    return sample;
}

/* Returns how long to wait for the next one. */
static int64_t take_one(struct sampler *sampler, int64_t delay_ns, bool prove)
{
    struct error error = {{0}};
    struct snapshot *snapshot = NULL;
    int64_t started = now_ns();
    budget_start_look(&sampler->budget);
    enum watch_result result = prove ? watch_prove(&sampler->watch, &snapshot, &error)
                                     : watch_take(&sampler->watch, &snapshot, &error);
    struct sample *sample = NULL;
    if (result == WATCH_TAKEN) {
        sample = derive(sampler, snapshot, started);
        if (!sample) {
            error_no_memory(&error);
            result = WATCH_FAILED;
        }
    }
    publish(sampler, sample, result, &error);
    if (result == WATCH_NOT_YET)
        return FIRST_LOOK_NS;
    return budget_end_look(&sampler->budget, delay_ns, now_ns() - started);
}

static void free_retired(struct sampler *sampler)
{
    invariant(sampler->retired_count <= RETIRED_MAX);
    while (sampler->retired_count > 0) {
        struct sample *sample = sampler->retired[--sampler->retired_count];
        pthread_mutex_unlock(&sampler->lock);
        sample_free(sample);
        pthread_mutex_lock(&sampler->lock);
    }
}

/* Called with the lock held, which it gives up meanwhile. */
static void answer(struct sampler *sampler)
{
    struct error error = {{0}};
    char *lines = NULL;
    uint64_t id = sampler->asked_id;
    sampler->asked_id = 0;
    pthread_mutex_unlock(&sampler->lock);
    if (!watch_keeps_alive(&sampler->watch, id, &lines, &error))
        lines = strdup(error.sentence);
    pthread_mutex_lock(&sampler->lock);
    free(sampler->news.answer);
    sampler->news.answer = lines;
    sampler->news.answered_id = id;
    ring(sampler);
}

/* Waits until a sample is due; false when the thread is to end. Called with the lock held. */
static bool wait_until_due(struct sampler *sampler, int64_t due)
{
    for (;;) {
        free_retired(sampler);
        if (sampler->stop)
            return false;
        if (sampler->asked_id != 0)
            answer(sampler);
        if (sampler->now || (!sampler->paused && now_ns() >= due)) {
            sampler->now = false;
            return true;
        }
        const struct timespec until = timespec_of(due);
        if (sampler->paused)
            pthread_cond_wait(&sampler->changed, &sampler->lock);
        else
            pthread_cond_timedwait(&sampler->changed, &sampler->lock, &until);
    }
}

static void *run(void *argument)
{
    struct sampler *sampler = argument;
    int64_t due = now_ns();
    pthread_mutex_lock(&sampler->lock);
    while (wait_until_due(sampler, due)) {
        int64_t delay_ns = sampler->delay_ns;
        bool prove = sampler->prove;
        sampler->prove = false;
        sampler->budget.is_fixed = sampler->is_fixed;
        pthread_mutex_unlock(&sampler->lock);
        int64_t pause = take_one(sampler, delay_ns, prove);
        due = now_ns() + pause;
        pthread_mutex_lock(&sampler->lock);
    }
    sampler->finished = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
    return NULL;
}

/* Signals are the business of the thread that draws. */
static int start_thread(struct sampler *sampler)
{
    sigset_t all, before;
    sigfillset(&all);
    /* A crash in the thread must still restore the terminal. */
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&sampler->thread, NULL, run, sampler);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void destroy(struct sampler *sampler)
{
    watch_close(&sampler->watch);
    growth_free(sampler->growth);
    sample_free(sampler->news.sample);
    free(sampler->news.answer);
    while (sampler->retired_count > 0)
        sample_free(sampler->retired[--sampler->retired_count]);
    if (sampler->event >= 0)
        close(sampler->event);
    pthread_cond_destroy(&sampler->changed);
    pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}

struct sampler *sampler_start(const struct watch *watch, int64_t delay_ns, bool is_fixed)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    if (!sampler)
        return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sampler->lock, NULL);
    sampler->watch = *watch;
    sampler->delay_ns = delay_ns;
    sampler->is_fixed = is_fixed;
    budget_begin(&sampler->budget, is_fixed);
    sampler->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    sampler->growth = growth_new();
    if (sampler->event < 0 || !sampler->growth || start_thread(sampler) != 0) {
        destroy(sampler);
        return NULL;
    }
    return sampler;
}

int sampler_descriptor(const struct sampler *sampler)
{
    return sampler->event;
}

void sampler_collect(struct sampler *sampler, struct news *news)
{
    uint64_t count;
    ssize_t got = read(sampler->event, &count, sizeof count);
    (void)got; /* nothing there is fine, too */
    pthread_mutex_lock(&sampler->lock);
    *news = sampler->news;
    sampler->news.sample = NULL;
    sampler->news.answer = NULL;
    sampler->news.answered_id = 0;
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_give_back(struct sampler *sampler, struct sample *sample)
{
    if (!sample)
        return;
    pthread_mutex_lock(&sampler->lock);
    bool taken = sampler->retired_count < RETIRED_MAX;
    if (taken)
        sampler->retired[sampler->retired_count++] = sample;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
    if (!taken)
        sample_free(sample);
}

void sampler_set_delay(struct sampler *sampler, int64_t delay_ns)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->delay_ns = delay_ns;
    sampler->is_fixed = true;
    sampler->now = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_set_paused(struct sampler *sampler, bool paused)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->paused = paused;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_take_now(struct sampler *sampler)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->now = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_prove(struct sampler *sampler)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->prove = true;
    sampler->now = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void sampler_ask(struct sampler *sampler, uint64_t id)
{
    pthread_mutex_lock(&sampler->lock);
    sampler->asked_id = id;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

bool sampler_stop(struct sampler *sampler, int64_t wait_ns)
{
    if (!sampler)
        return true;
    pthread_mutex_lock(&sampler->lock);
    sampler->stop = true;
    pthread_cond_broadcast(&sampler->changed);
    int64_t until = now_ns() + wait_ns;
    const struct timespec limit = timespec_of(until);
    int error = 0;
    while (!sampler->finished && error == 0)
        error = pthread_cond_timedwait(&sampler->changed, &sampler->lock, &limit);
    bool finished = sampler->finished;
    pthread_mutex_unlock(&sampler->lock);
    if (!finished)
        return false;
    pthread_join(sampler->thread, NULL);
    destroy(sampler);
    return true;
}
