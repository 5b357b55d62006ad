#include "golang/heap/pointers.h"

#include "base/array.h"
#include "base/invariant.h"
#include "golang/binary/field.h"
#include "golang/binary/types.h"
#include "golang/heap/type_mask.h"

#include <stdlib.h>
#include <string.h>

#define SMALL_OBJECT 512
#define PIECE        (UINT64_C(1) << 16) /* bytes looked at together; a multiple of 64 words */

void masks_free(struct masks *masks)
{
    for (size_t i = 0; i < masks->count; i++)
        free(masks->items[i].made);
    free(masks->items);
    address_map_free(&masks->by_type);
    *masks = (struct masks){.program = masks->program, .heap = masks->heap};
}

/* ---- types ---- */

static struct mask read_mask(const struct go_program *program, uint64_t address)
{
    struct go_type type;
    struct mask mask = {8, 8, NULL, NULL};
    if (!go_type_read(program, address, &type) || !type.size)
        return mask;
    mask.size = type.size;
    mask.pointer_bytes = type.pointer_bytes;
    if (type.mask && type.pointer_bytes)
        mask.bits = memory_at(program->memory, type.mask, (size_t)((type.pointer_bytes + 63) / 64));
    else if (type.pointer_bytes)
        mask.bits = mask.made = type_mask_make(program, &type);
    if (!mask.bits) /* every word of all of it */
        mask.pointer_bytes = type.pointer_bytes ? type.size : 0;
    return mask;
}

static const struct mask *mask_of(struct masks *masks, uint64_t type)
{
    uint32_t index = address_map_get(&masks->by_type, type);
    if (index != ADDRESS_MAP_NONE)
        return &masks->items[index];
    if (!ARRAY_ROOM(masks->items, masks->capacity, masks->count + 1))
        return NULL;
    masks->items[masks->count] = read_mask(masks->program, type);
    uint32_t number = (uint32_t)masks->count++;
    return address_map_put(&masks->by_type, type, number) ? &masks->items[number] : NULL;
}

/* ---- ranges ---- */

static void visit_words(const uint64_t *words, size_t count, uint64_t address, visit_pointer *visit,
                        void *state)
{
    for (size_t i = 0; i < count; i++)
        if (words[i])
            visit(state, address + 8 * i, words[i]);
}

static void visit_masked(const uint64_t *words, size_t count, const unsigned char *bits,
                         uint64_t address, visit_pointer *visit, void *state)
{
    for (size_t i = 0; i < count; i++)
        if ((bits[i / 8] >> (i % 8) & 1) && words[i])
            visit(state, address + 8 * i, words[i]);
}

bool visit_range(const struct go_program *program, uint64_t address, uint64_t size, uint64_t mask,
                 visit_pointer *visit, void *state)
{
    bool complete = true;
    if (address % 8)
        return false;
    for (uint64_t done = 0; done + 8 <= size; done += PIECE) {
        uint64_t some = size - done < PIECE ? (size - done) & ~UINT64_C(7) : PIECE;
        const uint64_t *words = memory_at(program->memory, address + done, (size_t)some);
        const unsigned char *bits =
            mask ? memory_at(program->memory, mask + done / 64, (size_t)((some + 63) / 64)) : NULL;
        if (!words) {
            complete = false;
            continue;
        }
        if (bits)
            visit_masked(words, (size_t)(some / 8), bits, address + done, visit, state);
        else
            visit_words(words, (size_t)(some / 8), address + done, visit, state);
    }
    return complete;
}

/* An array of values of one type fills [start, end). */
static bool visit_tiled(const struct go_program *program, const struct mask *mask, uint64_t start,
                        uint64_t end, visit_pointer *visit, void *state)
{
    bool torn = mask && (mask->size < 8 || mask->size % 8); /* not a type with pointers */
    if (!mask || torn)
        return visit_range(program, start, end - start, 0, visit, state);
    bool complete = true;
    for (uint64_t at = start; at < end && mask->pointer_bytes; at += mask->size) {
        uint64_t size = end - at < mask->pointer_bytes ? end - at : mask->pointer_bytes;
        const uint64_t *words = memory_at(program->memory, at, (size_t)size);
        if (!words)
            complete = false;
        else if (mask->bits)
            visit_masked(words, (size_t)size / 8, mask->bits, at, visit, state);
        else
            visit_words(words, (size_t)size / 8, at, visit, state);
    }
    return complete;
}

/* ---- objects ---- */

