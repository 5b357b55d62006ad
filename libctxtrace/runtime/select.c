/*
 * Select.
 *
 * 1. Ask the contexts whether they have ended, and the clock.
 * 2. Lock all channels of the cases, each once, in the order of their addresses.
 * 3. Go through the cases in random order; do the first that can go on.
 * 4. If none can, link a waiter for each channel case, in that order. Unlock the channels.
 * 5. Link a waiter for each context, in that order. If one has ended by now, claim our own blocking
 * for it.
 * 6. Sleep until claimed, or until the earliest time.
 * 7. Take the waiters out again, one list at a time.
 *
 * Why this is right:
 *
 * One case is done, and only one. Before step 4 nothing of ours can be claimed, and step 3 stops at
 * the first case that is done. From then on a case is chosen by a claim of the blocking, and of
 * those at most one succeeds (see waiter.h): that of a channel's other side, which moves the value
 * before it releases us; that of an ending context; our own in step 5; or the giving up of step 6.
 *
 * No wake-up is lost. Steps 3 and 4 happen under the locks of all channels: whoever makes a channel
 * case possible does so before, and step 3 sees it, or after, and finds our waiter. The same holds
 * for each context in step 5, whose list refuses the waiter of a context that has ended.
 *
 * Nothing deadlocks. Locks of several channels are taken in one order everywhere, and under them no
 * other lock is taken and nothing waits; contexts are asked and linked while no lock is held.
 *
 * Two selects meet. A case is done directly only by a select that is in step 3, holds the lock of
 * the channel and has nothing linked, with one that has linked a waiter there and can be claimed.
 * So handing over needs one claim, never two at once, and a select that both sends and receives on
 * a channel cannot meet itself.
 *
 * Nothing outlives us. A claimer touches waiter and blocking only under the lock of the list, and
 * after claiming, but before it wakes us, has taken the waiter out. Step 7 takes the lock of every
 * other list, so when it is done nobody has an eye on our stack any more.
 */
#include "base/clock.h"
#include "base/invariant.h"
#include "runtime/channel.h"
#include "runtime/context_record.h"
#include "runtime/end_watch.h"
#include "runtime/misuse.h"
#include "runtime/node.h"

#include <errno.h>
#include <stdlib.h>

enum { FEW = 8, FEW_CHANNELS = 16, NONE = -1 };

struct one {
    struct waiter waiter;
    struct end_watch end; /* CTXT_CASE_DONE */
    int error;            /* of the context, in step 1 */
};

struct selection {
    ctxt_case_t *cases;
    uint32_t count;
    uint32_t recorded; /* that many cases are recorded; the rest only bounds them */
    struct one *ones;
    uint32_t *order;             /* of the cases, shuffled */
    struct ctxt_chan **channels; /* by address */
    uint32_t channel_count;
    struct record_wait *records;
    int64_t now_ns, until_ns; /* until: the earliest time of a case, or CTXT_NEVER */
    struct blocking blocking;
};

static bool is_channel_case(const ctxt_case_t *one)
{
    return (one->kind == CTXT_CASE_RECEIVE || one->kind == CTXT_CASE_SEND) && one->channel;
}

/* ---- preparing ---- */

static bool check_case(const ctxt_case_t *one, const char *function)
{
    switch (one->kind) {
    case CTXT_CASE_RECEIVE:
    case CTXT_CASE_TIME:
        return true;
    case CTXT_CASE_SEND:
        if (one->value || !one->channel || one->channel->value_size == 0)
            return true;
        misuse(function, one->channel, "the value to send is NULL");
        return false;
    case CTXT_CASE_DONE:
        return node_check(one->context, function);
    }
    errno = EINVAL;
    return false;
}

static bool check_cases(const ctxt_case_t *cases, size_t count, const char *function)
{
    if (count > INT32_MAX) {
        errno = ENOMEM;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!check_case(&cases[i], function))
            return false;
    }
    return true;
}

static void shuffle(struct selection *s)
{
    struct runtime_thread *self = thread_self();
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t other = (uint32_t)((uint64_t)thread_random(self) * (i + 1) >> 32);
        invariant(other <= i);
        s->order[i] = i;
        s->order[i] = s->order[other];
        s->order[other] = i;
    }
}

