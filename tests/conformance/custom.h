/* Contexts of the program's own making, as Go's tests have them. */
#ifndef CONFORMANCE_CUSTOM_H
#define CONFORMANCE_CUSTOM_H

#include "conformance.h"

#include <sys/eventfd.h>

/* A context with a Done of its own, an eventfd. */
struct custom {
    ctxt_t *context;
    int descriptor;
    _Atomic int error;
    _Atomic bool destroyed;
    _Atomic unsigned asked_for_done;
};

static inline int custom_err(void *self)
{
    return atomic_load(&((struct custom *)self)->error);
}

static inline int custom_done_fd(void *self)
{
    struct custom *custom = self;
    atomic_fetch_add(&custom->asked_for_done, 1);
    return custom->descriptor;
}

static inline void custom_destroy(void *self)
{
    atomic_store(&((struct custom *)self)->destroyed, true);
}

static const ctxt_ops_t custom_ops = {
    .name = "custom", .err = custom_err, .done_fd = custom_done_fd, .destroy = custom_destroy};

static inline void custom_init(struct custom *custom, ctxt_t *inner)
{
    *custom = (struct custom){.descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    assert_true(custom->descriptor >= 0);
    custom->context = ctxt_custom(&custom_ops, custom, inner);
    assert_non_null(custom->context);
}

/* The first end counts. */
static inline void custom_end(struct custom *custom, int error)
{
    int open = 0;
    if (atomic_compare_exchange_strong(&custom->error, &open, error))
        assert_int_equal(eventfd_write(custom->descriptor, 1), 0);
}

/* Its children are given back. The library may still be telling one of them of the end. */
static inline void custom_release(struct custom *custom)
{
    ctxt_unref(custom->context);
    while (!atomic_load(&custom->destroyed))
        pass_the_processor();
    close(custom->descriptor);
}

#endif
