/* What the server has done so far, for /stats. Any thread may call these. */
#ifndef ORDERS_STATISTICS_H
#define ORDERS_STATISTICS_H

#include <jansson.h>
#include <pthread.h>
#include <stdint.h>

struct statistics {
    pthread_mutex_t lock;
    unsigned long by_status[600];
    unsigned long hangups;
    int64_t slowest_stop_ns; /* from noticing that a client hung up to the end of its handler */
};

/* Counts a request that has just been worked off. `noticed_ns`: when its client hung up, or 0. */
void statistics_count(struct statistics *statistics, unsigned status, int64_t noticed_ns);
json_t *statistics_as_json(struct statistics *statistics);

#endif
