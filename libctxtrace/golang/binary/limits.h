/* The most of each that is believed: a target can claim anything. */
#ifndef CTXTRACE_GOLANG_BINARY_LIMITS_H
#define CTXTRACE_GOLANG_BINARY_LIMITS_H

#include <stdint.h>

#define MAX_GOROUTINES UINT64_C(50000000)
#define MAX_SPANS      (UINT64_C(1) << 28)
#define MAX_ITABS      (UINT64_C(1) << 24)

#endif
