#include "runtime/node_pool.h"

#include "base/invariant.h"
#include "runtime/critical.h"
#include "runtime/lock_order.h"

#include <sys/mman.h>

enum { CHUNK_BYTES = 256 * 1024 };

static struct lock stock_lock;
/* Batches, each a chain by `next`; the heads are chained by `children` and count in `holds`. */
static struct ctxt *stock;

static void lock_stock(struct runtime_thread *self)
{
    critical_enter(self);
    lock_assert_order(&stock_lock, LOCK_LEAF, &self->held);
    lock_take(&stock_lock);
}

static void unlock_stock(struct runtime_thread *self)
{
    lock_note_release(LOCK_LEAF, &self->held);
    lock_release(&stock_lock);
    critical_leave(self);
}

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

bool node_pool_refill(struct runtime_thread *self)
{
    invariant(!self->free_nodes && self->free_node_count == 0);
    lock_stock(self);
    struct ctxt *batch = stock;
    if (batch)
        stock = batch->children;
    unlock_stock(self);
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

/* Moves up to a batch from the cache into the stock. */
void node_pool_give_batch(struct runtime_thread *self, struct runtime_thread *from)
{
    invariant(from->free_nodes && from->free_node_count > 0);
    struct ctxt *first = from->free_nodes, *last = first;
    uint32_t count = 1;
    for (; count < NODE_BATCH && last->next; count++)
        last = last->next;
    from->free_nodes = last->next;
    from->free_node_count -= count;
    invariant((from->free_nodes != NULL) == (from->free_node_count > 0));
    last->next = NULL;
    atomic_store_explicit(&first->holds, count, memory_order_relaxed);
    lock_stock(self);
    first->children = stock;
    stock = first;
    unlock_stock(self);
}

void node_pool_give_all(struct runtime_thread *self, struct runtime_thread *from)
{
    while (from->free_nodes)
        node_pool_give_batch(self, from);
}

void node_pool_inherit(struct runtime_thread *self, struct runtime_thread *gone)
{
    gone->free_node_count = 0;
    for (const struct ctxt *node = gone->free_nodes; node; node = node->next)
        gone->free_node_count++;
    node_pool_give_all(self, gone);
}
