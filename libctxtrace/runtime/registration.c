#include "runtime/registration.h"

#include "base/invariant.h"
#include "runtime/watcher.h"

#include <errno.h>
#include <stdlib.h>

static void unref(struct registration *registration, uint32_t count)
{
    if (atomic_fetch_sub(&registration->references, count) != count)
        return;
    struct ctxt *node = registration->node, *custom = registration->custom;
    free(registration);
    node_drop(node);
    node_drop(custom);
}

static bool subscribe(struct registration *registration, void (*fire)(void *))
{
    const struct node_custom *custom = &registration->custom->custom;
    if (custom->ops->after_func && custom->ops->stop) {
        registration->handle = custom->ops->after_func(custom->self, fire, registration);
        return true;
    }
    registration->watched = true;
    registration->handle = watcher_add(custom->ops->done_fd(custom->self), fire, registration);
    return registration->handle != NULL;
}

static bool unsubscribe(struct registration *registration)
{
    const struct node_custom *custom = &registration->custom->custom;
    if (registration->watched)
        return watcher_remove(registration->handle);
    return custom->ops->stop(custom->self, registration->handle);
}

static struct registration *new_registration(struct ctxt *custom, struct ctxt *node)
{
    struct registration *registration = calloc(1, sizeof *registration);
    if (!registration) {
        errno = ENOMEM;
        return NULL;
    }
    registration->custom = custom;
    registration->node = node;
    atomic_init(&registration->references, 2);
    node_hold(custom);
    node_hold(node);
    return registration;
}

bool registration_make(struct ctxt *custom, struct ctxt *node, void (*fire)(void *))
{
    invariant(custom->kind == CONTEXT_CUSTOM && !atomic_load(&node->registration));
    struct registration *registration = new_registration(custom, node);
    if (!registration)
        return false;
    if (!subscribe(registration, fire)) {
        unref(registration, 2);
        return false;
    }
    atomic_exchange(&node->registration, registration); /* see registration.h */
    if (node_ended(node)) /* it fired before there was anything to withdraw */
        registration_withdraw(node);
    return true;
}

void registration_fired(struct registration *registration)
{
    unref(registration, 1);
}

void registration_withdraw(struct ctxt *node)
{
    struct registration *registration = atomic_exchange(&node->registration, NULL);
    if (!registration)
        return;
    /* If it was withdrawn, the callback's reference goes as well: it will not come. */
    unref(registration, unsubscribe(registration) ? 2 : 1);
}
