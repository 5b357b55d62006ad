/*
 * Waiting for a descriptor or the end of a context, whichever is first.
 *
 * Calls are tried first and wait only when they would block. To wait is one ppoll() of the
 * descriptor and the context's done descriptor together; a context that can never end needs none.
 * The call is then tried again: another thread may have been faster, so readiness proves nothing.
 */
#ifndef CTXTRACE_RUNTIME_DESCRIPTOR_H
#define CTXTRACE_RUNTIME_DESCRIPTOR_H

#include "record/record.h"

#include <ctxtrace/blocking.h>

/* Whether a blocking call may begin: 0; otherwise -1, errno is the context's error or EINVAL. */
int descriptor_begin(ctxt_t *context, const char *function);

/*
 * After EAGAIN: waits until the descriptor has one of the poll events, or an error. 0, or -1 with
 * errno: the context's error; the socket's; or EMFILE, ENFILE, ENOMEM when the context has no done
 * descriptor and none can be made. `operation` is enum wait_operation.
 */
int descriptor_wait(ctxt_t *context, int descriptor, short events, uint8_t operation);

/* Is it in non-blocking mode? If not: false with errno EINVAL, or EBADF. */
bool descriptor_is_nonblocking(int descriptor);

/* Whether a call that failed is to be tried again after waiting (errno is EAGAIN). */
bool descriptor_would_block(void);

/* ---- the pieces, for ctxt_poll() ---- */

/* *fd: the context's done descriptor, -1 if it never ends. False with errno if none can be made. */
bool descriptor_done(ctxt_t *context, int *fd);
/* ppoll() until a time, not ended by signals. */
int descriptor_poll(struct pollfd *polled, nfds_t count, int64_t until_ns);
/* -1, with errno saying how the context has ended. */
int descriptor_fail_as_ended(ctxt_t *context);
struct record_wait descriptor_describe(int descriptor, uint8_t operation, ctxt_t *context,
                                       int64_t until_ns);

#endif
