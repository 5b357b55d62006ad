#include "runtime/context_record.h"

static void record_root(struct ctxt *root)
{
    if (record_slot_is_current(&root->record))
        return;
    record_root_created(&root->record, root->kind, root);
}

uint64_t context_record_id(struct ctxt *context)
{
    if (recording() && node_is_root(context))
        record_root(context);
    return record_slot_id(&context->record);
}

uint64_t context_record_reference(struct ctxt *context)
{
    uint64_t id = context_record_id(context);
    return id ? id : ID_UNRECORDED;
}

uint64_t context_record_surrounding(struct ctxt *context)
{
    return node_is_root(context) ? record_slot_id(&context->record)
                                 : context_record_reference(context);
}

static void record_created(struct ctxt *node, int64_t requested_deadline_ns, int64_t made_ns,
                           const char *detail, const void *site)
{
    struct ctxt *parent = node->parent;
    struct record_context created = {
        .made_ns = made_ns,
        .kind = node->kind,
        .own_done = node->kind == CONTEXT_CUSTOM && node->line == node,
        .parent_id = context_record_reference(parent),
        .deadline_ns = node->deadline_ns,
        .requested_ns = requested_deadline_ns,
        .detail = detail,
        .site = site,
        .address = node,
    };
    record_context_created(&node->record, &created);
}

void context_record_created(struct ctxt *node, int64_t requested_deadline_ns, const char *detail,
                            const void *site)
{
    record_created(node, requested_deadline_ns, 0, detail, site);
}

void context_record_deadline(struct ctxt *node, int64_t requested_deadline_ns, int64_t made_ns)
{
    record_created(node, requested_deadline_ns, made_ns, NULL, NULL);
}