/* Go 1.22 and later, up to 512 bytes: bits at the end of the span. */
static bool visit_small(const struct go_program *program, const struct heap *heap,
                        const struct span *span, uint64_t start, visit_pointer *visit, void *state)
{
    const struct memory_range range = span_pointer_bits(heap, span);
    const unsigned char *bits =
        memory_at(program->memory, range.start, (size_t)(range.end - range.start));
    const uint64_t *words = memory_at(program->memory, start, (size_t)span->element);
    if (!bits || !words)
        return false;
    uint64_t first = (start - span->start) / 8;
    for (uint64_t i = 0; i < span->element / 8; i++) {
        uint64_t bit = first + i;
        if ((bits[bit / 8] >> (bit % 8) & 1) && words[i])
            visit(state, start + 8 * i, words[i]);
    }
    return true;
}

static uint64_t arena_of(const struct go_program *program, uint64_t address)
{
    uint64_t table = field_word(program, program->heap, HEAP_ARENAS);
    return table ? memory_word(program->memory, table + (address - ARENA_BASE) / ARENA_SIZE * 8)
                 : 0;
}

/* Go 1.20 and 1.21: one bit per word of the arena. */
static bool visit_by_bits(const struct go_program *program, uint64_t bitmap, uint64_t start,
                          uint64_t size, visit_pointer *visit, void *state)
{
    uint64_t first = start / 8 % (ARENA_SIZE / 8);
    uint64_t first_byte = first / 8, last_byte = (first + size / 8 - 1) / 8;
    const uint64_t *words = memory_at(program->memory, start, (size_t)size);
    const unsigned char *bits =
        memory_at(program->memory, bitmap + first_byte, (size_t)(last_byte - first_byte + 1));
    if (!words || !bits)
        return false;
    for (uint64_t i = 0; i < size / 8; i++) {
        uint64_t bit = first % 8 + i;
        if ((bits[bit / 8] >> (bit % 8) & 1) && words[i])
            visit(state, start + 8 * i, words[i]);
    }
    return true;
}

/* Go 1.18 and 1.19: a byte for four words; low bits: pointer, high bits: more may follow. */
static bool visit_by_pairs(const struct go_program *program, uint64_t bitmap, uint64_t start,
                           uint64_t size, visit_pointer *visit, void *state)
{
    uint64_t first = start / 8 % (ARENA_SIZE / 8);
    uint64_t first_byte = first / 4, last_byte = (first + size / 8 - 1) / 4;
    const uint64_t *words = memory_at(program->memory, start, (size_t)size);
    const unsigned char *bits =
        memory_at(program->memory, bitmap + first_byte, (size_t)(last_byte - first_byte + 1));
    if (!words || !bits)
        return false;
    for (uint64_t i = 0; i < size / 8; i++) {
        uint64_t bit = first % 4 + i;
        unsigned pair = bits[bit / 4] >> (bit % 4);
        if (!(pair & 0x10))
            return true;
        if ((pair & 1) && words[i])
            visit(state, start + 8 * i, words[i]);
    }
    return true;
}

static bool visit_by_arena(const struct go_program *program, const struct span *span,
                           uint64_t start, visit_pointer *visit, void *state)
{
    bool complete = true;
    int32_t offset = field_offset(program, ARENA_BITMAP);
    uint64_t end = start + span->element;
    while (start < end) { /* a large object can lie in several arenas */
        uint64_t arena_end = (start & ~(ARENA_SIZE - 1)) + ARENA_SIZE;
        uint64_t size = (end < arena_end ? end : arena_end) - start;
        uint64_t arena = offset >= 0 ? arena_of(program, start) : 0;
        if (!arena)
            complete &= visit_range(program, start, size, 0, visit, state);
        else if (program->layout.traits.pointer_bits == POINTER_BITS_IN_ARENAS)
            complete &= visit_by_bits(program, arena + (uint64_t)offset, start, size, visit, state);
        else
            complete &=
                visit_by_pairs(program, arena + (uint64_t)offset, start, size, visit, state);
        start += size;
    }
    return complete;
}

/* Bits from number `first` on of a bitmap in the program. */
static bool read_bits(const struct go_program *program, uint64_t bitmap, uint64_t first,
                      unsigned count, uint64_t *bits)
{
    const unsigned shift = first % 8;
    const size_t size = (shift + count + 7) / 8; /* up to nine bytes */
    const unsigned char *bytes = memory_at(program->memory, bitmap + first / 8, size);
    if (!bytes)
        return false;
    uint64_t low = 0, high = size > 8 ? bytes[8] : 0;
    memcpy(&low, bytes, size < 8 ? size : 8);
    *bits = (low >> shift | (shift ? high << (64 - shift) : 0)) & UINT64_MAX >> (64 - count);
    return true;
}

