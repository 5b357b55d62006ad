/* What every public header of libctxtrace needs: linkage, attributes, units of time. */
#ifndef CTXTRACE_BASE_H
#define CTXTRACE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define CTXT_BEGIN_C extern "C" {
#define CTXT_END_C   }
#else
#define CTXT_BEGIN_C
#define CTXT_END_C
#endif

#define CTXT_API               __attribute__((visibility("default")))
#define CTXT_PRINTF(at, first) __attribute__((format(printf, at, first)))
/* A function in a header that stands for its one call: stacks and debuggers pass over it. */
#define CTXT_WRAPPER           static inline __attribute__((always_inline, artificial, unused))
#define CTXT_MUST_USE          __attribute__((warn_unused_result))

/* Durations and times are int64_t nanoseconds. Times are of CLOCK_MONOTONIC. */
#define CTXT_MICROSECOND INT64_C(1000)
#define CTXT_MILLISECOND INT64_C(1000000)
#define CTXT_SECOND      INT64_C(1000000000)
#define CTXT_MINUTE      (60 * CTXT_SECOND)
#define CTXT_HOUR        (60 * CTXT_MINUTE)

/* A time that never comes; as a duration, for ever. */
#define CTXT_NEVER INT64_MAX

#endif
