#include "ctxtop/folds.h"

#include "base/table.h"

#include <stdlib.h>
#include <string.h>

struct fold_key {
    uint64_t id;
    uint64_t kind;
};

struct fold_exception {
    struct fold_key key;
    bool folded;
    UT_hash_handle hh;
};

void folds_free(struct folds *folds)
{
    struct fold_exception *exception, *next;
    HASH_ITER(hh, folds->exceptions, exception, next)
    {
        HASH_DEL(folds->exceptions, exception);
        free(exception);
    }
}

void folds_set_depth(struct folds *folds, uint32_t depth)
{
    folds_free(folds);
    folds->depth = depth;
}

static struct fold_exception *find(const struct folds *folds, uint8_t kind, uint64_t id)
{
    const struct fold_key key = {.id = id, .kind = kind};
    struct fold_exception *found = NULL;
    HASH_FIND(hh, folds->exceptions, &key, sizeof key, found);
    return found;
}

void folds_set(struct folds *folds, uint8_t kind, uint64_t id, bool folded)
{
    struct fold_exception *exception = find(folds, kind, id);
    if (!exception) {
        exception = calloc(1, sizeof *exception);
        if (!exception)
            return;
        exception->key = (struct fold_key){.id = id, .kind = kind};
        HASH_ADD(hh, folds->exceptions, key, sizeof exception->key, exception);
        if (!TABLE_HAS(exception)) {
            free(exception);
            return;
        }
    }
    exception->folded = folded;
}

bool folds_is_folded(const struct folds *folds, uint8_t kind, uint64_t id, uint32_t depth)
{
    const struct fold_exception *exception = find(folds, kind, id);
    return !exception ? depth >= folds->depth : exception->folded;
}
