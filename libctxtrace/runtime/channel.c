#include "runtime/channel.h"

#include "base/invariant.h"
#include "runtime/misuse.h"
#include "runtime/node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

static void copy(const struct ctxt_chan *channel, void *to, const void *from)
{
    if (to && channel->value_size > 0)
        memcpy(to, from, channel->value_size);
}

void channel_zero(const struct ctxt_chan *channel, void *value)
{
    if (value && channel->value_size > 0)
        memset(value, 0, channel->value_size);
}

static unsigned char *place(struct ctxt_chan *channel, size_t number)
{
    invariant(number < channel->capacity && channel->first < channel->capacity);
    return channel->values + (channel->first + number) % channel->capacity * channel->value_size;
}

static void push(struct ctxt_chan *channel, const void *value)
{
    invariant(channel->length < channel->capacity);
    copy(channel, place(channel, channel->length), value);
    channel->length++;
}

static void pop(struct ctxt_chan *channel, void *value)
{
    invariant(channel->length > 0);
    copy(channel, value, place(channel, 0));
    channel->first = (channel->first + 1) % channel->capacity;
    channel->length--;
}

static uint32_t clamped(size_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

static void record_length(struct ctxt_chan *channel)
{
    if (recording())
        record_object_length(&channel->record, clamped(channel->capacity),
                             clamped(channel->length));
}

/* ---- serving waiters, under the lock ---- */

/* Claims the one that has waited longest; NULL: nobody waits. */
static struct waiter *claim_first(struct ctxt_chan *channel, struct waiter_list *list)
{
    invariant(lock_is_held(&channel->lock));
    while (list->first) {
        struct waiter *waiter = list->first;
        waiter_unlink(waiter);
        if (!waiter_claim(waiter))
            continue;
        if (recording())
            record_object_under_way(&channel->record, 1);
        return waiter;
    }
    return NULL;
}

void channel_served(struct ctxt_chan *channel)
{
    if (recording())
        record_object_under_way(&channel->record, -1);
}

int channel_send_now(struct ctxt_chan *channel, const void *value)
{
    if (channel->closed)
        return EPIPE;
    struct waiter *receiver = claim_first(channel, &channel->receivers);
    if (receiver) {
        invariant(channel->length == 0);
        copy(channel, receiver->value, value);
        waiter_release(receiver, 0);
        return 0;
    }
    if (channel->length == channel->capacity)
        return EAGAIN;
    push(channel, value);
    record_length(channel);
    return 0;
}

int channel_receive_now(struct ctxt_chan *channel, void *value)
{
    if (channel->length > 0) {
        pop(channel, value);
        struct waiter *sender = claim_first(channel, &channel->senders);
        if (sender) {
            invariant(!channel->closed && channel->length + 1 == channel->capacity);
            push(channel, sender->value);
            waiter_release(sender, 0);
        }
        record_length(channel);
        return 0;
    }
    struct waiter *sender = claim_first(channel, &channel->senders);
    if (sender) {
        copy(channel, value, sender->value);
        waiter_release(sender, 0);
        return 0;
    }
    if (!channel->closed)
        return EAGAIN;
    channel_zero(channel, value);
    return EPIPE;
}

/* ---- life ---- */

ctxt_chan_t *ctxt_chan_new(size_t value_size, size_t capacity)
{
    size_t bytes;
    struct ctxt_chan *channel = NULL;
    if (!__builtin_mul_overflow(value_size, capacity, &bytes) &&
        !__builtin_add_overflow(bytes, sizeof *channel, &bytes))
        channel = malloc(bytes);
    if (!channel) {
        errno = ENOMEM;
        return NULL;
    }
    memset(channel, 0, sizeof *channel);
    channel->value_size = value_size;
    channel->capacity = capacity;
    atomic_init(&channel->references, 1);
    if (recording()) {
        struct record_object object = {
            .kind = OBJECT_CHANNEL, .address = channel, .capacity = clamped(capacity)};
        record_object_created(&channel->record, &object);
    }
    return channel;
}

static bool check(const struct ctxt_chan *channel, const char *function)
{
    if (channel)
        return true;
    misuse(function, NULL, "the channel is NULL");
    return false;
}

ctxt_chan_t *ctxt_chan_ref(ctxt_chan_t *channel)
{
    if (!check(channel, __func__))
        return NULL;
    atomic_fetch_add_explicit(&channel->references, 1, memory_order_relaxed);
    if (recording())
        record_object_references(&channel->record, 1);
    return channel;
}

static bool somebody_waits(struct ctxt_chan *channel)
{
    ranked_lock_take(&channel->lock, LOCK_OF_CHANNEL);
    bool waits = channel->senders.first || channel->receivers.first;
    ranked_lock_release(&channel->lock, LOCK_OF_CHANNEL);
    return waits;
}

void ctxt_chan_unref(ctxt_chan_t *channel)
{
    if (!channel)
        return;
    /* Recorded first: afterwards it may be gone. The caller will not use it any more in any case.
     */
    if (recording())
        record_object_references(&channel->record, -1);
    if (atomic_fetch_sub_explicit(&channel->references, 1, memory_order_acq_rel) != 1)
        return;
    if (somebody_waits(channel)) {
        misuse(__func__, channel,
               "the last reference to the channel at %p was given back while a task waits on it",
               (void *)channel);
        return; /* kept, because the waiting task would use it */
    }
    if (recording())
        record_object_released(&channel->record);
    free(channel);
}

void ctxt_chan_set_name(ctxt_chan_t *channel, const char *format, ...)
{
    if (!check(channel, __func__) || !recording())
        return;
    char name[RECORD_TEXT_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    ranked_lock_take(&channel->lock, LOCK_OF_CHANNEL);
    record_object_named(&channel->record, name);
    ranked_lock_release(&channel->lock, LOCK_OF_CHANNEL);
}

/* ---- sending and receiving ---- */

static bool check_value(const struct ctxt_chan *channel, const void *value, const char *function)
{
    if (value || !channel || channel->value_size == 0)
        return true;
    misuse(function, channel, "the value to send is NULL");
    return false;
}

static int try_send(struct ctxt_chan *channel, const void *value)
{
    if (!channel)
        return EAGAIN;
    ranked_lock_take(&channel->lock, LOCK_OF_CHANNEL);
    int result = channel_send_now(channel, value);
    ranked_lock_release(&channel->lock, LOCK_OF_CHANNEL);
    return result;
}

static int try_receive(struct ctxt_chan *channel, void *value)
{
    if (!channel)
        return EAGAIN;
    ranked_lock_take(&channel->lock, LOCK_OF_CHANNEL);
    int result = channel_receive_now(channel, value);
    ranked_lock_release(&channel->lock, LOCK_OF_CHANNEL);
    return result;
}

int ctxt_chan_send(ctxt_t *context, ctxt_chan_t *channel, const void *value)
{
    if (!node_check(context, __func__) || !check_value(channel, value, __func__))
        return EINVAL;
    int result = node_err(context);
    if (result == 0)
        result = try_send(channel, value);
    if (result == EAGAIN)
        result = select_one(context, ctxt_case_send(channel, value));
    return result;
}

int ctxt_chan_receive(ctxt_t *context, ctxt_chan_t *channel, void *value)
{
    if (!node_check(context, __func__))
        return EINVAL;
    int result = node_err(context);
    if (result == 0)
        result = try_receive(channel, value);
    if (result == EAGAIN)
        result = select_one(context, ctxt_case_receive(channel, value));
    return result;
}

int ctxt_chan_try_send(ctxt_chan_t *channel, const void *value)
{
    return check_value(channel, value, __func__) ? try_send(channel, value) : EINVAL;
}

int ctxt_chan_try_receive(ctxt_chan_t *channel, void *value)
{
    return try_receive(channel, value);
}

/* ---- closing ---- */

static void wake_all(struct ctxt_chan *channel, struct waiter_list *list)
{
    struct waiter *waiter;
    while ((waiter = claim_first(channel, list)))
        waiter_release(waiter, EPIPE);
}

int ctxt_chan_close(ctxt_chan_t *channel)
{
    if (!check(channel, __func__))
        return EINVAL;
    ranked_lock_take(&channel->lock, LOCK_OF_CHANNEL);
    bool open = !channel->closed;
    channel->closed = true;
    if (open && recording())
        record_object_closed(&channel->record);
    if (open) {
        wake_all(channel, &channel->receivers);
        wake_all(channel, &channel->senders);
        invariant(!channel->receivers.first && !channel->senders.first);
    }
    ranked_lock_release(&channel->lock, LOCK_OF_CHANNEL);
    return open ? 0 : EPIPE;
}

size_t ctxt_chan_length(const ctxt_chan_t *channel)
{
    if (!channel)
        return 0;
    struct ctxt_chan *locked = (struct ctxt_chan *)(uintptr_t)channel;
    ranked_lock_take(&locked->lock, LOCK_OF_CHANNEL);
    size_t length = locked->length;
    ranked_lock_release(&locked->lock, LOCK_OF_CHANNEL);
    return length;
}

size_t ctxt_chan_capacity(const ctxt_chan_t *channel)
{
    return channel ? channel->capacity : 0;
}
