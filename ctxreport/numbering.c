#include "ctxreport/numbering.h"

#include "base/table.h"

#include <stdlib.h>
#include <string.h>

struct numbered {
    uint64_t number;
    UT_hash_handle hh;
    char key[];
};

static struct numbered *add(struct numbering *numbering, const void *key, size_t size)
{
    struct numbered *it = calloc(1, sizeof *it + size + 1);
    if (!it)
        return NULL;
    memcpy(it->key, key, size);
    it->number = numbering->next;
    HASH_ADD_KEYPTR(hh, numbering->keys, it->key, size, it);
    if (TABLE_HAS(it))
        return it;
    free(it);
    return NULL;
}

uint64_t numbering_of(struct numbering *numbering, const void *key, size_t size, bool *is_new)
{
    struct numbered *it;
    HASH_FIND(hh, numbering->keys, key, size, it);
    *is_new = !it;
    if (it)
        return it->number;
    it = add(numbering, key, size);
    if (!it) {
        numbering->failed = true;
        *is_new = false;
        return 0;
    }
    return numbering->next++;
}

void numbering_free(struct numbering *numbering)
{
    struct numbered *it, *next;
    HASH_ITER(hh, numbering->keys, it, next)
    {
        HASH_DEL(numbering->keys, it);
        free(it);
    }
    *numbering = (struct numbering){0};
}
