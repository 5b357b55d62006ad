#include "golang/model/context_search.h"

#include "base/array.h"
#include "golang/binary/field.h"
#include "golang/model/context_content.h"
#include "golang/model/context_soundness.h"

#define MAX_CONTEXTS (UINT32_C(1) << 28)

static void note_meeting(const struct context_search *search, struct go_context *context)
{
    context->held |= search->in_root;
    if (search->pass > context->pass)
        context->pass = search->pass;
}

static void fill_in(struct context_search *search, struct go_context *context, uint32_t type_index,
                    enum evidence evidence)
{
    *context = (struct go_context){.address = context->address,
                                   .type = type_index,
                                   .guessed = evidence == EVIDENCE_LOOKS,
                                   .held = context->held,
                                   .pass = context->pass};
    if (!search->types->items[type_index].single)
        context_content_read(search, context);
}

/*
 * Is this a better type than the one that it was taken for? A deadline context begins with the
 * cancel context that it embeds, and is held as either: then the larger one is right. Otherwise a
 * word that names the type beats a guess; of two names either will do.
 */
static bool is_better(const struct context_search *search, const struct go_context *context,
                      uint32_t type_index)
{
    const struct context_type *old = &search->types->items[context->type];
    const struct context_type *other = &search->types->items[type_index];
    if (context_type_has_core(old) && context_type_has_core(other) && old->size != other->size)
        return other->size > old->size;
    return context->guessed || type_index < context->type;
}

/* Something was seen there before. */
static void offer_known(struct context_search *search, uint32_t type_index, uint64_t address,
                        enum evidence evidence, struct go_context *context)
{
    note_meeting(search, context);
    if (context->address != address || evidence == EVIDENCE_LOOKS)
        return;
    if (context->type == type_index)
        context->guessed = false;
    else if (is_better(search, context, type_index) &&
             context_is_sound(search, &search->types->items[type_index], address))
        fill_in(search, context, type_index, evidence);
}

void context_search_offer(struct context_search *search, uint32_t type_index, uint64_t address,
                          enum evidence evidence)
{
    struct contexts *contexts = search->contexts;
    const struct context_type *type = &search->types->items[type_index];
    if (type->single)
        address = type->type; /* one context, wherever its data word points */
    uint32_t known = address_map_get(&contexts->by_address, address);
    if (known != ADDRESS_MAP_NONE) {
        offer_known(search, type_index, address, evidence, &contexts->items[known]);
        return;
    }
    bool is_sound =
        type->single || (evidence == EVIDENCE_NAME ? context_is_sound(search, type, address)
                                                   : context_looks_sound(search, type, address));
    if (!is_sound || contexts->count >= MAX_CONTEXTS)
        return;
    if (!ARRAY_ROOM(contexts->items, contexts->capacity, contexts->count + 1)) {
        contexts->failed = true;
        return;
    }
    struct go_context *context = &contexts->items[contexts->count];
    *context = (struct go_context){.address = address};
    fill_in(search, context, type_index, evidence);
    note_meeting(search, context);
    contexts->failed |= !address_map_put(&contexts->by_address, address, (uint32_t)contexts->count);
    contexts->count++;
}

/* Is it known already? Then it has been met once more. */
static bool is_known(struct context_search *search, uint64_t address)
{
    uint32_t index = address_map_get(&search->contexts->by_address, address);
    if (index == ADDRESS_MAP_NONE)
        return false;
    note_meeting(search, &search->contexts->items[index]);
    return true;
}

/* What is asked first, as most objects of the size have something else there. */
static bool begins_with_parent(const struct context_search *search, uint64_t address)
{
    return context_type_of(search->types, memory_word(search->program->memory, address)) ||
           field_offset(search->program, TIMERCTX_TIMER) == 8; /* Go 1.20: with its cancelCtx */
}

/* The type of package context that an object has the structure of; no two have the same. */
void context_search_object(struct context_search *search, uint64_t address)
{
    if (is_known(search, address) || !begins_with_parent(search, address))
        return;
    for (uint32_t i = 0; i < search->types->count; i++)
        if (context_type_has_core(&search->types->items[i]))
            context_search_offer(search, i, address, EVIDENCE_LOOKS);
}

/* What a function literal of context.go captures; if that is not known, by its structure. */
static void offer_captured(struct context_search *search, enum closure_kind kind, uint64_t address)
{
    static const uint8_t kinds[] = {[CAPTURES_CANCEL] = CONTEXT_CANCEL,
                                    [CAPTURES_DEADLINE] = CONTEXT_DEADLINE,
                                    [CAPTURES_AFTER_FUNC] = CONTEXT_AFTER_FUNC};
    if (kind == CAPTURES_OTHER || kind == WATCHES_PARENT) {
        context_search_object(search, address);
        return;
    }
    for (uint32_t i = 0; i < search->types->count; i++)
        if (search->types->items[i].kind == kinds[kind])
            context_search_offer(search, i, address, EVIDENCE_NAME);
}

void context_search_word(struct context_search *search, uint32_t number, uint64_t pointer)
{
    if (number & CONTEXT_WORD_CLOSURE)
        offer_captured(search, number & ~CONTEXT_WORD_CLOSURE, pointer);
    else if (number < search->types->count)
        context_search_offer(search, number, pointer, EVIDENCE_NAME);
}
