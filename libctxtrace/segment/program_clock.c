#include "segment/program_clock.h"

#include "base/clock.h"
#include "base/times.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

/* What our time namespace adds to the monotonic clock; 0 where there is none. */
static int64_t our_namespace_offset(void)
{
    long long seconds = 0, nanoseconds = 0;
    FILE *file = fopen("/proc/self/timens_offsets", "re");
    if (!file)
        return 0;
    bool good = fscanf(file, "monotonic %lld %lld", &seconds, &nanoseconds) == 2;
    fclose(file);
    return good ? seconds * NS_PER_SECOND + nanoseconds : 0;
}

static bool same_namespace(const struct segment_header *header)
{
    struct stat status;
    return header->time_namespace == 0 || stat("/proc/self/ns/time", &status) != 0 ||
           status.st_ino == header->time_namespace;
}

int64_t program_clock_from_ours(const struct segment_header *header, int64_t our_ns)
{
    if (same_namespace(header))
        return our_ns;
    return time_plus(time_between(our_namespace_offset(), our_ns), header->namespace_offset_ns);
}

int64_t program_clock_now(const struct segment_header *header)
{
    return program_clock_from_ours(header, now_ns());
}

int64_t program_clock_realtime_offset(const struct segment_header *header)
{
    return time_between(program_clock_now(header), realtime_ns());
}