static int by_address(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t) * (struct ctxt_chan *const *)a;
    uintptr_t other = (uintptr_t) * (struct ctxt_chan *const *)b;
    return one < other ? -1 : one > other;
}

static void sort_channels(struct selection *s)
{
    if (s->channel_count > FEW_CHANNELS) {
        qsort(s->channels, s->channel_count, sizeof *s->channels, by_address);
        return;
    }
    for (uint32_t i = 1; i < s->channel_count; i++) {
        struct ctxt_chan *channel = s->channels[i];
        uint32_t at = i;
        for (; at > 0 && (uintptr_t)s->channels[at - 1] > (uintptr_t)channel; at--)
            s->channels[at] = s->channels[at - 1];
        s->channels[at] = channel;
    }
}

/* Each channel once, in the order in which they are locked. */
static void gather_channels(struct selection *s)
{
    s->channel_count = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_channel_case(&s->cases[i]))
            s->channels[s->channel_count++] = s->cases[i].channel;
    }
    sort_channels(s);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->channel_count; i++) {
        if (kept == 0 || s->channels[kept - 1] != s->channels[i])
            s->channels[kept++] = s->channels[i];
    }
    s->channel_count = kept;
}

/* ---- steps 1 to 3: does one go on at once? ---- */

static void ask_contexts_and_clock(struct selection *s)
{
    s->until_ns = CTXT_NEVER;
    for (uint32_t i = 0; i < s->count; i++) {
        const ctxt_case_t *one = &s->cases[i];
        if (one->kind == CTXT_CASE_DONE)
            s->ones[i].error = node_err(one->context);
        else if (one->kind == CTXT_CASE_TIME && one->time_ns < s->until_ns)
            s->until_ns = one->time_ns;
    }
    s->now_ns = s->until_ns == CTXT_NEVER ? 0 : now_ns();
}

/* Does the case if it can go on; otherwise EAGAIN. */
static int do_case(const struct selection *s, uint32_t index)
{
    const ctxt_case_t *one = &s->cases[index];
    switch (one->kind) {
    case CTXT_CASE_RECEIVE:
        return one->channel ? channel_receive_now(one->channel, one->value) : EAGAIN;
    case CTXT_CASE_SEND:
        return one->channel ? channel_send_now(one->channel, one->value) : EAGAIN;
    case CTXT_CASE_DONE:
        return s->ones[index].error ? s->ones[index].error : EAGAIN;
    case CTXT_CASE_TIME:
        return s->until_ns != CTXT_NEVER && one->time_ns <= s->now_ns ? 0 : EAGAIN;
    }
    return EAGAIN;
}

static int do_one(struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        int status = do_case(s, s->order[i]);
        if (status == EAGAIN)
            continue;
        s->cases[s->order[i]].status = status;
        return (int)s->order[i];
    }
    return NONE;
}

/* Each once, in the order of addresses that all selects lock in. */
static bool are_in_order(const struct selection *s)
{
    for (uint32_t i = 1; i < s->channel_count; i++)
        if ((uintptr_t)s->channels[i - 1] >= (uintptr_t)s->channels[i])
            return false;
    return true;
}

static void lock_channels(const struct selection *s)
{
    invariant(are_in_order(s));
    for (uint32_t i = 0; i < s->channel_count; i++)
        ranked_lock_take(&s->channels[i]->lock, LOCK_OF_CHANNEL);
}

static void unlock_channels(const struct selection *s)
{
    for (uint32_t i = s->channel_count; i > 0; i--)
        ranked_lock_release(&s->channels[i - 1]->lock, LOCK_OF_CHANNEL);
}

/* ---- recording ---- */

static void describe(const struct selection *s, const ctxt_case_t *one, struct record_wait *wait)
{
    switch (one->kind) {
    case CTXT_CASE_RECEIVE:
    case CTXT_CASE_SEND:
        wait->object = one->channel ? OBJECT_CHANNEL : OBJECT_NOTHING;
        wait->operation = one->kind == CTXT_CASE_SEND ? WAIT_SEND : WAIT_RECEIVE;
        wait->object_id = one->channel ? record_slot_id(&one->channel->record) : 0;
        wait->address = one->channel;
        break;
    case CTXT_CASE_DONE:
        wait->object = OBJECT_CONTEXT;
        wait->operation = WAIT_DONE;
        wait->object_id = context_record_id(one->context);
        wait->address = one->context;
        break;
    case CTXT_CASE_TIME:
        wait->object = OBJECT_TIMER;
        wait->operation = WAIT_SLEEP;
        break;
    }
    wait->until_ns = s->until_ns;
}

