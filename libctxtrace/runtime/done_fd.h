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

/* That of a line of the library's own, made if there is none yet; -1 with errno. */
int done_fd_of(struct ctxt *line);

/* Signals the descriptor if there is one, and moves the state from ENDING on. Signal safe. */
void done_fd_complete_end(struct ctxt *node);

/* Makes an eventfd readable. No cancellation point; signal safe; errno is kept. */
void done_fd_signal(int fd);

/* Closes it, when the node is freed. */
void done_fd_close(struct ctxt *node);

/* In a forked child: gives all of them descriptors of the child's own, at the same numbers. */
void done_fd_fork_child(void);

#endif
