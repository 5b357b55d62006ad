#include "runtime/node.h"

#include "base/invariant.h"
#include "runtime/cause.h"
#include "runtime/done_fd.h"
#include "runtime/misuse.h"
#include "runtime/node_pool.h"

#include <errno.h>

struct ctxt node_background = {.magic = NODE_ALIVE,
                               .kind = CONTEXT_BACKGROUND,
                               .references = OWNER,
                               .holds = 1,
                               .done_fd = NO_DONE_FD,
                               .deadline_ns = CTXT_NEVER};
struct ctxt node_todo = {.magic = NODE_ALIVE,
                         .kind = CONTEXT_TODO,
                         .references = OWNER,
                         .holds = 1,
                         .done_fd = NO_DONE_FD,
                         .deadline_ns = CTXT_NEVER};

uint64_t node_count(void)
{
    uint64_t made = 0, freed = 0;
    for (struct runtime_thread *t = thread_record_first(); t; t = t->next) {
        /* Freed first: a node made and freed in between then counts as alive, never as -1. */
        freed += atomic_load_explicit(&t->nodes_freed, memory_order_relaxed);
        made += atomic_load_explicit(&t->nodes_made, memory_order_relaxed);
    }
    return made > freed ? made - freed : 0;
}

static void recycle(struct ctxt *node)
{
    invariant(node->magic == NODE_ALIVE && atomic_load(&node->holds) <= 1);
    struct runtime_thread *self = thread_self();
    node_pool_count(&self->nodes_freed);
    node->magic = NODE_FREED;
    if (!misuse_debug()) /* then never used again, so a late use is recognised whenever it comes */
        node_pool_give(self, node);
}

/* Word by word: a memset of the whole node costs more than everything else about making one. */
static void initialise(struct ctxt *node, uint8_t kind, struct ctxt *parent)
{
    atomic_init(&node->state, NODE_ALONE);
    atomic_init(&node->lock.word, 0);
    node->kind = kind;
    node->linked = false;
    node->stopped = false;
    node->children = NULL;
    node->waiters.first = node->waiters.last = NULL;
    node->cause = NULL;
    node->record = (struct record_slot){0};
    node->parent = parent;
    node->line = parent->line;
    node->values = parent->values;
    atomic_init(&node->references, OWNER);
    atomic_init(&node->holds, 1);
    atomic_init(&node->done_fd, NO_DONE_FD);
    node->deadline_ns = parent->deadline_ns;
    atomic_init(&node->registration, NULL);
    node->deadline.timeout_cause = NULL;
    node->deadline.timer_place = 0;
    node->magic = NODE_ALIVE;
}

struct ctxt *node_new(uint8_t kind, struct ctxt *parent)
{
    invariant(parent->magic == NODE_ALIVE && kind > CONTEXT_TODO && kind < CONTEXT_KIND_COUNT);
    struct runtime_thread *self = thread_self();
    recording(); /* a forked child begins here: its first node is none that it has inherited */
    struct ctxt *node = node_pool_take(self);
    if (!node) {
        errno = ENOMEM;
        return NULL;
    }
    initialise(node, kind, parent);
    node_hold(parent);
    return node;
}

void node_hold(struct ctxt *node)
{
    invariant(node->magic == NODE_ALIVE);
    if (node_is_root(node))
        return;
    uint32_t before = atomic_fetch_add_explicit(&node->holds, 1, memory_order_relaxed);
    invariant(before > 0);
}

/* What only some kinds have. */
static void release_particulars(struct ctxt *node)
{
    if (node->kind == CONTEXT_DEADLINE)
        cause_unref(node->deadline.timeout_cause);
    if (node->kind == CONTEXT_VALUE && node->value.destroy)
        node->value.destroy(node->value.value);
    if (node->kind != CONTEXT_CUSTOM)
        return;
    cause_unref(atomic_load_explicit(&node->custom.cause, memory_order_relaxed));
    if (node->custom.ops->destroy)
        node->custom.ops->destroy(node->custom.self);
}

/* Returns the parent, whose hold the caller then has to drop. */
static struct ctxt *release(struct ctxt *node)
{
    struct ctxt *parent = node->parent;
    invariant(node->magic == NODE_ALIVE && !node->linked);
    invariant(!node->children && !node->waiters.first); /* each has a hold */
    invariant(!atomic_load(&node->registration));
    invariant(node->kind != CONTEXT_DEADLINE || node->deadline.timer_place == 0);
    if (record_slot_epoch(&node->record))
        record_context_released(&node->record, node_ended(node));
    if (atomic_load_explicit(&node->done_fd, memory_order_relaxed) != NO_DONE_FD)
        done_fd_close(node);
    cause_unref(node->cause);
    if (node->kind != CONTEXT_CANCEL)
        release_particulars(node);
    recycle(node);
    return parent;
}

void node_drop(struct ctxt *node)
{
    /* A loop, not a recursion: chains can be a million deep. */
    while (!node_is_root(node)) {
        /* Alone with the node: nobody else can change its holds, which saves the atomic operation.
         */
        if (atomic_load_explicit(&node->holds, memory_order_acquire) != 1 &&
            atomic_fetch_sub_explicit(&node->holds, 1, memory_order_acq_rel) != 1)
            return;
        node = release(node);
    }
}

bool node_check_slowly(const struct ctxt *node, const char *function)
{
    if (!node)
        misuse(function, NULL, "the context is NULL");
    else if (node->magic == NODE_FREED)
        misuse(function, node, "the context at %p was used after its last reference was given back",
               (const void *)node);
    else
        misuse(function, node, "there is no context at %p", (const void *)node);
    return false;
}

bool node_check_parent(const struct ctxt *parent, const char *function)
{
    if (parent)
        return node_check(parent, function);
    misuse(function, NULL, "cannot create context from nil parent");
    return false;
}

int node_err(const struct ctxt *node)
{
    if (node->kind == CONTEXT_CUSTOM && node->custom.ops->err)
        return node->custom.ops->err(node->custom.self);
    const struct ctxt *line = node->line;
    if (!line)
        return 0;
    switch (atomic_load_explicit(&line->state, memory_order_acquire)) {
    case NODE_ALONE:
    case NODE_OPEN:
        return 0;
    case NODE_ENDING_CANCELED:
    case NODE_ENDING_TIMED_OUT:
        done_fd_complete_end((struct ctxt *)(uintptr_t)line);
        return node_err(node);
    case NODE_CANCELED:
        return line->cause && line->cause->error ? line->cause->error : ECANCELED;
    case NODE_TIMED_OUT:
        return ETIMEDOUT;
    default:
        break;
    }
    invariant(line->kind == CONTEXT_CUSTOM && line->custom.ops->done_fd);
    return line->custom.ops->err ? line->custom.ops->err(line->custom.self)
                                 : node_err(line->parent);
}

struct cause *node_cause(const struct ctxt *node)
{
    if (node->cause)
        return node->cause;
    uint32_t state = atomic_load_explicit(&node->state, memory_order_relaxed);
    invariant(state > NODE_OPEN && state != NODE_ASK);
    bool timed_out = state == NODE_ENDING_TIMED_OUT || state == NODE_TIMED_OUT;
    return timed_out ? &cause_timed_out : &cause_canceled;
}
