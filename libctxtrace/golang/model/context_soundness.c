#include "golang/model/context_soundness.h"

#include "golang/binary/field.h"
#include "golang/binary/module.h"
#include "golang/binary/pclntab.h"
#include "golang/model/context_content.h"

static bool core_is_sound(struct context_search *search, uint64_t core)
{
    uint64_t done[2], first = memory_word(search->program->memory, core);
    int32_t at = field_offset(search->program, CANCEL_DONE);
    if (at < 0 || !context_type_of(search->types, first) ||
        !memory_read(search->program->memory, core + (uint64_t)at, done, sizeof done))
        return false;
    if (done[0] ? !is_done_channel(search, done[0]) || !done[1] || done[1] % 8 != 0
                : field_word(search->program, core, CANCEL_CHILDREN) != 0)
        return false; /* who links a child has asked the parent for its channel before */
    return !field_word(search->program, core, CANCEL_CAUSE) ||
           field_word(search->program, core, CANCEL_ERR);
}

bool is_in_use(const struct context_search *search, uint64_t address, uint64_t size)
{
    const struct span *span = heap_span_of(search->heap, address);
    if (!span)
        return is_global_data(search->program, address);
    uint32_t index = span_index_of(span, address);
    return address + size <= span_object(span, index) + span->element &&
           span_is_allocated(search->program, search->heap, span, index);
}

enum likeness { LIKE, UNLIKE, NOT_KNOWN };

/*
 * Are the words that the collector follows those of the type? Of the types that reflect makes it
 * follows both words of an interface.
 */
static enum likeness compare_pointers(const struct context_search *search,
                                      const struct context_type *type, const struct span *span,
                                      uint64_t address)
{
    const uint64_t should_be = type->pointers;
    uint64_t are;
    if (!type->pointer_words ||
        !object_pointer_words(search->masks, span, address, type->pointer_words, &are))
        return NOT_KNOWN;
    uint64_t before_pointers = should_be >> 1;
    return (should_be & ~are) == 0 && (are & ~should_be & ~before_pointers) == 0 ? LIKE : UNLIKE;
}

/* Where the object begins that this address is in, as the program sees it. */
static uint64_t object_start(const struct context_search *search, const struct span *span,
                             uint64_t address)
{
    return span_object(span, span_index_of(span, address)) +
           (span_has_headers(search->program, span) ? 8 : 0);
}

/* An object of its own? */
static bool is_alone(const struct context_search *search, const struct context_type *type,
                     const struct span *span, uint64_t address)
{
    return address == object_start(search, span, address) &&
           span->element == context_type_object_size(type);
}

/*
 * Whose pointers are those of a map's header: Go's own before 1.24, its Swiss maps, and what is
 * left of the former with noswissmap, which has a word more.
 */
static bool is_map_header(const struct context_search *search, const struct span *span,
                          uint64_t address)
{
    static const struct {
        uint64_t size;
        unsigned words;
        uint64_t pointers;
    } headers[] = {{48, 6, 0x2c}, {48, 6, 0x04}, {64, 7, 0x4c}};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        uint64_t are;
        if (span->element == headers[i].size &&
            (!object_pointer_words(search->masks, span, address, headers[i].words, &are) ||
             are == headers[i].pointers))
            return true;
    }
    return false;
}

static bool fits_object(const struct context_search *search, const struct context_type *type,
                        uint64_t address)
{
    const struct span *span = heap_span_of(search->heap, address);
    if (!is_in_use(search, address, type->size > 8 ? type->size : 8))
        return false;
    if (!span)
        return true;
    if (address < object_start(search, span, address) ||
        (type->is_map && !is_map_header(search, span, address)))
        return false;
    enum likeness likeness = compare_pointers(search, type, span, address);
    if (likeness == NOT_KNOWN)
        return type->kind == CONTEXT_CUSTOM || is_alone(search, type, span, address);
    return likeness == LIKE;
}

static bool parent_is_sound(const struct context_search *search, const struct context_type *type,
                            uint64_t address)
{
    uint64_t words[2];
    parent_path_follow(search->program, &type->parent, address, words);
    return !words[0] || context_type_of(search->types, words[0]);
}

/* Of a function: what a closure begins with. */
static bool is_entry(const struct go_program *program, uint64_t word)
{
    struct function function;
    return function_at(program, word, &function) && function.entry == word;
}

bool context_is_sound(struct context_search *search, const struct context_type *type,
                      uint64_t address)
{
    const struct go_program *program = search->program;
    if (!address || address % 8)
        return false;
    /* The roots of Go 1.20 and before can be so small that both share one allocated object. */
    if (type->kind == CONTEXT_BACKGROUND || type->kind == CONTEXT_TODO)
        return heap_span_of(search->heap, address) || is_global_data(program, address);
    if (!fits_object(search, type, address))
        return false;
    uint64_t first = memory_word(program->memory, address);
    switch (type->kind) {
    case CONTEXT_DEADLINE:
        if (field_offset(program, TIMERCTX_TIMER) == 8) /* Go 1.20: points to its cancelCtx */
            return is_in_use(search, first, 8) && core_is_sound(search, first);
        return core_is_sound(search, address);
    case CONTEXT_CANCEL:
    case CONTEXT_AFTER_FUNC:
        return core_is_sound(search, address);
    case CONTEXT_VALUE:
        /* context.WithValue takes no key that is nil. */
        return context_type_of(search->types, first) && field_word(program, address, VALUECTX_KEY);
    case CONTEXT_WITHOUT_CANCEL:
        return context_type_of(search->types, first) != NULL;
    default:
        return (!type->is_function || is_entry(program, first)) &&
               parent_is_sound(search, type, address);
    }
}

bool context_looks_sound(struct context_search *search, const struct context_type *type,
                         uint64_t address)
{
    const struct span *span = heap_span_of(search->heap, address);
    return span && is_alone(search, type, span, address) && context_is_sound(search, type, address);
}