static bool read_pairs(const struct go_program *program, uint64_t bitmap, uint64_t first,
                       unsigned count, uint64_t *bits)
{
    uint64_t last = first + count - 1;
    const unsigned char *bytes =
        memory_at(program->memory, bitmap + first / 4, (size_t)(last / 4 - first / 4 + 1));
    for (unsigned i = 0; bytes && i < count; i++) {
        unsigned pair = bytes[(first % 4 + i) / 4] >> ((first + i) % 4);
        if (!(pair & 0x10))
            break;
        *bits |= (uint64_t)(pair & 1) << i;
    }
    return bytes != NULL;
}

static bool bits_by_arena(const struct go_program *program, uint64_t address, unsigned count,
                          uint64_t *bits)
{
    int32_t offset = field_offset(program, ARENA_BITMAP);
    uint64_t arena = offset >= 0 ? arena_of(program, address) : 0;
    uint64_t first = address / 8 % (ARENA_SIZE / 8);
    if (!arena || first + count > ARENA_SIZE / 8)
        return false;
    return (program->layout.traits.pointer_bits == POINTER_BITS_IN_ARENAS ? read_bits : read_pairs)(
        program, arena + (uint64_t)offset, first, count, bits);
}

/* Does it say which words of whole values are pointers? */
static bool mask_tells(const struct mask *mask)
{
    return mask && mask->size >= 8 && mask->size % 8 == 0 && (!mask->pointer_bytes || mask->bits);
}

/* `offset` is that of the first word in an array of values of this type. */
static bool bits_by_type(const struct mask *mask, uint64_t offset, unsigned count, uint64_t *bits)
{
    if (!mask_tells(mask))
        return false;
    for (unsigned i = 0; i < count; i++) {
        uint64_t within = (offset + 8 * (uint64_t)i) % mask->size;
        if (within < mask->pointer_bytes)
            *bits |= (uint64_t)(mask->bits[within / 64] >> (within / 8 % 8) & 1) << i;
    }
    return true;
}

bool object_pointer_words(struct masks *masks, const struct span *span, uint64_t address,
                          unsigned count, uint64_t *bits)
{
    const struct go_program *program = masks->program;
    invariant(count > 0 && count <= 64 && address % 8 == 0);
    *bits = 0;
    if (span->noscan)
        return true;
    if (program->layout.traits.pointer_bits != POINTER_BITS_IN_SPANS)
        return bits_by_arena(program, address, count, bits);
    uint64_t start = span_object(span, span_index_of(span, address));
    if (span->divisor && span->element <= SMALL_OBJECT)
        return read_bits(program, span_pointer_bits(masks->heap, span).start,
                         (address - span->start) / 8, count, bits);
    uint64_t type = span->divisor ? memory_word(program->memory, start) : span->large_type;
    start += span->divisor ? 8 : 0;
    return type && address >= start &&
           bits_by_type(mask_of(masks, type), address - start, count, bits);
}

bool type_pointer_words(struct masks *masks, uint64_t type, unsigned count, uint64_t *bits)
{
    const struct mask *mask = mask_of(masks, type);
    *bits = 0;
    return mask && mask->size >= 8 * (uint64_t)count && bits_by_type(mask, 0, count, bits);
}

bool type_may_hold_interfaces(struct masks *masks, uint64_t type)
{
    const struct mask *mask = mask_of(masks, type);
    if (!mask_tells(mask))
        return true;
    for (uint64_t at = 8; at < mask->pointer_bytes; at += 8)
        if ((mask->bits[at / 64] >> (at / 8 % 8) & 1) &&
            !(mask->bits[(at - 8) / 64] >> ((at - 8) / 8 % 8) & 1))
            return true;
    return false;
}

bool visit_object(struct masks *masks, const struct span *span, uint32_t index,
                  visit_pointer *visit, void *state)
{
    const struct go_program *program = masks->program;
    uint64_t start = span_object(span, index), end = start + span->element;
    if (program->layout.traits.pointer_bits != POINTER_BITS_IN_SPANS)
        return visit_by_arena(program, span, start, visit, state);
    if (span->divisor && span->element <= SMALL_OBJECT)
        return visit_small(program, masks->heap, span, start, visit, state);
    uint64_t type = span->large_type;
    if (span->divisor) {
        type = memory_word(program->memory, start);
        start += 8;
    }
    if (!type) /* not yet given a type, and not yet anything but zeroes */
        return visit_range(program, start, end - start, 0, visit, state);
    return visit_tiled(program, mask_of(masks, type), start, end, visit, state);
}
