/*
 * Since when a goroutine has been seen where it is. The runtime itself notes it only when it
 * collects garbage, so a session that looks again and again keeps its own count.
 */
#ifndef CTXTRACE_GOLANG_MODEL_BLOCKED_SINCE_H
#define CTXTRACE_GOLANG_MODEL_BLOCKED_SINCE_H

#include "golang/binary/address_map.h"
#include "golang/capture/goroutines.h"

struct blocked_entry {
    uint64_t id, sp;
    uint32_t status;
    uint8_t sequence; /* changes whenever it has run */
    int64_t first_ns;
};

/* Start from a zeroed structure. */
struct blocked_since {
    struct blocked_entry *items;
    size_t count;
    struct address_map by_id;
};

/*
 * Takes in one look, made at `now_ns`, and turns back wait_since of goroutines that were blocked at
 * the same place in an earlier one. Without memory it forgets what it knew.
 */
void blocked_since_update(struct blocked_since *known, struct goroutines *goroutines,
                          int64_t now_ns);
void blocked_since_free(struct blocked_since *known);

#endif
