#include "snapshot/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot/memory.h"

/* The longest that one byte or character becomes: "\u202e". */
enum { ESCAPED_MAX = 6, FIRST_SLOTS = 1024 };

bool strings_init(struct string_pool *pool)
{
    *pool = (struct string_pool){.seed = hash_seed(), .slot_count = FIRST_SLOTS};
    pool->slots = calloc(FIRST_SLOTS, sizeof *pool->slots);
    pool->bytes = memory_grow(NULL, &pool->capacity, 4096, 1);
    if (!pool->slots || !pool->bytes)
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

/* ---- escaping ---- */

static bool is_plain(const char *text, size_t length)
{
    unsigned strange = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        strange |= byte < 0x20 || byte >= 0x7f;
    }
    return !strange;
}

/* Decodes one character; returns its length in bytes, 0 if the bytes are not well-formed UTF-8. */
static size_t decode(const unsigned char *bytes, size_t length, uint32_t *character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (bytes[0] < 0x80) {
        *character = bytes[0];
        return 1;
    }
    size_t size = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || size > length)
        return 0;
    uint32_t value = bytes[0] & (0xffu >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (value < smallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *character = value;
    return size;
}

static bool is_harmless(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } harmful[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x061c, 0x061c}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    };
    for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++) {
        if (character >= harmful[i].first && character <= harmful[i].last)
            return false;
    }
    return true;
}

static size_t escape_character(uint32_t character, char *out)
{
    if (character == '\n' || character == '\t' || character == '\r') {
        out[0] = '\\';
        out[1] = character == '\n' ? 'n' : character == '\t' ? 't' : 'r';
        return 2;
    }
    char text[ESCAPED_MAX + 1];
    int size = snprintf(text, sizeof text, character < 0x100 ? "\\x%02x" : "\\u%04x",
                        (unsigned)character & 0xffff);
    memcpy(out, text, (size_t)size);
    return (size_t)size;
}

/* Writes the escaped text to the scratch buffer; returns its length, SIZE_MAX without memory. */
static size_t escape(struct string_pool *pool, const char *text, size_t length)
{
    if (length > UINT32_MAX / ESCAPED_MAX)
        return SIZE_MAX;
    char *out = memory_grow(pool->scratch, &pool->scratch_capacity, length * ESCAPED_MAX + 1, 1);
    if (!out)
        return SIZE_MAX;
    pool->scratch = out;
    const unsigned char *bytes = (const unsigned char *)text;
    size_t written = 0;
    for (size_t i = 0; i < length;) {
        uint32_t character = 0;
        size_t size = decode(bytes + i, length - i, &character);
        if (size == 0) {
            written += escape_character(bytes[i], out + written);
            i++;
            continue;
        }
        if (is_harmless(character)) {
            memcpy(out + written, bytes + i, size);
            written += size;
        } else {
            written += escape_character(character, out + written);
        }
        i += size;
    }
    return written;
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
    if (pool->size + length + 1 > UINT32_MAX)
        return false;
    char *bytes = memory_grow(pool->bytes, &pool->capacity, pool->size + length + 1, 1);
    if (!bytes)
        return false;
    pool->bytes = bytes;
    memcpy(bytes + pool->size, text, length);
    bytes[pool->size + length] = '\0';
    *string = (snapshot_string)pool->size;
    pool->size += length + 1;
    return true;
}

/* `text` has been escaped: it holds no NUL. */
static bool intern(struct string_pool *pool, const char *text, size_t length,
                   snapshot_string *string)
{
    if (pool->string_count * 4 >= pool->slot_count * 3 && !double_slots(pool))
        return false;
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
    if (is_plain(text, length))
        return intern(pool, text, length, string);
    size_t escaped = escape(pool, text, length);
    return escaped != SIZE_MAX && intern(pool, pool->scratch, escaped, string);
}