static bool can_ever_go_on(const ctxt_case_t *one)
{
    switch (one->kind) {
    case CTXT_CASE_DONE:
        return one->context->line != NULL;
    case CTXT_CASE_TIME:
        return one->time_ns != CTXT_NEVER;
    default:
        return one->channel != NULL;
    }
}

/* The context whose end ends the whole select; 0: there is none. */
static uint64_t bounding_id(const struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (s->cases[i].kind == CTXT_CASE_DONE && s->cases[i].context->line)
            return end_watch_id(s->cases[i].context);
    }
    return 0;
}

static uint32_t record_begin(const struct selection *s)
{
    if (!recording())
        return 0;
    uint64_t bounded_by = bounding_id(s);
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->recorded; i++) {
        const ctxt_case_t *one = &s->cases[i];
        if (!can_ever_go_on(one))
            continue;
        struct record_wait *wait = &s->records[count++];
        *wait = (struct record_wait){
            .bounded_by_id = one->kind == CTXT_CASE_DONE ? 0 : bounded_by,
        };
        describe(s, one, wait);
    }
    if (count == 0) {
        s->records[count++] = (struct record_wait){
            .object = OBJECT_NOTHING, .until_ns = s->until_ns, .bounded_by_id = bounded_by};
        if (s->recorded > 0)
            describe(s, &s->cases[0], &s->records[0]);
    }
    return record_wait_begin(s->records, count);
}

/* ---- steps 4 to 7: waiting ---- */

/* Only custom contexts make this fail. Nothing is linked yet. */
static bool begin_end_watches(struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        struct one *one = &s->ones[i];
        if (s->cases[i].kind != CTXT_CASE_DONE || end_watch_begin(&one->end, s->cases[i].context))
            continue;
        int saved = errno;
        while (i-- > 0) {
            if (s->cases[i].kind == CTXT_CASE_DONE)
                end_watch_finish(&s->ones[i].end, &s->ones[i].waiter);
        }
        errno = saved;
        return false;
    }
    return true;
}

/* Before anything is linked, so that a fork sees them all. */
static void make_waiters(struct selection *s)
{
    struct runtime_thread *self = thread_self();
    blocking_begin(&s->blocking, &self->parker);
    struct waiter *chain = NULL;
    for (uint32_t i = 0; i < s->count; i++) {
        s->ones[i].waiter = (struct waiter){.blocking = &s->blocking,
                                            .index = i,
                                            .value = s->cases[i].value,
                                            .next_of_thread = chain};
        chain = &s->ones[i].waiter;
    }
    self->waiters = chain;
}

/* In random order, as all else: of two cases on one channel, the first in its list is served. */
static void link_to_channels(struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t index = s->order[i];
        const ctxt_case_t *one = &s->cases[index];
        if (is_channel_case(one))
            waiter_link(one->kind == CTXT_CASE_SEND ? &one->channel->senders
                                                    : &one->channel->receivers,
                        &s->ones[index].waiter);
    }
}

/* The index of a context that has ended and for which we could claim ourselves, or NONE. */
static int link_to_contexts(struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t index = s->order[i];
        struct one *one = &s->ones[index];
        if (s->cases[index].kind != CTXT_CASE_DONE || end_watch_link(&one->end, &one->waiter))
            continue;
        return waiter_claim(&one->waiter) ? (int)index : NONE;
    }
    return NONE;
}

static int earliest_time_case(const struct selection *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t index = s->order[i];
        if (s->cases[index].kind == CTXT_CASE_TIME && s->cases[index].time_ns == s->until_ns)
            return (int)index;
    }
    return NONE;
}

static int sleep_until_claimed(struct selection *s)
{
    uint32_t token = record_begin(s);
    int chosen = blocking_wait(&s->blocking, s->until_ns);
    record_wait_end(token);
    invariant(chosen < (int)s->count && (chosen >= 0 || s->until_ns != CTXT_NEVER));
    if (chosen < 0)
        return earliest_time_case(s);
    if (is_channel_case(&s->cases[chosen]))
        channel_served(s->cases[chosen].channel);
    return chosen;
}

