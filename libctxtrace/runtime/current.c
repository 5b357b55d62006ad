/* The context that each task is working under. */
#include "runtime/context.h"
#include "runtime/misuse.h"
#include "runtime/node.h"
#include <stdlib.h>
#include <string.h>

ctxt_t *ctxt_current(void)
{
    const struct runtime_thread *self = thread_self();
    return self->entered_count ? self->entered[self->entered_count - 1] : ctxt_background();
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
    uint32_t room = self->entered_room * 2;
    struct ctxt **first = self->entered == self->entered_first ? NULL : self->entered;
    struct ctxt **grown = realloc(first, room * sizeof *grown);
    if (!grown)
        return false;
    if (!first)
        memcpy(grown, self->entered_first, sizeof self->entered_first);
    self->entered = grown;
    self->entered_room = room;
    return true;
}

static void show_current(void)
{
    struct ctxt *current = ctxt_current();
    if (recording())
        record_task_current(node_is_root(current) ? record_slot_id(&current->record)
                                                  : context_record_reference(current));
}

ctxt_t *ctxt_enter(ctxt_t *context)
{
    if (!node_check(context, __func__))
        return NULL;
    struct runtime_thread *self = thread_self();
    if (!reserve(self))
        abort(); /* a lost entry would make every later leave wrong */
    self->entered[self->entered_count++] = ctxt_observe(context);
    show_current();
    return context;
}

void ctxt_leave(ctxt_t *context)
{
    struct runtime_thread *self = thread_self();
    if (self->entered_count == 0 || self->entered[self->entered_count - 1] != context) {
        misuse(__func__, context, "the calling task did not enter this context last");
        return;
    }
    self->entered_count--;
    show_current();
    ctxt_unobserve(context);
}
