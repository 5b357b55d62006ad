/*
 * System calls whose callers can notice a stop.
 *
 * PTRACE_INTERRUPT wakes a thread that sleeps in a system call. Most calls then restart by
 * themselves, as if nothing had happened: the kernel's ERESTARTSYS, ERESTARTNOHAND and
 * ERESTARTNOINTR, or its restart_syscall, which knows when a time-out was to end. Those are futex,
 * nanosleep and clock_nanosleep, poll, ppoll, select, pselect (all of which keep what is left of a
 * time-out), pause, sigsuspend, wait, flock and file locks, message queues of both kinds, open of a
 * FIFO, and read from pipes, terminals, inotify, eventfd, timerfd and signalfd. The others are in
 * the table:
 *
 * - Some return EINTR, although no signal came. They can be made to begin again by the registers of
 *   the stopped thread (ERESTARTNOHAND instead of EINTR, as the kernel itself has it for others).
 * - Where such a call has a time-out that counts from the call (an argument, or SO_RCVTIMEO and
 *   SO_SNDTIMEO of a socket), it starts over with the call. A thread that is stopped more often
 *   than that never wakes: with one look a second, a sleep of 1.5 s did not end.
 * - ppoll, select and pselect write down what is left of their time-out, for when they begin again.
 *   Where they cannot, as it lies in memory that is only read, they return EINTR, too.
 * - Some return what they have done so far: less than was asked for. There nothing can be
 *   restarted.
 *
 * So a thread that is asleep in one of these is best not stopped at all, see sleeper.h. That holds
 * without a time-out, too: should the stopper be killed before it has changed the registers, EINTR
 * would come through.
 *
 * What remains: a signal that the program ignores is dropped when it is sent, but not while the
 * thread that it is sent to is traced. During a pause it can then wake a thread that was left
 * asleep, and with no handler to run EINTR comes through. Go programs have a handler for every
 * signal. And who is stopped just when it has done a part of what it was asked for, but does not
 * sleep, returns that part, as it would for any signal: of a large read of /dev/urandom or
 * /dev/zero, getrandom, or copy_file_range, too.
 *
 * Sources: signal(7), and in the kernel fs/eventpoll.c, fs/aio.c, fs/pipe.c, fs/select.c,
 * ipc/sem.c, kernel/signal.c, io_uring/, net/core/sock.c (sock_intr_errno()), net/ipv4/tcp.c,
 * net/unix/af_unix.c.
 */
#ifndef CTXTRACE_IMAGE_BLOCKING_CALL_H
#define CTXTRACE_IMAGE_BLOCKING_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Which of its calls, while they sleep, would notice a stop. */
enum blocking_call_shows {
    SHOWS_ALWAYS,
    SHOWS_OF_SOCKETS,  /* the first argument says */
    SHOWS_BY_TIME_OUT, /* it is in memory that cannot be written to */
    SHOWS_NEVER        /* it does not sleep; but begun again it has to be, too */
};

/* What has the time-out that starts over when a call that returned EINTR restarts. */
enum blocking_call_time_out {
    TIME_OUT_NONE,
    TIME_OUT_MILLISECONDS, /* an argument; negative: there is none */
    TIME_OUT_TIMESPEC,     /* an argument points to it; NULL: there is none */
    TIME_OUT_TIMEVAL,
    TIME_OUT_OF_SOCKET, /* the first argument, or `argument`; without one, none returns EINTR */
    TIME_OUT_OF_RING    /* what is pointed to, if the flags in an argument say that it is */
};

struct blocking_call {
    long number;
    const char *name;
    enum blocking_call_shows shows;
    enum blocking_call_time_out time_out;
    uint8_t argument; /* that has it */
};

/* NULL: one that does not notice a stop. */
const struct blocking_call *blocking_call_find(long number);
/* The table itself, row by row; NULL behind the last. */
const struct blocking_call *blocking_call_at(size_t row);

/*
 * Would a call with these arguments notice? `directory` is the process's in /proc. Makes system
 * calls only: the stopper asks, too.
 */
bool blocking_call_shows(const struct blocking_call *call, const uint64_t arguments[6], uint64_t sp,
                         int directory);

/*
 * May it be restarted when it returned EINTR? close() may not: the descriptor is gone, and its
 * number may be that of another file by now, which would be closed. (FUSE and NFS return EINTR.)
 */
bool blocking_call_restarts(const struct blocking_call *call);

/* Had the call, which returned EINTR for a stop, a time-out that starts over? As above. */
bool blocking_call_is_timed(const struct blocking_call *call, const uint64_t arguments[6],
                            int directory);

#endif
