#include "runtime/tree.h"

#include "base/invariant.h"
#include "runtime/cause.h"
#include "runtime/done_fd.h"
#include "runtime/executor.h"
#include "runtime/registration.h"
#include "runtime/timers.h"

#include <errno.h>

/* What one call of tree_end() gathers. */
struct walk {
    struct ctxt *aftermath; /* chained by `next`; each comes with the hold of its link */
    uint32_t epoch;         /* of the recording that is going on, 0 if there is none */
    uint64_t ended_below;
};

/* The line that a node is linked to, NULL if there is none or it is custom. */
static struct ctxt *linked_line(const struct ctxt *node)
{
    struct ctxt *line = node->parent->line;
    return line && line->kind != CONTEXT_CUSTOM ? line : NULL;
}

static void push_child(struct ctxt *line, struct ctxt *node)
{
    invariant(lock_is_held(&line->lock));
    invariant(!node->linked && node != line);
    invariant(!line->children || !line->children->previous);
    node->previous = NULL;
    node->next = line->children;
    if (line->children)
        line->children->previous = node;
    line->children = node;
    node->linked = true;
}

static void remove_child(struct ctxt *line, struct ctxt *node)
{
    invariant(lock_is_held(&line->lock));
    invariant(node->linked && (node->previous || line->children == node));
    invariant(!node->previous || node->previous->next == node);
    invariant(!node->next || node->next->previous == node);
    if (node->previous)
        node->previous->next = node->next;
    else
        line->children = node->next;
    if (node->next)
        node->next->previous = node->previous;
    node->linked = false;
}

/* The state that a child of an ended line is born in, or ends with. */
static struct ending inherited(struct ctxt *line)
{
    invariant(node_ended(line));
    uint32_t state = atomic_load_explicit(&line->state, memory_order_acquire);
    bool timed_out = state == NODE_ENDING_TIMED_OUT || state == NODE_TIMED_OUT;
    return (struct ending){timed_out ? NODE_ENDING_TIMED_OUT : NODE_ENDING_CANCELED,
                           node_cause(line), ENDED_BY_PARENT, NULL, false};
}

void tree_link(struct ctxt *line, struct ctxt *node)
{
    ranked_lock_take(&line->lock, LOCK_OF_CONTEXT);
    bool open = node_announce(line);
    if (open) {
        push_child(line, node);
        invariant(atomic_load(&node->holds) == 1);
        atomic_store_explicit(&node->holds, 2, memory_order_relaxed); /* nobody else has it yet */
    }
    ranked_lock_release(&line->lock, LOCK_OF_CONTEXT);
    if (open)
        return;
    struct ending ending = inherited(line);
    ending.born_ended = true;
    tree_end(node, &ending);
}

bool tree_is_known(struct ctxt *node)
{
    if (node->registration || timers_holds(node))
        return true;
    struct ctxt *line = linked_line(node);
    if (!line)
        return false;
    /* A node that is being ended is out of the list for a moment, but only under this lock. */
    ranked_lock_take(&line->lock, LOCK_OF_CONTEXT);
    bool known = node->linked || node_ended(node);
    ranked_lock_release(&line->lock, LOCK_OF_CONTEXT);
    return known;
}

void tree_unlink(struct ctxt *node)
{
    struct ctxt *line = linked_line(node);
    if (!line) {
        if (node->parent->line)
            registration_withdraw(node);
        return;
    }
    ranked_lock_take(&line->lock, LOCK_OF_CONTEXT);
    bool linked = node->linked;
    if (linked)
        remove_child(line, node);
    ranked_lock_release(&line->lock, LOCK_OF_CONTEXT);
    if (linked)
        node_drop(node);
}

/* Ends one node, whose lock is held and which is OPEN. */
static void end_one(struct ctxt *node, const struct ending *ending)
{
    invariant(lock_is_held(&node->lock) && !node->cause);
    invariant(atomic_load(&node->state) == NODE_OPEN);
    invariant(ending->state == NODE_ENDING_CANCELED || ending->state == NODE_ENDING_TIMED_OUT);
    if (!ending->cause->is_static)
        node->cause = cause_ref(ending->cause);
    atomic_store(&node->state, ending->state);
    done_fd_complete_end(node);
    if (node->kind == CONTEXT_DEADLINE)
        timers_remove(node);
    if (node->waiters.first)
        waiter_wake_all(&node->waiters,
                        ending->state == NODE_ENDING_TIMED_OUT ? ETIMEDOUT : ECANCELED);
}

