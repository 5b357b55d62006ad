/*
 * Numbers for keys of any bytes: the first gets 0 (or what the owner begins with), each new one the
 * next, an equal one that of before.
 */
#ifndef CTXREPORT_NUMBERING_H
#define CTXREPORT_NUMBERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct numbered;

/* All zeroes is an empty one. */
struct numbering {
    struct numbered *keys;
    uint64_t next;
    bool failed; /* there was no memory for all of them */
};

/* The number of the key; *is_new: it has only now got one. 0 if there was no memory. */
uint64_t numbering_of(struct numbering *numbering, const void *key, size_t size, bool *is_new);

void numbering_free(struct numbering *numbering);

#endif
