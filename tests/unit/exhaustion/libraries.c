#include "libraries.h"

#include "failing.h"

#include <jansson.h>
#include <malloc.h>
#include <sqlite3.h>

static void *allocate(int size)
{
    return malloc((size_t)size);
}

static void *reallocate(void *block, int size)
{
    return realloc(block, (size_t)size);
}

static int size_of(void *block)
{
    return block ? (int)malloc_usable_size(block) : 0;
}

static int round_up(int size)
{
    return (size + 7) & ~7;
}

static int begin(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void end(void *unused)
{
    (void)unused;
}

void failing_in_libraries(void)
{
    static const sqlite3_mem_methods methods = {.xMalloc = allocate,
                                                .xFree = free,
                                                .xRealloc = reallocate,
                                                .xSize = size_of,
                                                .xRoundup = round_up,
                                                .xInit = begin,
                                                .xShutdown = end};
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    assert_int_equal(sqlite3_initialize(), SQLITE_OK);
    json_set_alloc_funcs(malloc, free);
}
