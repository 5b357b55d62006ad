/*
 * Deadlines: a heap of contexts, earliest first, and one thread that ends those whose time has
 * come.
 *
 * The heap is 4-ary (shallow, and a node's children share a cache line). A context knows its place
 * in it, so a cancelled one is taken out in logarithmic time. The thread is started with the first
 * deadline and told of a new one only if that is earlier than when it will look anyway; cancelling
 * never wakes it. Each context in the heap has a hold.
 */
#ifndef CTXTRACE_RUNTIME_TIMERS_H
#define CTXTRACE_RUNTIME_TIMERS_H

#include "runtime/node.h"

/*
 * Arms the timer of a new deadline context, or ends it if its time has come already, `now_ns` being
 * a recent reading of the clock. False: out of memory, or the thread could not be started; errno is
 * set.
 */
bool timers_add(struct ctxt *node, int64_t now_ns);

/* Takes it out, if it is in. The node's lock is held. */
void timers_remove(struct ctxt *node);

/* Is it in? Safe for nodes of any kind. */
bool timers_holds(const struct ctxt *node);

#endif
