/*
 * The thread IDs that a program in a PID namespace of its own sees.
 *
 * The kernel reports them for one thread at a time (/proc/PID/task/TID/status), which takes three
 * system calls each. So they are looked up before a program is stopped; while it is, only threads
 * created since are looked up.
 */
#ifndef CTXTRACE_IMAGE_OWN_NUMBERS_H
#define CTXTRACE_IMAGE_OWN_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct own_numbers {
    int directory; /* /proc/PID; lent */
    bool differ;   /* it lives in a namespace that is not ours */
    size_t count, capacity;
    struct own_number {
        int tid, own;
    } * items; /* by ascending `tid` */
};

/* If memory runs out, the missing ones are looked up when they are asked for. */
void own_numbers_find(struct own_numbers *numbers, int directory);
int own_numbers_of(const struct own_numbers *numbers, int tid);
void own_numbers_free(struct own_numbers *numbers);

#endif
