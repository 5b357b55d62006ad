/* How long a program would have to stand still for a capture. */
#ifndef CTXTRACE_GOLANG_CAPTURE_ESTIMATE_H
#define CTXTRACE_GOLANG_CAPTURE_ESTIMATE_H

#include "golang/capture/capture.h"

/*
 * How long copying will take: tried on the running program for at most `limit_ns`, and extrapolated
 * if that was too short. The capture is empty afterwards, and our own memory that it will be made
 * in is mapped; if copying takes longer than the limit, that memory is given back.
 */
int64_t capture_estimate_ns(const struct go_program *program, int64_t limit_ns,
                            struct go_capture *capture);

#endif
