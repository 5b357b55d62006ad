/*
 * A context as the library sees it: one node of the tree.
 *
 * Lines. A node's `line` is the nearest node at or above it whose end is its own end: for a value
 * context its parent's line, for a cancellable one itself, NULL for what never ends. A line can be
 * a custom context with a Done of its own; its state is then to be asked for. Cancellable nodes are
 * linked as children to the line of their parent, unless that is NULL (nothing to link to) or
 * custom (a registration or a watcher stands in for the link).
 *
 * State. One word:
 *
 *     ALONE ──▶ OPEN ──▶ ENDING (cancelled or timed out) ──▶ CANCELED or TIMED_OUT
 *       └───────────────────────────────────────────────────────▶ CANCELED
 *
 * ALONE is an open node that nobody waits for yet: no child, no waiter, no descriptor. Whoever is
 * about to become one of these first moves the state on to OPEN (node_announce). Cancelling a node
 * that is ALONE is one atomic step. One that is OPEN is ended under its lock, the cause being
 * stored before the state; NULL stands for the cause that goes without saying. ENDING lasts while
 * the done descriptor, if there is one, is being signalled. Whoever reads ENDING signals it
 * himself, which does no harm twice, and moves the state on; so nobody ever gets an error from a
 * context whose descriptor is not readable yet.
 *
 * References. `references` counts owners and observers. `holds` counts what keeps the memory: one
 * for all references together, one for each child, one while the node is linked to its parent's
 * line, one while a timer or a registration knows it. At 0 it is freed.
 *
 * A cancellable node that is still open when its last reference goes is a lost cancel; if nothing
 * is linked to it either (a child of background), it would be freed as Go's garbage collector would
 * free it. It is kept instead, so that it can be shown: the hold of the references is not given
 * back.
 */
#ifndef CTXTRACE_RUNTIME_NODE_H
#define CTXTRACE_RUNTIME_NODE_H

#include "record/record.h"
#include "runtime/ranked_lock.h"
#include "runtime/waiter.h"

#include <ctxtrace/context.h>

enum node_state {
    NODE_ALONE,
    NODE_OPEN,
    NODE_ENDING_CANCELED,
    NODE_ENDING_TIMED_OUT,
    NODE_CANCELED,
    NODE_TIMED_OUT,
    NODE_ASK /* a custom context: its own methods know */
};

/* The fixed bits of a node's life. */
enum node_magic { NODE_ALIVE = 0x43545854, NODE_FREED = 0x64656164 };

#define OWNER    UINT64_C(1)
#define OBSERVER (UINT64_C(1) << 32)

struct cause;
struct registration;

struct node_custom {
    const ctxt_ops_t *ops;
    void *self;
    struct cause *_Atomic cause; /* an error of its own as a cause, once it was asked for */
};

struct node_value {
    struct ctxt *next; /* the nearest value or custom node above */
    const ctxt_key_t *key;
    void *value;
    void (*destroy)(void *);
};

struct node_after {
    void (*function)(void *);
    void *argument;
};

struct ctxt {
    /* what the end of a context touches: the first cache line */
    uint32_t magic;
    _Atomic uint32_t state;
    struct lock lock;
    uint8_t kind; /* enum context_kind */
    bool linked;  /* is in its parent's line's list of children; under that line's lock */
    bool stopped; /* after-functions: under the lock */
    struct ctxt *children;
    struct ctxt *next,
        *previous; /* siblings; `next` also chains nodes that await their aftermath */
    struct waiter_list waiters;
    struct cause
        *cause; /* set before the state is ENDING; NULL: the one that goes without saying */

    /* what making and freeing touches */
    struct record_slot record;
    struct ctxt *parent;
    struct ctxt *line;
    struct ctxt *values; /* the nearest value or custom node at or above */
    _Atomic uint64_t references;
    _Atomic uint32_t holds;
    _Atomic int32_t done_fd; /* NO_DONE_FD until asked for */
    int64_t deadline_ns;     /* effective; CTXT_NEVER */

    /* what only some kinds have */
    union {
        struct node_value value;
        struct node_custom custom;
        struct node_after after;
        struct {
            struct cause *timeout_cause; /* deadline contexts; NULL: the default */
            uint32_t timer_place; /* in the heap, from 1; 0: not in it. Under the timers' lock */
        } deadline;
    };
    struct registration *_Atomic registration;    /* with a custom line; see custom.c */
    struct ctxt *next_with_fd, *previous_with_fd; /* nodes with a descriptor; see done_fd.c */
};

#define NO_DONE_FD (-1)

extern struct ctxt node_background, node_todo;

/* A node of this kind below `parent`, with one owner and a hold on its parent; NULL: ENOMEM. */
struct ctxt *node_new(uint8_t kind, struct ctxt *parent);

void node_hold(struct ctxt *node);
/* Gives holds back; frees the node at 0, and then its parent's hold. No lock may be held. */
void node_drop(struct ctxt *node);

/* The node, if it is alive; otherwise reports misuse of `function` and returns false. */
bool node_check_slowly(const struct ctxt *node, const char *function);
static inline bool node_check(const struct ctxt *node, const char *function)
{
    if (__builtin_expect(node && node->magic == NODE_ALIVE, 1))
        return true;
    return node_check_slowly(node, function);
}
/* The same for a parent, in Go's words. */
bool node_check_parent(const struct ctxt *parent, const char *function);

static inline bool node_is_root(const struct ctxt *node)
{
    return node->kind <= CONTEXT_TODO;
}

static inline bool node_is_cancellable(const struct ctxt *node)
{
    return node->kind == CONTEXT_CANCEL || node->kind == CONTEXT_DEADLINE ||
           node->kind == CONTEXT_AFTER_FUNC;
}

/*
 * 0, ECANCELED, ETIMEDOUT, or what a custom context at or above it has ended with; completes an end
 * that is under way. Safe in signal handlers.
 */
int node_err(const struct ctxt *node);

/* Is it past OPEN? Only for nodes that are not custom. */
static inline bool node_ended(const struct ctxt *node)
{
    return atomic_load_explicit(&node->state, memory_order_acquire) > NODE_OPEN;
}

/*
 * Makes sure that the node is not ALONE: from now on it is ended under its lock. False: it has
 * ended.
 */
static inline bool node_announce(struct ctxt *node)
{
    uint32_t state = atomic_load_explicit(&node->state, memory_order_acquire);
    if (state == NODE_ALONE &&
        atomic_compare_exchange_strong_explicit(&node->state, &state, NODE_OPEN,
                                                memory_order_acq_rel, memory_order_acquire))
        return true;
    return state == NODE_OPEN;
}

/* Why it ended. Only for nodes that have. */
struct cause *node_cause(const struct ctxt *node);

/* Contexts that exist right now, roots excepted. */
uint64_t node_count(void);

#endif
