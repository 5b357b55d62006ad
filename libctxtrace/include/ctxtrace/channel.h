/*
 * Channels and select, as in Go (https://go.dev/ref/spec#Channel_types, #Select_statements).
 *
 * A channel passes values of one size from sender to receiver, in order. With capacity 0 a send
 * waits for its receiver. Values are copied.
 *
 * References are counted: whoever holds a channel to send or receive takes one (ctxt_chan_ref) and
 * keeps it as long as it may use the channel. ctxtrace rests on this: a task blocked on a channel
 * of which no reference is left but those of the tasks that wait on it is a proved leak.
 *
 * Functions return 0 or an error number. They may be called by any number of threads, none of them
 * from a signal handler. They are no cancellation points, see <ctxtrace/task.h>.
 */
#ifndef CTXTRACE_CHANNEL_H
#define CTXTRACE_CHANNEL_H

#include <ctxtrace/context.h>

CTXT_BEGIN_C

typedef struct ctxt_chan ctxt_chan_t;

/* NULL with ENOMEM. The caller has the first reference. */
CTXT_API CTXT_MUST_USE ctxt_chan_t *ctxt_chan_new(size_t value_size, size_t capacity);
CTXT_API ctxt_chan_t *ctxt_chan_ref(ctxt_chan_t *channel);
/* The last one frees it with what is still in it. NULL does nothing. */
CTXT_API void ctxt_chan_unref(ctxt_chan_t *channel);
CTXT_API void ctxt_chan_set_name(ctxt_chan_t *channel, const char *format, ...) CTXT_PRINTF(2, 3);

/*
 * Sends the value at `value`. 0 when it was received or buffered; ctxt_err() if the context ended
 * first, and then nothing was sent; EPIPE if the channel is or becomes closed (where Go panics). A
 * NULL channel blocks until the context ends.
 */
CTXT_API int ctxt_chan_send(ctxt_t *context, ctxt_chan_t *channel, const void *value);
/*
 * Receives into `value` (NULL: drops it). 0; ctxt_err() if the context ended first; EPIPE if the
 * channel is closed and empty, and then the value is zeroed.
 */
CTXT_API int ctxt_chan_receive(ctxt_t *context, ctxt_chan_t *channel, void *value);
/* Without waiting: EAGAIN. */
CTXT_API int ctxt_chan_try_send(ctxt_chan_t *channel, const void *value);
CTXT_API int ctxt_chan_try_receive(ctxt_chan_t *channel, void *value);
/* 0, or EPIPE if it is closed already (where Go panics). Wakes all who wait on it. */
CTXT_API int ctxt_chan_close(ctxt_chan_t *channel);
CTXT_API size_t ctxt_chan_length(const ctxt_chan_t *channel);
CTXT_API size_t ctxt_chan_capacity(const ctxt_chan_t *channel);

/* ---- select ---- */

enum ctxt_case_kind {
    CTXT_CASE_RECEIVE = 1,
    CTXT_CASE_SEND,
    CTXT_CASE_DONE, /* a context ends */
    CTXT_CASE_TIME  /* a time comes */
};

typedef struct ctxt_case {
    enum ctxt_case_kind kind;
    ctxt_chan_t *channel; /* NULL: never ready */
    ctxt_t *context;
    void *value;
    int64_t time_ns;
    int status; /* set for the chosen case: 0, EPIPE (closed), or ctxt_err() of the context */
} ctxt_case_t;

static inline ctxt_case_t ctxt_case_receive(ctxt_chan_t *channel, void *value)
{
    ctxt_case_t one = {CTXT_CASE_RECEIVE, channel, NULL, value, 0, 0};
    return one;
}

static inline ctxt_case_t ctxt_case_send(ctxt_chan_t *channel, const void *value)
{
    ctxt_case_t one = {CTXT_CASE_SEND, channel, NULL, (void *)(uintptr_t)value, 0, 0};
    return one;
}

static inline ctxt_case_t ctxt_case_done(ctxt_t *context)
{
    ctxt_case_t one = {CTXT_CASE_DONE, NULL, context, NULL, 0, 0};
    return one;
}

static inline ctxt_case_t ctxt_case_after(int64_t duration_ns)
{
    int64_t now = ctxt_now();
    ctxt_case_t one = {CTXT_CASE_TIME,
                       NULL,
                       NULL,
                       NULL,
                       duration_ns < CTXT_NEVER - now ? now + duration_ns : CTXT_NEVER,
                       0};
    return one;
}

/*
 * Waits until one of the cases can go on, does it, and returns its index; if several can, one of
 * them at random. "The result or Done, whichever is first":
 *
 *     ctxt_case_t cases[] = {ctxt_case_receive(results, &row), ctxt_case_done(c)};
 *     if (ctxt_select(cases, 2) == 1)
 *         return cases[1].status;
 *     return use(row);
 *
 * With no case that can ever become ready it blocks for ever, as Go's does.
 * There may be as many cases as there is memory for.
 * -1 with errno ENOMEM, or EINVAL for an unknown kind; with a custom context also EMFILE or ENFILE.
 */
CTXT_API int ctxt_select(ctxt_case_t *cases, size_t count);
/* Without waiting: -1 with errno EAGAIN (Go's default case). */
CTXT_API int ctxt_try_select(ctxt_case_t *cases, size_t count);

CTXT_END_C

#endif
