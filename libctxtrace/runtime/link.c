#include "runtime/link.h"

#include "runtime/custom.h"

#include <errno.h>

struct ctxt *link_abandon(struct ctxt *node)
{
    int saved = errno;
    atomic_store_explicit(&node->references, 0, memory_order_relaxed);
    node_drop(node);
    errno = saved;
    return NULL;
}

struct ctxt *link_to_custom(struct ctxt *custom, struct ctxt *node)
{
    return custom_register(custom, node) ? node : link_abandon(node);
}
