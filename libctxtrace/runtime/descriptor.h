/* Waiting for a descriptor or the end of a context, whichever is first. */
#ifndef CTXTRACE_RUNTIME_DESCRIPTOR_H
#define CTXTRACE_RUNTIME_DESCRIPTOR_H

#include <ctxtrace/blocking.h>
#include <stdint.h>

/* Whether a blocking call may begin: 0; otherwise -1, errno is the context's error or EINVAL. */
int descriptor_begin(ctxt_t *context, const char *function);

/*
 * After EAGAIN: waits until the descriptor has one of the poll events, or an error. 0, or -1 with
 * errno: the context's error, or EMFILE, ENFILE, ENOMEM when the context has no done descriptor and
 * none can be made. `operation` is enum segment_operation.
 */
int descriptor_wait(ctxt_t *context, int descriptor, short events, uint8_t operation);

/* Is it in non-blocking mode? If not: false with errno EINVAL, or EBADF. */
bool descriptor_is_nonblocking(int descriptor);

/* Whether a call that failed is to be tried again after waiting (errno is EAGAIN). */
bool descriptor_would_block(void);

#endif
