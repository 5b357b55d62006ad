/* How long a program would have to stand still for a capture. */
#ifndef CTXTRACE_GOLANG_CAPTURE_ESTIMATE_H
#define CTXTRACE_GOLANG_CAPTURE_ESTIMATE_H

#include "golang/capture/capture.h"

/*
 * How long copying will take, by doing it to the running program, for `limit_ns` at most; what that
 * was too short for is reckoned. The capture is empty afterwards, and what it will be made in, our
 * own memory, is warm; if it takes longer than the limit, that memory is given back.
 */
int64_t capture_estimate_ns(const struct go_program *program, int64_t limit_ns,
                            struct go_capture *capture);

#endif
