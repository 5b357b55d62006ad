/*
 * How long a goroutine has been seen in the same wait, and for how long the context that it likely
 * works under had ended by then. The runtime notes the first only when it collects garbage, and
 * nothing notes when a context is cancelled, so a session that looks repeatedly keeps its own
 * record.
 *
 * A context's address alone does not say that it is the one of an earlier look: what is freed is
 * used again. A goroutine in the same wait has held it all the while.
 */
#ifndef CTXTRACE_GOLANG_MODEL_BLOCKED_SINCE_H
#define CTXTRACE_GOLANG_MODEL_BLOCKED_SINCE_H

#include "golang/binary/address_map.h"
#include "golang/model/contexts.h"

struct blocked_entry {
    uint64_t id, sp;
    uint32_t status;
    uint8_t sequence; /* changes whenever it has run */
    int64_t first_ns;
    uint64_t ended_context; /* address of the one that it works under, 0: none, or it is open */
    int64_t ended_ns;       /* when that was first seen to have ended */
};

/* Start from a zeroed structure. */
struct blocked_since {
    struct blocked_entry *items;
    size_t count;
    struct address_map by_id;
};

/*
 * Records one look, made at `now_ns` (monotonic). Moves wait_since of goroutines back that were
 * blocked in the same place in an earlier look, and sets ended_ns of the contexts that they work
 * under. When memory runs out it forgets what it knew.
 */
void blocked_since_update(struct blocked_since *known, const struct context_types *types,
                          struct goroutines *goroutines, struct contexts *contexts, int64_t now_ns);
void blocked_since_free(struct blocked_since *known);

#endif
