/*
 * Deadlines that are to come: a heap of contexts, earliest first, at which one thread (deadline.c)
 * waits.
 *
 * The heap is 4-ary (shallow, and a node's children share a cache line). A context knows its place
 * in it, so a cancelled one is taken out in logarithmic time. Each context in the heap has a hold.
 *
 * The thread is woken by a new deadline only if that is earlier than when it will look anyway;
 * cancelling never wakes it. No deadline is overslept, because whenever the lock is free one of two
 * things is so: the thread is going to look at the heap before it sleeps, or `looks_at_ns` is not
 * later than the earliest deadline, and the thread sleeps until then at the latest. It looks and
 * sets `looks_at_ns` under one hold of the lock. Whoever adds an earlier deadline after that sees
 * it, makes it earlier and notifies; the parker keeps a notification that comes before the thread
 * is asleep.
 *
 * A context whose time has come stays in the heap until it has ended (tree_end() takes it out), so
 * a child that is forked in between still has its deadline. It is handed out with a hold, as its
 * owner may cancel and release it meanwhile; whoever then ends it finds that it has ended.
 *
 * Adding takes the node's lock, because a parent may be ending it this very moment: either that has
 * happened, and it is not added, or whoever ends it finds it in the heap.
 */
#ifndef CTXTRACE_RUNTIME_TIMERS_H
#define CTXTRACE_RUNTIME_TIMERS_H

#include "runtime/node.h"

/* Puts a deadline context in, unless it has ended. False with errno: out of memory. */
bool timers_add(struct ctxt *node);

/* Takes it out, if it is in. The node's lock is held. */
void timers_remove(struct ctxt *node);

/* Is it in? Safe for nodes of any kind. */
bool timers_holds(const struct ctxt *node);

/* For one thread alone: sleeps until a context's time has come, and returns it with a hold. */
struct ctxt *timers_wait(void);

/* In a forked child: nobody is waiting; are there any to wait for? */
void timers_fork_child(void);
bool timers_fork_pending(void);

#endif
