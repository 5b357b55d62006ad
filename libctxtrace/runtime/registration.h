/*
 * How a child of a custom context hears of its end: by the custom context's own after_func, or by
 * the watcher (watcher.h), which polls its descriptor.
 *
 * A registration has two references, one of the child and one of the callback that is to come. It
 * holds the child and the custom context.
 *
 * The end of the custom context and that of the child itself may come at once: the callback fires
 * in some thread while another, which has ended the child, withdraws it. Who withdraws takes the
 * registration out of the node in one atomic step, so it is withdrawn once. stop() or the watcher
 * says whether the callback was kept from coming. If it was, nobody else will give its reference
 * back, and whoever withdraws gives both; otherwise each gives its own, and the second frees it.
 *
 * The callback may even fire before the node has its registration. Both are exchanges of one word,
 * so one comes after the other and sees what came before it: either the withdrawal finds the
 * registration, or whoever makes the registration finds that the node has ended, and withdraws it.
 */
#ifndef CTXTRACE_RUNTIME_REGISTRATION_H
#define CTXTRACE_RUNTIME_REGISTRATION_H

#include "runtime/node.h"

struct registration {
    struct ctxt *custom; /* held */
    struct ctxt *node;   /* held */
    void *handle;        /* what after_func returned, or the watch */
    bool watched;
    _Atomic uint32_t references;
};

/*
 * Has `fire` called with a registration of the node when the custom context ends. False with errno:
 * out of memory, threads (ENOMEM) or descriptors (EMFILE, ENFILE). No lock is held.
 */
bool registration_make(struct ctxt *custom, struct ctxt *node, void (*fire)(void *registration));

/* The last thing that `fire` does. */
void registration_fired(struct registration *registration);

/* Withdraws the node's, if it has one still. No lock is held. */
void registration_withdraw(struct ctxt *node);

#endif
