#include "golang/binary/text_pool.h"

#include "base/array.h"
#include "golang/binary/address_map.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 4096

struct text_pool {
    struct address_map by_address;
    char **texts;
    size_t count, capacity;
};

struct text_pool *text_pool_new(void)
{
    return calloc(1, sizeof(struct text_pool));
}

void text_pool_free(struct text_pool *pool)
{
    if (!pool)
        return;
    for (size_t i = 0; i < pool->count; i++)
        free(pool->texts[i]);
    free(pool->texts);
    address_map_free(&pool->by_address);
    free(pool);
}

static const char *add(struct text_pool *pool, uint64_t address, const char *text)
{
    if (!ARRAY_ROOM(pool->texts, pool->capacity, pool->count + 1))
        return "";
    char *copy = strdup(text);
    if (!copy)
        return "";
    pool->texts[pool->count] = copy;
    if (!address_map_put(&pool->by_address, address, (uint32_t)pool->count)) {
        free(copy);
        return "";
    }
    return pool->texts[pool->count++];
}

const char *text_pool_get(struct text_pool *pool, struct memory *memory, uint64_t address,
                          uint64_t room)
{
    uint32_t known = address_map_get(&pool->by_address, address);
    if (known != ADDRESS_MAP_NONE)
        return pool->texts[known];
    if (room > MAX_TEXT)
        room = MAX_TEXT;
    const char *text = memory_at(memory, address, room);
    return text && memchr(text, '\0', room) ? add(pool, address, text) : "";
}
