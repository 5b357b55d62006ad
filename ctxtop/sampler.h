/*
 * Takes samples in a thread of its own, so that the screen never waits for a program that is slow
 * to read.
 *
 * A sample that takes long makes the next one start later, see budget.h. Samples that nobody
 * collected in time are replaced by newer ones. Samples that are no longer needed go back to the
 * thread, as freeing a big one takes long, too.
 *
 * Threads: all functions are for the one thread that started the sampler.
 */
#ifndef CTXTOP_SAMPLER_H
#define CTXTOP_SAMPLER_H

#include "base/error.h"
#include "ctxtop/sample.h"
#include "ctxtop/watch.h"

struct sampler;

struct news {
    struct sample *sample; /* NULL: no new one; otherwise it belongs to the caller */
    bool waiting;          /* there is nothing to be seen yet, for the reason in `sentence` */
    bool failed;           /* the last attempt failed, for the reason in `sentence` */
    bool opened;           /* there has been a sample at some time */
    char sentence[sizeof((struct error *)NULL)->sentence];
    uint64_t answered_id; /* of the question that `answer` answers; 0: there is no new answer */
    char *answer;         /* lines, or a sentence why there are none; the caller frees it */
};

/*
 * `watch` is copied and from then on the sampler's. `is_fixed`: the user named the delay. NULL when
 * threads or memory ran out.
 */
struct sampler *sampler_start(const struct watch *watch, int64_t delay_ns, bool is_fixed);

/* Can be read from when there is news. For poll(); sampler_collect() empties it. */
int sampler_descriptor(const struct sampler *sampler);
void sampler_collect(struct sampler *sampler, struct news *news);

/* NULL is fine. */
void sampler_give_back(struct sampler *sampler, struct sample *sample);

/* The user names a delay. */
void sampler_set_delay(struct sampler *sampler, int64_t delay_ns);
/* No samples are taken while it is paused, except by sampler_take_now(). */
void sampler_set_paused(struct sampler *sampler, bool paused);
void sampler_take_now(struct sampler *sampler);
/* Takes one now with the facts that proofs need: stops a Go program briefly. */
void sampler_prove(struct sampler *sampler);
/* Asks what keeps a context or task alive; the answer comes as news. */
void sampler_ask(struct sampler *sampler, uint64_t id);

/*
 * Ends the thread and frees everything. Waits for a sample that is being taken, but at most
 * `wait_ns`; false if it has to be left behind, in which case the process should end soon.
 */
bool sampler_stop(struct sampler *sampler, int64_t wait_ns);

#endif