static void record_end(struct ctxt *node, const struct ending *ending,
                       const struct record_moment *moment)
{
    struct record_end end = {
        .state = ending->state == NODE_ENDING_TIMED_OUT ? CONTEXT_TIMED_OUT : CONTEXT_CANCELED,
        .how = ending->how,
        .born_ended = ending->born_ended,
        .code = ending->cause->public_cause.code,
        .text = ending->cause->is_static ? NULL : ending->cause->text,
    };
    record_context_ended(&node->record, moment, &end);
}

/* A plain cancel ends a context that nobody waits for in one step, without its lock. */
static bool end_in_one_step(struct ctxt *node, const struct ending *ending)
{
    uint32_t alone = NODE_ALONE;
    return node->kind == CONTEXT_CANCEL && ending->cause == &cause_canceled &&
           atomic_compare_exchange_strong_explicit(&node->state, &alone, NODE_CANCELED,
                                                   memory_order_acq_rel, memory_order_relaxed);
}

static void leave_for_aftermath(struct walk *walk, struct ctxt *node)
{
    node->next = walk->aftermath;
    walk->aftermath = node;
}

static void count_end(struct walk *walk, const struct ctxt *node)
{
    walk->ended_below += walk->epoch && record_slot_epoch(&node->record) == walk->epoch;
}

/*
 * Ends everything below `top`, whose lock is held. A child that is taken out of the list brings the
 * hold of its link with it, so it lives until the aftermath.
 */
static void end_below(struct ctxt *top, const struct ending *ending, struct walk *walk)
{
    struct ctxt *at = top;
    for (;;) {
        struct ctxt *child = at->children;
        if (child) {
            remove_child(at, child);
            if (end_in_one_step(child, ending)) {
                count_end(walk, child);
                leave_for_aftermath(walk, child);
                continue;
            }
            ranked_lock_take(&child->lock, LOCK_OF_CONTEXT);
            if (node_announce(child)) {
                end_one(child, ending);
                count_end(walk, child);
                at = child; /* down, keeping its lock */
                continue;
            }
            /* It has ended by itself and is about to take itself out. */
            ranked_lock_release(&child->lock, LOCK_OF_CONTEXT);
            leave_for_aftermath(walk, child);
            continue;
        }
        if (at == top)
            return;
        struct ctxt *up = at->parent->line;
        ranked_lock_release(&at->lock, LOCK_OF_CONTEXT);
        leave_for_aftermath(walk, at);
        at = up;
    }
}

static void start_after_function(struct ctxt *node)
{
    if (node->kind == CONTEXT_AFTER_FUNC && !node->stopped)
        executor_start(node);
}

static void do_aftermath(struct walk *walk)
{
    while (walk->aftermath) {
        struct ctxt *node = walk->aftermath;
        walk->aftermath = node->next;
        invariant(node_ended(node));
        start_after_function(node);
        node_drop(node);
    }
}

bool tree_end(struct ctxt *node, const struct ending *ending)
{
    struct walk walk = {.epoch = record_epoch()};
    if (!recording() && end_in_one_step(node, ending)) {
        tree_unlink(node);
        return true;
    }
    /* Captured before the lock is taken: unwinding can take locks of the loader. */
    struct record_moment moment = {0};
    if (recording())
        record_moment_now(&moment, ending->site);
    ranked_lock_take(&node->lock, LOCK_OF_CONTEXT);
    if (!node_announce(node)) {
        ranked_lock_release(&node->lock, LOCK_OF_CONTEXT);
        return false;
    }
    /*
     * Before anybody can notice it: an owner who sees the end may let go at once, and a recording
     * that shows no owner and no end tells of a lost cancel.
     */
    if (recording())
        record_end(node, ending, &moment);
    end_one(node, ending);
    if (node->children)
        end_below(node, ending, &walk);
    invariant(!node->children && !node->waiters.first);
    ranked_lock_release(&node->lock, LOCK_OF_CONTEXT);
    if (walk.ended_below)
        record_contexts_ended_below(walk.ended_below);
    start_after_function(node);
    tree_unlink(node);
    do_aftermath(&walk);
    return true;
}
