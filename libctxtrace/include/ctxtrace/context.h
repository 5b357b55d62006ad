/*
 * Contexts: deadlines, cancellation and request-scoped values that flow down a tree of calls.
 *
 * This is Go's package context for C. Unless said otherwise, the semantics are those of Go's
 * documentation (https://pkg.go.dev/context, Go 1.25); docs/context-semantics.md maps each of its
 * guarantees to the test that holds it.
 *
 * Ownership
 *     A context has owners and observers, which are counted apart. An owner has the duty to cancel
 *     the context when the work is done; an observer only uses it.
 *
 *         owner      ctxt_with_*() returns the first; ctxt_ref() makes another;  ctxt_unref()
 *         observer   ctxt_observe() makes one;                                   ctxt_unobserve()
 *
 *     When the last owner of a context that can be cancelled goes without having cancelled it, the
 *     cancel is lost: nobody but its parent and its deadline can end it any more. Such a context
 *     stays linked to its parent, as it would in Go, and ctxtrace reports it.
 *     A call needs a reference that lasts until it returns. A thread that cancels a context which
 *     another one waits for, and then gives back, therefore holds a reference of its own.
 *     A context keeps its parents alive, so a parent may be unreferenced before its children.
 *     Background and todo need no references; counting them does nothing.
 *     The memory of contexts is taken from a store that is kept: what was freed serves the next
 *     context, and is never given back to the system.
 *
 * Errors
 *     Functions that make something return NULL and set errno when there is no memory for it, or no
 *     thread of the library's own for what needs one (ENOMEM); below a custom context with a Done
 * of its own also when there is no descriptor (EMFILE, ENFILE). In Go none of this can fail.
 *     Passing NULL for a parent or for the key of a new value, a context that is no longer alive,
 * or giving back one reference too many is misuse: see ctxt_set_misuse_handler() in
 *     <ctxtrace/trace.h>. By default it prints what happened and where, and aborts, as Go panics.
 *
 * Threads and signals
 *     Every function may be called by any number of threads at once, also on the same context.
 *     ctxt_err(), ctxt_deadline(), ctxt_value() and ctxt_now() may be called from a signal handler;
 *     the others may not.
 *     No function calls back into the program while it holds a lock of the library.
 */
#ifndef CTXTRACE_CONTEXT_H
#define CTXTRACE_CONTEXT_H

#include <ctxtrace/base.h>

CTXT_BEGIN_C

typedef struct ctxt ctxt_t;

/* ---- roots ---- */

/* Never ends, has no deadline and no values. The root of main, initialisation and tests. */
CTXT_API ctxt_t *ctxt_background(void);
/* The same, for where it is not yet clear which context to use. */
CTXT_API ctxt_t *ctxt_todo(void);

/* ---- deriving ---- */

/*
 * A context that ends when it is cancelled or when its parent ends, whichever is first. If the
 * parent has ended already it is returned ended, with the parent's error and cause.
 */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_cancel(ctxt_t *parent);

/*
 * A context that also ends at a time: `deadline_ns` on the monotonic clock, see ctxt_now(). If the
 * parent's deadline is earlier, this is the same as ctxt_with_cancel(), and the parent's deadline
 * holds. If the time is past the context is returned ended. Cancel it as soon as the work is done:
 * until then its timer and its link to the parent stay.
 */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_deadline(ctxt_t *parent, int64_t deadline_ns);
/* The same, `timeout_ns` from now. */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_timeout(ctxt_t *parent, int64_t timeout_ns);

/*
 * The same, with a cause for when the time runs out (and only then): see ctxt_cause(). It is
 * discarded when the parent's deadline is earlier.
 */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_deadline_cause(ctxt_t *parent, int64_t deadline_ns,
                                                        int code, const char *format, ...)
    CTXT_PRINTF(4, 5);
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_timeout_cause(ctxt_t *parent, int64_t timeout_ns, int code,
                                                       const char *format, ...) CTXT_PRINTF(4, 5);

/* Has the parent's values, but neither its end nor its deadline; it never ends. */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_without_cancel(ctxt_t *parent);

/* ---- values ---- */

/*
 * A key is compared by its address: make it a static object, one for each meaning. CTXT_VALUE()
 * below does that and is typed. `name` is shown by the tools.
 */
typedef struct ctxt_key {
    const char *name;
} ctxt_key_t;

/*
 * A context with a value. The value may be NULL and hides the parent's. When the context is freed
 * (its last reference and its last child are gone), `destroy`, if not NULL, is called with the
 * value, with no lock held, by the thread that has let go last. That may be one of the library's
 * own, and later than the last ctxt_unref(): one that ends a child by its deadline, say, holds it
 * meanwhile.
 * There is nothing to cancel about a value context; it ends with its parent.
 */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_with_value(ctxt_t *parent, const ctxt_key_t *key, void *value,
                                               void (*destroy)(void *value));
