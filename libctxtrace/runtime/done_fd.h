/*
 * The done descriptor: an eventfd that becomes readable when its context ends.
 *
 * Making one and ending the context race without a lock. The maker stores the descriptor and then
 * reads the state; the canceller stores ENDING and then reads the descriptor; both in sequentially
 * consistent order, so at least one of them sees the other and signals. Signalling twice is
 * harmless.
 */
#ifndef CTXTRACE_RUNTIME_DONE_FD_H
#define CTXTRACE_RUNTIME_DONE_FD_H

struct ctxt;

/* Signals the descriptor if there is one, and moves the state from ENDING on. Signal safe. */
void done_fd_complete_end(struct ctxt *node);

/* Makes an eventfd readable. No cancellation point; signal safe; errno is kept. */
void done_fd_signal(int fd);

/* Closes it, when the node is freed. */
void done_fd_close(struct ctxt *node);

#endif
