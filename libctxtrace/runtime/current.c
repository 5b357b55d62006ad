/* The context that each task is working under. */
#include "base/array.h"
#include "base/invariant.h"
#include "runtime/context_record.h"
#include "runtime/misuse.h"
#include "runtime/node.h"

#include <stdlib.h>
#include <string.h>

ctxt_t *ctxt_current(void)
{
    const struct runtime_thread *self = runtime_thread_pointer;
    return self && self->entered_count ? self->entered[self->entered_count - 1].context
                                       : &node_background;
}

static bool reserve(struct runtime_thread *self)
{
    if (self->entered_count < self->entered_room)
        return true;
    if (!self->entered) {
        self->entered = self->entered_first;
        self->entered_room = THREAD_ENTERED_FIRST;
        return true;
    }
    bool is_first = self->entered == self->entered_first;
    struct entered *entered = is_first ? NULL : self->entered;
    size_t room = is_first ? 0 : self->entered_room;
    if (!ARRAY_ROOM(entered, room, (size_t)self->entered_count + 1))
        return false;
    if (is_first)
        memcpy(entered, self->entered_first, sizeof self->entered_first);
    self->entered = entered;
    self->entered_room = room;
    return true;
}

/* Also for a main thread, which has no end of its own at which it could be given back. */
static void give_back(struct runtime_thread *self)
{
    if (self->entered != self->entered_first)
        free(self->entered);
    self->entered = NULL;
    self->entered_room = 0;
}

/*
 * What the running task has entered last. Where coroutines share the thread, what the others have
 * entered is not its context; one that has entered nothing is under the context that it started
 * with.
 */
static void show_current(const struct runtime_thread *self)
{
    if (!recording())
        return;
    uint64_t task_id = record_self_id();
    for (uint32_t i = self->entered_count; i > 0; i--) {
        const struct entered *entered = &self->entered[i - 1];
        if (entered->task_id != task_id && entered->task_id != 0)
            continue;
        record_task_current(context_record_surrounding(entered->context));
        return;
    }
    if (self->entered_count == 0)
        record_task_current(context_record_surrounding(&node_background));
    else
        record_task_current_as_started();
}

ctxt_t *ctxt_enter(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return NULL;
    struct runtime_thread *self = thread_self();
    if (!reserve(self))
        abort(); /* a lost entry would make every later leave wrong */
    invariant(self->entered_count < self->entered_room);
    self->entered[self->entered_count++] =
        (struct entered){ctxt_observe(context), recording() ? record_self_id() : 0};
    show_current(self);
    return context;
}

void ctxt_leave(ctxt_t *context)
{
    struct runtime_thread *self = thread_self();
    if (self->entered_count == 0 || self->entered[self->entered_count - 1].context != context) {
        misuse(__func__, context, "the calling task did not enter this context last");
        return;
    }
    self->entered_count--;
    if (self->entered_count == 0)
        give_back(self);
    show_current(self);
    ctxt_unobserve(context);
}
