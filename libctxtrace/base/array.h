/*
 * Arrays that grow: a pointer to the items, how many there are, and for how many there is room. The
 * owner keeps the three side by side under names of its choice; all zeroes is an empty array, and
 * free() of the items ends it.
 *
 * When memory runs out, or the size would not fit into a size_t, the array is as it was, with all
 * that is in it and at the same place: the caller only has to say so. Capacities grow by half, so
 * that adding item by item moves each about twice on average, and a freed block can be reused for a
 * later, larger one.
 *
 * ARRAY_ROOM is a macro because a function would have to be given the size of an item beside its
 * pointer, and to store the new pointer through a `void **`, which strict aliasing forbids: here
 * they cannot disagree. utarray.h, which comes with the uthash of our tables, was considered: it
 * ends the process when memory runs out, and hides the items' type.
 */
#ifndef CTXTRACE_BASE_ARRAY_H
#define CTXTRACE_BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Makes room for `needed` items in all. `items` is a pointer that may move, `capacity` a size_t;
 * both are updated, and evaluated more than once. True when there is room; the items are not NULL
 * then, even if none are needed.
 */
#define ARRAY_ROOM(items, capacity, needed)                                                        \
    ({                                                                                             \
        const size_t needed_ = (needed);                                                           \
        bool fits_ = (items) && needed_ <= (capacity);                                             \
        if (!fits_) {                                                                              \
            void *grown_ = array_grow((items), &(capacity), needed_, sizeof *(items));             \
            if (grown_)                                                                            \
                (items) = grown_;                                                                  \
            fits_ = grown_ != NULL;                                                                \
        }                                                                                          \
        fits_;                                                                                     \
    })

/*
 * The same for a pointer that is kept elsewhere: returns the array, perhaps moved, never NULL when
 * there is room, and NULL when there is none; then the old array is untouched.
 */
void *array_grow(void *items, size_t *capacity, size_t needed, size_t size);

#endif
