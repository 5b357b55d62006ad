/* A new context is linked to what ends it: its parent's line, or a custom context (node.h). */
#ifndef CTXTRACE_RUNTIME_LINK_H
#define CTXTRACE_RUNTIME_LINK_H

#include "runtime/tree.h"

struct ctxt *link_to_custom(struct ctxt *custom, struct ctxt *node);

/*
 * Links a new cancellable node that nobody has seen, or ends it right away if its parent has ended.
 * Returns it; or NULL with errno, and the node is gone: no memory (ENOMEM), no thread or no
 * descriptor (EMFILE, ENFILE) to hear of the end of a custom context by.
 */
static inline struct ctxt *link_to_parent(struct ctxt *node)
{
    struct ctxt *line = node->parent->line;
    if (!line)
        return node;
    if (line->kind == CONTEXT_CUSTOM)
        return link_to_custom(line, node);
    tree_link(line, node);
    return node;
}

/* Undoes node_new() for a node that nobody has seen. Returns NULL and keeps errno. */
struct ctxt *link_abandon(struct ctxt *node);

#endif
