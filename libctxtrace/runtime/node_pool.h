/*
 * The memory of nodes.
 *
 * It comes in chunks that are never given back and hold nothing but nodes, so that the first word
 * of a node that was freed can still be read: a use after the last reference is told from a live
 * node by its magic, as long as the node has not been reused. Each thread keeps some free nodes to
 * itself and exchanges them with a common stock by the batch.
 *
 * A thread changes its cache without a lock and outside of critical sections, so another may fork
 * at any point of it. Each change is one store to the head of a chain, ordered by a fence: a node
 * is out of the chain before it is anything but free, and its `next` is set before it is in. So the
 * child finds the chain whole, perhaps without the nodes that were on their way, which are lost;
 * only the count can be wrong, and is made again (node_pool_inherit). The stock is changed under
 * its lock, which no other thread holds when the process is copied.
 *
 * This lies below thread.h, because the end of a thread gives its cache back: whoever calls hands
 * in the record of the calling thread.
 */
#ifndef CTXTRACE_RUNTIME_NODE_POOL_H
#define CTXTRACE_RUNTIME_NODE_POOL_H

#include "runtime/node.h"
#include "runtime/thread_record.h"

enum { NODE_BATCH = 64, NODE_CACHE_MOST = 2 * NODE_BATCH };

/* What is left to do when a cache is empty (false: there is no memory) or too full. */
bool node_pool_refill(struct runtime_thread *self);
void node_pool_give_batch(struct runtime_thread *self, struct runtime_thread *from);

static inline void node_pool_count(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

/* A node that nothing but `magic` is known of; NULL: there is no memory. */
static inline struct ctxt *node_pool_take(struct runtime_thread *self)
{
    if (!self->free_nodes && !node_pool_refill(self))
        return NULL;
    struct ctxt *node = self->free_nodes;
    invariant(node->magic == NODE_FREED && self->free_node_count > 0);
    self->free_nodes = node->next;
    atomic_thread_fence(memory_order_release); /* before it is anything but free */
    self->free_node_count--;
    node_pool_count(&self->nodes_made);
    return node;
}

/* Gives a node back that has been marked as freed. */
static inline void node_pool_give(struct runtime_thread *self, struct ctxt *node)
{
    invariant(node->magic == NODE_FREED);
    node->next = self->free_nodes;
    atomic_thread_fence(memory_order_release); /* the chain is whole in a forked child */
    self->free_nodes = node;
    if (++self->free_node_count >= NODE_CACHE_MOST)
        node_pool_give_batch(self, self);
}

/* Gives a cache to everybody: when its thread ends. */
void node_pool_give_all(struct runtime_thread *self, struct runtime_thread *from);
/* The same for a thread that a fork has left behind, perhaps between its chain and the count. */
void node_pool_inherit(struct runtime_thread *self, struct runtime_thread *gone);

#endif
