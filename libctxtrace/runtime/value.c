/* Values: key and value in a node of their own, found by walking up the nodes that have one. */
#include "runtime/context_record.h"
#include "runtime/misuse.h"

ctxt_t *ctxt_with_value(ctxt_t *parent, const ctxt_key_t *key, void *value,
                        void (*destroy)(void *value))
{
    if (!node_check_parent(parent, __func__))
        return NULL;
    if (!key) {
        misuse(__func__, parent, "nil key");
        return NULL;
    }
    struct ctxt *node = node_new(CONTEXT_VALUE, parent);
    if (!node)
        return NULL;
    node->values = node;
    node->value = (struct node_value){parent->values, key, value, destroy};
    if (recording())
        context_record_created(node, node->deadline_ns, key->name, NULL);
    return node;
}

/* Asks a custom context. Its own answer counts; without a method of its own, what it contains does.
 */
static bool ask_custom(const struct ctxt *node, const ctxt_key_t *key, void **value)
{
    if (!node->custom.ops->value)
        return false;
    bool found = false;
    void *answer = node->custom.ops->value(node->custom.self, key, &found);
    if (found)
        *value = answer;
    return found;
}

static bool look_up(const struct ctxt *node, const ctxt_key_t *key, void **value)
{
    while (node) {
        if (node->kind == CONTEXT_CUSTOM) {
            if (ask_custom(node, key, value))
                return true;
            node = node->parent->values;
        } else if (node->value.key == key) {
            *value = node->value.value;
            return true;
        } else {
            node = node->value.next;
        }
    }
    return false;
}

void *ctxt_value_found(const ctxt_t *context, const ctxt_key_t *key, bool *found)
{
    void *value = NULL;
    bool is_there = node_check(context, __func__) && look_up(context->values, key, &value);
    if (found)
        *found = is_there;
    return value;
}

void *ctxt_value(const ctxt_t *context, const ctxt_key_t *key)
{
    return ctxt_value_found(context, key, NULL);
}
