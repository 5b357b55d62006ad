#include "runtime/node.h"

#include "base/invariant.h"
#include "runtime/done_fd.h"
#include "runtime/misuse.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Memory. Nodes come from chunks that are never given back and hold nothing but nodes, so that
 * the first word of a node that was freed can still be read: a use after the last reference is told
 * from a live node by its magic, as long as the node has not been reused. Each thread keeps some
 * free nodes to itself and exchanges them with a common stock by the batch. That cache is changed
 * outside of critical sections, so another thread may fork at any point of it. The child finds the
 * chain whole, perhaps without the nodes that were on their way; their count it makes anew.
 */
enum { CHUNK_BYTES = 256 * 1024, BATCH = 64, CACHE_MOST = 2 * BATCH };

static struct lock stock_lock;
/* Batches, each a chain by `next`; the heads are chained by `children` and count in `holds`. */
static struct ctxt *stock;

struct cause cause_canceled = {{ECANCELED, "context canceled"}, 0, true, 0};
struct cause cause_timed_out = {{ETIMEDOUT, "context deadline exceeded"}, 0, true, 0};

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

/* ---- memory ---- */

/* A new chunk as a chain of free nodes; NULL when there is no memory. */
static struct ctxt *new_chunk(uint32_t *count)
{
    enum { PER_CHUNK = CHUNK_BYTES / sizeof(struct ctxt) };
    struct ctxt *chunk =
        mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return NULL;
    for (uint32_t i = 0; i < PER_CHUNK; i++) {
        chunk[i].magic = NODE_FREED;
        chunk[i].next = i + 1 < PER_CHUNK ? &chunk[i + 1] : NULL;
    }
    *count = PER_CHUNK;
    return chunk;
}

static bool refill(struct runtime_thread *self)
{
    invariant(!self->free_nodes && self->free_node_count == 0);
    leaf_lock_take(&stock_lock);
    struct ctxt *batch = stock;
    if (batch)
        stock = batch->children;
    leaf_lock_release(&stock_lock);
    uint32_t count = batch ? atomic_load_explicit(&batch->holds, memory_order_relaxed) : 0;
    if (!batch)
        batch = new_chunk(&count);
    if (!batch)
        return false;
    invariant(count > 0 && batch->magic == NODE_FREED);
    self->free_nodes = batch;
    self->free_node_count = count;
    return true;
}

/* Moves up to BATCH nodes from the cache into the stock. */
static void give_batch(struct runtime_thread *thread)
{
    invariant(thread->free_nodes && thread->free_node_count > 0);
    struct ctxt *first = thread->free_nodes, *last = first;
    uint32_t count = 1;
    for (; count < BATCH && last->next; count++)
        last = last->next;
    thread->free_nodes = last->next;
    thread->free_node_count -= count;
    invariant((thread->free_nodes != NULL) == (thread->free_node_count > 0));
    last->next = NULL;
    atomic_store_explicit(&first->holds, count, memory_order_relaxed);
    leaf_lock_take(&stock_lock);
    first->children = stock;
    stock = first;
    leaf_lock_release(&stock_lock);
}

void node_cache_give_back(struct runtime_thread *thread)
{
    while (thread->free_nodes)
        give_batch(thread);
}

void node_cache_inherit(struct runtime_thread *gone)
{
    gone->free_node_count = 0;
    for (const struct ctxt *node = gone->free_nodes; node; node = node->next)
        gone->free_node_count++;
    node_cache_give_back(gone);
}

uint64_t node_count(void)
{
    uint64_t made = 0, freed = 0;
    for (struct runtime_thread *t = thread_first(); t; t = t->next) {
        /* Freed first: a node made and freed in between then counts as alive, never as -1. */
        freed += atomic_load_explicit(&t->nodes_freed, memory_order_relaxed);
        made += atomic_load_explicit(&t->nodes_made, memory_order_relaxed);
    }
    return made > freed ? made - freed : 0;
}

static void count_one(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static void recycle(struct ctxt *node)
{
    invariant(node->magic == NODE_ALIVE && atomic_load(&node->holds) <= 1);
    struct runtime_thread *self = thread_self();
    count_one(&self->nodes_freed);
    node->magic = NODE_FREED;
    if (misuse_debug())
        return; /* never used again, so that a late use is recognised whenever it comes */
    node->next = self->free_nodes;
    atomic_thread_fence(memory_order_release); /* the chain is whole in a forked child */
    self->free_nodes = node;
    if (++self->free_node_count >= CACHE_MOST)
        give_batch(self);
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
    if (!self->free_nodes && !refill(self)) {
        errno = ENOMEM;
        return NULL;
    }
    struct ctxt *node = self->free_nodes;
    invariant(node->magic == NODE_FREED && self->free_node_count > 0);
    self->free_nodes = node->next;
    atomic_thread_fence(memory_order_release); /* before it is anything but free */
    self->free_node_count--;
    count_one(&self->nodes_made);
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

/* ---- causes ---- */

struct cause *node_cause(const struct ctxt *node)
{
    if (node->cause)
        return node->cause;
    uint32_t state = atomic_load_explicit(&node->state, memory_order_relaxed);
    invariant(state > NODE_OPEN && state != NODE_ASK);
    bool timed_out = state == NODE_ENDING_TIMED_OUT || state == NODE_TIMED_OUT;
    return timed_out ? &cause_timed_out : &cause_canceled;
}

/* With room for a text of this length, which is still to be written. */
static struct cause *cause_with_room(int code, size_t length)
{
    struct cause *cause = malloc(sizeof *cause + length + 1);
    if (!cause)
        return NULL;
    cause->public_cause = (ctxt_cause_t){code, cause->text};
    atomic_init(&cause->references, 1);
    cause->is_static = false;
    cause->error = 0;
    cause->text[0] = '\0';
    return cause;
}

struct cause *cause_with_text(int code, const char *text)
{
    struct cause *cause = cause_with_room(code, strlen(text));
    if (cause)
        strcpy(cause->text, text);
    return cause;
}

struct cause *cause_new(int code, const char *format, va_list arguments)
{
    enum { USUAL = 256 };
    char usual[USUAL] = "";
    if (!format) {
        snprintf(usual, sizeof usual, "code %d", code);
        return cause_with_text(code, usual);
    }
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(usual, sizeof usual, format, arguments);
    struct cause *cause;
    if (length < USUAL) {
        cause = cause_with_text(code, usual);
    } else {
        cause = cause_with_room(code, (size_t)length);
        if (cause)
            vsnprintf(cause->text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return cause;
}

struct cause *cause_ref(struct cause *cause)
{
    if (!cause->is_static)
        atomic_fetch_add_explicit(&cause->references, 1, memory_order_relaxed);
    return cause;
}

void cause_unref(struct cause *cause)
{
    if (cause && !cause->is_static &&
        atomic_fetch_sub_explicit(&cause->references, 1, memory_order_acq_rel) == 1)
        free(cause);
}