static void take_out(struct selection *s, int chosen)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const ctxt_case_t *one = &s->cases[i];
        invariant((int)i != chosen || !is_channel_case(one) || !s->ones[i].waiter.list);
        if (one->kind == CTXT_CASE_DONE) {
            end_watch_finish(&s->ones[i].end, &s->ones[i].waiter);
        } else if (is_channel_case(one) && (int)i != chosen) {
            ranked_lock_take(&one->channel->lock, LOCK_OF_CHANNEL);
            waiter_unlink(&s->ones[i].waiter);
            ranked_lock_release(&one->channel->lock, LOCK_OF_CHANNEL);
        }
    }
    thread_self()->waiters = NULL;
}

/* What the claimer has left to the owner of the case. */
static void complete(struct selection *s, int chosen)
{
    ctxt_case_t *one = &s->cases[chosen];
    if (one->kind == CTXT_CASE_DONE) {
        one->status = end_watch_error(&s->ones[chosen].end);
        return;
    }
    one->status = one->kind == CTXT_CASE_TIME ? 0 : s->ones[chosen].waiter.status;
    if (one->kind == CTXT_CASE_RECEIVE && one->status == EPIPE)
        channel_zero(one->channel, one->value);
}

static int select_waiting(struct selection *s)
{
    if (!begin_end_watches(s))
        return -1;
    make_waiters(s);
    lock_channels(s);
    int chosen = do_one(s);
    if (chosen == NONE)
        link_to_channels(s);
    unlock_channels(s);
    bool done = chosen != NONE;
    if (!done)
        chosen = link_to_contexts(s);
    if (chosen == NONE)
        chosen = sleep_until_claimed(s);
    invariant(chosen != NONE);
    if (!done)
        complete(s, chosen);
    take_out(s, chosen);
    return chosen;
}

static int select_at_once(struct selection *s)
{
    lock_channels(s);
    int chosen = do_one(s);
    unlock_channels(s);
    return chosen;
}

/* ---- both ---- */

static int run(struct selection *s, bool wait)
{
    shuffle(s);
    gather_channels(s);
    ask_contexts_and_clock(s);
    /* A first try saves what waiting needs, and custom contexts their stand-ins. */
    int chosen = select_at_once(s);
    if (chosen != NONE)
        return chosen;
    if (wait)
        return select_waiting(s);
    errno = EAGAIN;
    return -1;
}

static int run_with_few(struct selection *s, bool wait)
{
    invariant(s->count <= FEW);
    struct one ones[FEW];
    uint32_t order[FEW];
    struct ctxt_chan *channels[FEW];
    struct record_wait records[FEW];
    s->ones = ones;
    s->order = order;
    s->channels = channels;
    s->records = records;
    return run(s, wait);
}

static int run_with_many(struct selection *s, bool wait)
{
    s->ones = calloc(s->count, sizeof *s->ones);
    s->order = calloc(s->count, sizeof *s->order);
    s->channels = calloc(s->count, sizeof *s->channels);
    s->records = calloc(s->count, sizeof *s->records);
    int chosen = -1;
    if (s->ones && s->order && s->channels && s->records)
        chosen = run(s, wait);
    else
        errno = ENOMEM;
    int saved = errno;
    free(s->ones);
    free(s->order);
    free(s->channels);
    free(s->records);
    errno = saved;
    return chosen;
}

static int select_cases(ctxt_case_t *cases, size_t count, bool wait, const char *function)
{
    if (!check_cases(cases, count, function))
        return -1;
    struct selection s = {.cases = cases, .count = (uint32_t)count, .recorded = (uint32_t)count};
    return count <= FEW ? run_with_few(&s, wait) : run_with_many(&s, wait);
}

int ctxt_select(ctxt_case_t *cases, size_t count)
{
    return select_cases(cases, count, true, __func__);
}

int ctxt_try_select(ctxt_case_t *cases, size_t count)
{
    return select_cases(cases, count, false, __func__);
}

int select_one(struct ctxt *context, ctxt_case_t wanted)
{
    ctxt_case_t cases[] = {wanted, ctxt_case_done(context)};
    struct selection s = {.cases = cases, .count = 2, .recorded = 1};
    int chosen = run_with_few(&s, true);
    return chosen < 0 ? errno : cases[chosen].status;
}
