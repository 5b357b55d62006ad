#include "snapshot/strings.h"

#include "base/array.h"
#include "base/escape.h"
#include "base/hash.h"
#include "base/invariant.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

bool strings_init(struct string_pool *pool)
{
    *pool = (struct string_pool){.seed = hash_seed(), .slot_count = FIRST_SLOTS};
    pool->slots = calloc(FIRST_SLOTS, sizeof *pool->slots);
    if (!pool->slots || !ARRAY_ROOM(pool->bytes, pool->capacity, 4096))
        return false;
    pool->bytes[0] = '\0';
    pool->size = 1;
    return true;
}

void strings_free(struct string_pool *pool)
{
    free(pool->bytes);
    free(pool->slots);
    free(pool->scratch);
    *pool = (struct string_pool){0};
}

/* Writes the escaped text to the scratch buffer; returns its length, SIZE_MAX without memory. */
static size_t escape(struct string_pool *pool, const char *text, size_t length)
{
    if (length > UINT32_MAX / ESCAPED_MAX)
        return SIZE_MAX;
    if (!ARRAY_ROOM(pool->scratch, pool->scratch_capacity, length * ESCAPED_MAX + 1))
        return SIZE_MAX;
    return text_escape(text, length, pool->scratch);
}

/* ---- interning ---- */

static bool double_slots(struct string_pool *pool)
{
    size_t count = pool->slot_count * 2;
    struct string_slot *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < pool->slot_count; i++) {
        if (pool->slots[i].string == 0)
            continue;
        size_t place = pool->slots[i].hash & (count - 1);
        while (slots[place].string != 0)
            place = (place + 1) & (count - 1);
        slots[place] = pool->slots[i];
    }
    free(pool->slots);
    pool->slots = slots;
    pool->slot_count = count;
    return true;
}

static bool equals(const struct string_pool *pool, snapshot_string string, const char *text,
                   size_t length)
{
    return string + length < pool->size && memcmp(pool->bytes + string, text, length) == 0 &&
           pool->bytes[string + length] == '\0';
}

static bool append(struct string_pool *pool, const char *text, size_t length,
                   snapshot_string *string)
{
    invariant(pool->size > 0 && pool->bytes[pool->size - 1] == '\0');
    if (pool->size + length + 1 > UINT32_MAX)
        return false;
    if (!ARRAY_ROOM(pool->bytes, pool->capacity, pool->size + length + 1))
        return false;
    memcpy(pool->bytes + pool->size, text, length);
    pool->bytes[pool->size + length] = '\0';
    *string = (snapshot_string)pool->size;
    pool->size += length + 1;
    return true;
}

/* `text` has been escaped: it holds no NUL. */
static bool intern(struct string_pool *pool, const char *text, size_t length,
                   snapshot_string *string)
{
    invariant(!memchr(text, '\0', length));
    if (pool->string_count * 4 >= pool->slot_count * 3 && !double_slots(pool))
        return false;
    invariant(pool->string_count < pool->slot_count); /* a search ends at a free slot */
    uint32_t hash = (uint32_t)hash_bytes(pool->seed, text, length);
    size_t place = hash & (pool->slot_count - 1);
    for (; pool->slots[place].string != 0; place = (place + 1) & (pool->slot_count - 1)) {
        if (pool->slots[place].hash == hash &&
            equals(pool, pool->slots[place].string, text, length)) {
            *string = pool->slots[place].string;
            return true;
        }
    }
    if (!append(pool, text, length, string))
        return false;
    pool->slots[place] = (struct string_slot){.hash = hash, .string = *string};
    pool->string_count++;
    return true;
}

bool strings_intern(struct string_pool *pool, const char *text, size_t length,
                    snapshot_string *string)
{
    *string = 0;
    if (length == 0)
        return true;
    if (text_is_plain(text, length))
        return intern(pool, text, length, string);
    size_t escaped = escape(pool, text, length);
    return escaped != SIZE_MAX && intern(pool, pool->scratch, escaped, string);
}
