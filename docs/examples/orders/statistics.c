#include "statistics.h"

#include <ctxtrace/ctxtrace.h>

#include <stdio.h>

enum { STATUSES = sizeof((struct statistics *)0)->by_status / sizeof(unsigned long) };

void statistics_count(struct statistics *statistics, unsigned status, int64_t noticed_ns)
{
    int64_t stop_ns = noticed_ns ? ctxt_now() - noticed_ns : 0;
    pthread_mutex_lock(&statistics->lock);
    if (status < STATUSES)
        statistics->by_status[status]++;
    if (noticed_ns)
        statistics->hangups++;
    if (stop_ns > statistics->slowest_stop_ns)
        statistics->slowest_stop_ns = stop_ns;
    pthread_mutex_unlock(&statistics->lock);
}

json_t *statistics_as_json(struct statistics *statistics)
{
    json_t *statuses = json_object();
    pthread_mutex_lock(&statistics->lock);
    for (unsigned status = 0; status < STATUSES; status++) {
        char name[16];
        if (statistics->by_status[status] == 0)
            continue;
        snprintf(name, sizeof name, "%u", status);
        json_object_set_new(statuses, name,
                            json_integer((json_int_t)statistics->by_status[status]));
    }
    json_t *all = json_pack("{s:o, s:I, s:f}", "answers", statuses, "hang_ups",
                            (json_int_t)statistics->hangups, "slowest_stop_ms",
                            (double)statistics->slowest_stop_ns / 1e6);
    pthread_mutex_unlock(&statistics->lock);
    return all;
}
