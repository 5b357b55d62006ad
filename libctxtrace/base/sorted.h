/*
 * Binary search.
 *
 * SORTED_FIRST is the first `index` from `low` up to but not including `high` for which `condition`
 * holds, and `high` if there is none. The condition names the index and has to be false up to some
 * place and true from there on:
 *
 *     size_t begun = SORTED_FIRST(i, 0, count, items[i].start > address);
 *
 * In this form the usual questions differ in the condition alone: ">= key" finds the first that is
 * not below a key, "> key" less one the last that is not above it. And nothing has to be an array:
 * what is searched may be read from a file, or computed by another function. It is a macro because
 * a C function cannot take an expression; bsearch(), which calls a function for each comparison,
 * has no answer for a key that is not there.
 */
#ifndef CTXTRACE_BASE_SORTED_H
#define CTXTRACE_BASE_SORTED_H

#include <stdbool.h>
#include <stddef.h>

#define SORTED_FIRST(index, low, high, condition)                                                  \
    ({                                                                                             \
        size_t low_ = (low), high_ = (high);                                                       \
        while (low_ < high_) {                                                                     \
            const size_t index = low_ + (high_ - low_) / 2;                                        \
            if (condition)                                                                         \
                high_ = index;                                                                     \
            else                                                                                   \
                low_ = index + 1;                                                                  \
        }                                                                                          \
        low_;                                                                                      \
    })

/*
 * For invariants, where something has been sorted: does `condition`, on items `index - 1` and
 * `index`, hold for all of them?
 */
#define SORTED_ALL(index, count, condition)                                                        \
    ({                                                                                             \
        bool all_ = true;                                                                          \
        for (size_t index = 1; all_ && index < (count); index++)                                   \
            all_ = (condition);                                                                    \
        all_;                                                                                      \
    })

#endif
