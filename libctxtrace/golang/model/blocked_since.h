/*
 * How long a goroutine has been seen in the same place. The runtime itself notes that only when it
 * collects garbage, so a session that looks repeatedly keeps its own record.
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
 * Records one look, made at `now_ns`, and moves wait_since of goroutines back that were blocked in
 * the same place in an earlier look. When memory runs out it forgets what it knew.
 */
void blocked_since_update(struct blocked_since *known, struct goroutines *goroutines,
                          int64_t now_ns);
void blocked_since_free(struct blocked_since *known);

#endif