/*
 * The value of the nearest context at or above `context` that has this key, or NULL. No context has
 * the key NULL: asking for it gives NULL, as in Go, unless a custom context answers it.
 */
CTXT_API void *ctxt_value(const ctxt_t *context, const ctxt_key_t *key);
/* The same; `found`, if not NULL, tells a NULL value from none. */
CTXT_API void *ctxt_value_found(const ctxt_t *context, const ctxt_key_t *key, bool *found);

/*
 * Defines a typed key, its setter and its getter in one file:
 *
 *     CTXT_VALUE(request_id, const char)
 *
 *     ctxt_t *c = with_request_id(parent, "a42", NULL);
 *     const char *id = get_request_id(c);
 */
#define CTXT_VALUE(name, type)                                                                     \
    static const ctxt_key_t name##_key = {#name};                                                  \
    CTXT_WRAPPER ctxt_t *with_##name(ctxt_t *parent, type *value, void (*destroy)(void *))         \
    {                                                                                              \
        return ctxt_with_value(parent, &name##_key, (void *)(uintptr_t)value, destroy);            \
    }                                                                                              \
    CTXT_WRAPPER type *get_##name(const ctxt_t *context)                                           \
    {                                                                                              \
        return (type *)ctxt_value(context, &name##_key);                                           \
    }

/* ---- ending ---- */

/*
 * Ends the context and everything below it, with the error ECANCELED. When it returns, all of them
 * have ended. Does not wait for work to stop. Later calls, and calls on an ended context, do
 * nothing. Of the kinds that cannot be cancelled (roots, value, without-cancel), it is misuse.
 */
CTXT_API void ctxt_cancel(ctxt_t *context);

/*
 * The same, and says why: a code of the program's own and a text of any length, both to be found by
 * ctxt_cause() here and in every context below that this call ends (the tools show at most 112
 * bytes of it). format NULL: the code alone, whose text is then "code 9", say, as a code has no
 * words of its own; 0 and NULL: no cause, as ctxt_cancel(). Without memory for the cause, the
 * context ends without it.
 */
CTXT_API void ctxt_cancel_cause(ctxt_t *context, int code, const char *format, ...)
    CTXT_PRINTF(3, 4);

/* ---- asking ---- */

/*
 * 0 while open; ECANCELED or ETIMEDOUT, and for ever the same, once ended. At and below a custom
 * context that ends with another error, that error.
 */
CTXT_API int ctxt_err(const ctxt_t *context);

typedef struct {
    int code;         /* as given; the error that ctxt_err() gives when no cause was */
    const char *text; /* never NULL; "context canceled", "context deadline exceeded" by default */
} ctxt_cause_t;

/* Why it ended, NULL while open. Valid as long as the caller's reference to the context. */
CTXT_API const ctxt_cause_t *ctxt_cause(const ctxt_t *context);

/*
 * Whether there is a deadline; if so, stores when. The same answer every time, also after the end.
 */
CTXT_API bool ctxt_deadline(const ctxt_t *context, int64_t *deadline_ns);

/* Time left until the deadline: CTXT_NEVER without one, 0 when it is past or the context ended. */
CTXT_API int64_t ctxt_remaining(const ctxt_t *context);

/*
 * Waits until the context ends or `timeout_ns` has passed (CTXT_NEVER: no limit). Returns
 * ctxt_err(): 0 means that time ran out first.
 */
CTXT_API int ctxt_wait(ctxt_t *context, int64_t timeout_ns);

/*
 * A descriptor that becomes and stays readable when the context ends: for poll, epoll, libuv, GLib.
 * It belongs to the context: do not read from it and do not close it. Made on the first call,
 * the same ever after; it lives as long as the context. -1 with errno 0 if the context can never
 * end; -1 with errno EMFILE, ENFILE or ENOMEM if it could not be made.
 */
CTXT_API int ctxt_done_fd(ctxt_t *context);

/* Now, on the monotonic clock. */
CTXT_API int64_t ctxt_now(void);

/* ---- references ---- */

/* Another owner, who takes over the duty to cancel. Returns `context`. */
CTXT_API ctxt_t *ctxt_ref(ctxt_t *context);
/* An owner gives up its reference. Does not cancel: do that first. NULL does nothing. */
CTXT_API void ctxt_unref(ctxt_t *context);
/* An observer: may use the context for as long as it likes. Returns `context`. */
CTXT_API ctxt_t *ctxt_observe(ctxt_t *context);
/* The observer is done with it. NULL does nothing. */
CTXT_API void ctxt_unobserve(ctxt_t *context);

/*
 * `defer cancel()`: a variable that cancels and unreferences its context at the end of the scope.
 *
 *     ctxt_scope c = ctxt_with_timeout(parent, 2 * CTXT_SECOND);
 */
CTXT_API void ctxt_end_scope(ctxt_t **context);
#define ctxt_scope __attribute__((cleanup(ctxt_end_scope))) ctxt_t *

/* A name for the tools to show, at most 112 bytes of it; copied, and only if recording is on. */
CTXT_API void ctxt_set_name(ctxt_t *context, const char *format, ...) CTXT_PRINTF(2, 3);

/*
 * What Go's String() says: "context.Background.WithCancel.WithValue(request_id, pointer)", but
 * of values only whether they are NULL ("pointer" or "<nil>"): what they are is not known here, and
 * they may be secrets. Writes at most `size` bytes with a NUL, returns the length it would have
 * needed.
 */
CTXT_API size_t ctxt_describe(const ctxt_t *context, char *buffer, size_t size);

/* ---- after-functions ---- */

/* A function that waits for a context to end. */
typedef struct ctxt_after ctxt_after_t;

/*
 * Calls function(argument) in a thread of its own once the context has ended; at once, if it has.
 * The returned handle belongs to the caller, who gives it back with ctxt_after_release().
 */
CTXT_API CTXT_MUST_USE ctxt_after_t *ctxt_after_func(ctxt_t *context, void (*function)(void *),
                                                     void *argument);
/*
 * Unregisters it. True if this call has prevented the function from running; false if it was
 * started already or is stopped. Never waits for the function. May be called from within the
 * function.
 */
CTXT_API bool ctxt_after_stop(ctxt_after_t *after);
/* Gives the handle back, without stopping. NULL does nothing. */
CTXT_API void ctxt_after_release(ctxt_after_t *after);

/* ---- contexts of the program's own making ---- */

/*
 * The methods of a custom context. Each may be NULL, which means: as the inner context does. They
 * are called without a lock of the library held, from any thread, and must hold to the guarantees
 * that ctxt_err() and the others give.
 *
 * A context has a Done of its own if done_fd is given; otherwise it ends exactly when the inner one
 * does, and children are linked to that directly (Go's embedding). One with a Done of its own
 * should give err, too. With after_func and stop, children register there; without, the library
 * watches the descriptor for each of them, in a thread of its own. Waiting for such a context makes
 * a child for the time of the wait, so every function that waits can fail as deriving can: ENOMEM,
 * EMFILE or ENFILE.
 */
typedef struct ctxt_ops {
    const char *name; /* shown by the tools */
    /* Asked once, when the context is made. */
    bool (*deadline)(void *self, int64_t *deadline_ns);
    /*
     * ECANCELED or ETIMEDOUT. Another error, such as EIO, is handed on to all below as it is, as in
     * Go; where the functions that wait use the same number for something else (EAGAIN, EPIPE), it
     * cannot be told from that.
     */
    int (*err)(void *self);
    /*
     * What is not found here is looked for in the inner context. (In Go the method asks that one
     * itself; so it need not know it.) One that hides a value finds NULL.
     */
    void *(*value)(void *self, const ctxt_key_t *key, bool *found);
    /*
     * A descriptor that becomes and stays readable when the context ends. Asked once per child. -1:
     * it never ends.
     */
    int (*done_fd)(void *self);
    /*
     * Calls function(argument) once, asynchronously, when the context ends; returns a registration.
     */
    void *(*after_func)(void *self, void (*function)(void *), void *argument);
    /* Withdraws a registration, which is then freed; true if that prevented the call. */
    bool (*stop)(void *self, void *registration);
    /*
     * The custom context is gone, and with it all its children. Called with no lock held, by the
     * thread that has let go last: perhaps one of the library's own, which is just telling a child
     * of the end, and later than the last ctxt_unref(). Go leaves this to its garbage collector.
     */
    void (*destroy)(void *self);
} ctxt_ops_t;

/* `inner` may be NULL, which is the same as ctxt_background(). `ops` must outlive the context. */
CTXT_API CTXT_MUST_USE ctxt_t *ctxt_custom(const ctxt_ops_t *ops, void *self, ctxt_t *inner);
/* `self` of a custom context, if `context` is one with these ops; otherwise NULL. */
CTXT_API void *ctxt_custom_self(const ctxt_t *context, const ctxt_ops_t *ops);

/* ---- the current context ---- */

/*
 * The context that the calling task is working under: the one it was started with (ctxt_go) or has
 * entered last. Background if there is none. No reference is taken: valid until the task leaves it.
 */
CTXT_API ctxt_t *ctxt_current(void);
/* Enters; observes the context until the matching ctxt_leave(). Nests. Returns `context`. */
CTXT_API ctxt_t *ctxt_enter(ctxt_t *context);
/* Leaves the context entered last, which must be this one. */
CTXT_API void ctxt_leave(ctxt_t *context);

CTXT_END_C

#endif
