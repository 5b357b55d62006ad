/*
 * Where the bytes of a foreign program come from, live or dead; how many were read, and the
 * deadline for reading.
 *
 * Threads: any may fetch, several at once.
 */
#ifndef CTXTRACE_IMAGE_MEMORY_SOURCE_H
#define CTXTRACE_IMAGE_MEMORY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory_range {
    uint64_t start, end; /* end is the first address behind it */
};

struct memory_backend {
    /*
     * Copies each range to the local address with the same number, and says by `read[i]` how many
     * bytes came through (a prefix of the range). Several threads may do this at once.
     */
    void (*fetch)(void *state, const struct memory_range *ranges, void *const *local, size_t *read,
                  size_t count);
    /*
     * Which of the pages from `start` on exist? Reading one that was never touched would make the
     * program larger. NULL: all do. Any thread may ask.
     */
    void (*presence)(void *state, uint64_t start, size_t pages, bool *there);
};

struct memory_source {
    const struct memory_backend *backend;
    void *state;              /* the backend's, which stays its maker's */
    _Atomic uint64_t fetched; /* bytes */
};

/* Of an operation that reads, in one thread or several. */
struct memory_deadline {
    int64_t at_ns;       /* monotonic; 0: none */
    _Atomic bool passed; /* something was not read for it */
};

/* One call fetches no more than this: the deadline is checked in between. */
#define MEMORY_FETCH_RANGES 256
#define MEMORY_FETCH_BYTES  (UINT64_C(16) << 20)

/*
 * As the backend does, and counts it; but past the deadline (NULL: none) nothing is read, as if it
 * were unreadable. `read` is always filled in.
 */
void memory_source_fetch(struct memory_source *source, struct memory_deadline *deadline,
                         const struct memory_range *ranges, void *const *local, size_t *read,
                         size_t count);

/* As the backend's, which may have none. */
void memory_source_presence(const struct memory_source *source, uint64_t start, size_t pages,
                            bool *there);

#endif
