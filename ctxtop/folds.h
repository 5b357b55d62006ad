/*
 * What is folded in a view: everything from a depth on, except for items that were folded or
 * unfolded by hand.
 */
#ifndef CTXTOP_FOLDS_H
#define CTXTOP_FOLDS_H

#include <stdbool.h>
#include <stdint.h>

#define FOLD_NOTHING UINT32_MAX

struct fold_exception;

struct folds {
    uint32_t depth; /* items this deep or deeper are folded */
    struct fold_exception *exceptions;
};

/* Folds from `depth` on and forgets what was done by hand. */
void folds_set_depth(struct folds *folds, uint32_t depth);

/* Folds or unfolds one item, whose kind and id are its identity. */
void folds_set(struct folds *folds, uint8_t kind, uint64_t id, bool folded);
bool folds_is_folded(const struct folds *folds, uint8_t kind, uint64_t id, uint32_t depth);
void folds_free(struct folds *folds);

#endif
