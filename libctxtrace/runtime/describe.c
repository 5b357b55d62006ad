/* What a context is called: the name it was given, and Go's String(). */
#include "base/clock.h"
#include "runtime/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void ctxt_set_name(ctxt_t *context, const char *format, ...)
{
    if (!node_check(context, __func__) || !recording() || node_is_root(context))
        return;
    char name[RECORD_TEXT_BYTES + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    ranked_lock_take(&context->lock, LOCK_OF_CONTEXT); /* the slot has one writer at a time */
    record_context_named(&context->record, name);
    ranked_lock_release(&context->lock, LOCK_OF_CONTEXT);
}

/* ---- String() ---- */

struct text {
    char *buffer;
    size_t size, length; /* length: what it would need */
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t used = text->length < text->size ? text->length : text->size;
    int more =
        vsnprintf(text->buffer ? text->buffer + used : NULL, text->size - used, format, arguments);
    va_end(arguments);
    text->length += more > 0 ? (size_t)more : 0;
}

static void add_deadline(struct text *text, int64_t deadline_ns)
{
    int64_t left_ns;
    if (__builtin_sub_overflow(deadline_ns, now_ns(), &left_ns))
        left_ns = INT64_MIN;
    int64_t now = realtime_ns();
    time_t when = (time_t)(now / CTXT_SECOND + (now % CTXT_SECOND + left_ns) / CTXT_SECOND);
    struct tm parts;
    char date[64] = "";
    if (localtime_r(&when, &parts))
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
    add(text, ".WithDeadline(%s [%.3fs])", date, (double)left_ns / CTXT_SECOND);
}

static void add_node(struct text *text, const struct ctxt *node)
{
    switch (node->kind) {
    case CONTEXT_BACKGROUND:
        add(text, "context.Background");
        break;
    case CONTEXT_TODO:
        add(text, "context.TODO");
        break;
    case CONTEXT_CANCEL:
        add(text, ".WithCancel");
        break;
    case CONTEXT_DEADLINE:
        add_deadline(text, node->deadline_ns);
        break;
    case CONTEXT_VALUE:
        /* Only the key: a value has no text here, and could be a secret. */
        add(text, ".WithValue(%s, %s)", node->value.key->name ? node->value.key->name : "?",
            node->value.value ? "pointer" : "<nil>");
        break;
    case CONTEXT_WITHOUT_CANCEL:
        add(text, ".WithoutCancel");
        break;
    default:
        add(text, ".AfterFunc");
        break;
    }
}

/* The chain from the node up to where its text begins: a root, or a custom context. */
static const struct ctxt **chain_of(const struct ctxt *node, size_t *count)
{
    size_t length = 1;
    for (const struct ctxt *n = node; n->parent && n->kind != CONTEXT_CUSTOM; n = n->parent)
        length++;
    const struct ctxt **chain = malloc(length * sizeof *chain);
    for (size_t i = length; chain && i-- > 0; node = node->parent)
        chain[i] = node;
    *count = length;
    return chain;
}

size_t ctxt_describe(const ctxt_t *context, char *buffer, size_t size)
{
    struct text text = {size ? buffer : NULL, size, 0};
    if (size)
        buffer[0] = '\0';
    if (!node_check(context, __func__))
        return 0;
    size_t count;
    const struct ctxt **chain = chain_of(context, &count);
    for (size_t i = 0; chain && i < count; i++) {
        if (chain[i]->kind == CONTEXT_CUSTOM)
            add(&text, "%s", chain[i]->custom.ops->name ? chain[i]->custom.ops->name : "custom");
        else
            add_node(&text, chain[i]);
    }
    free(chain);
    return text.length;
}
