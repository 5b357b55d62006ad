/*
 * Notices clients that hang up while their requests are being worked on, and cancels those.
 *
 * The thread that works on a request cannot look at its socket at the same time: it may be in the
 * middle of a query. So one task watches the sockets of all running requests with epoll.
 *
 * A client that only closes its sending half counts as gone, too, as with most HTTP servers.
 */
#ifndef ORDERS_HANGUP_H
#define ORDERS_HANGUP_H

#include <ctxtrace/ctxtrace.h>

struct hangup_watcher;

/* One watched socket; lives in the request. */
struct hangup_watch {
    int socket;
    ctxt_t *context;
    int64_t noticed_ns; /* when the client was seen to be gone; 0: it was not */
};

/* Starts the task, which ends with `server`. NULL with errno. */
struct hangup_watcher *hangup_start(ctxt_t *server);
/* Waits for the task, whose context must have ended, and frees the watcher. NULL does nothing. */
void hangup_stop(struct hangup_watcher *watcher);

/*
 * From now on `context` is cancelled when the peer of `socket` hangs up. Both must live until
 * hangup_forget(). 0 or an error number. Any thread may call these two.
 */
int hangup_watch(struct hangup_watcher *watcher, struct hangup_watch *watch, int socket,
                 ctxt_t *context);
/* When this returns, the watcher knows neither the socket nor the context any more. */
void hangup_forget(struct hangup_watcher *watcher, struct hangup_watch *watch);

#endif
