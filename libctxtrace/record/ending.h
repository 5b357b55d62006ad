/*
 * The end of the process, seen from within: what is recorded about it, and whether the segment
 * stays.
 */
#ifndef CTXTRACE_RECORD_ENDING_H
#define CTXTRACE_RECORD_ENDING_H

/*
 * It ends regularly, now: by exit(), _exit() and their kin. The segment is removed unless it may
 * have something to report, or is meant to stay. Async-signal-safe. Harmless in a child that shares
 * our memory (vfork), and if the process goes on after all.
 */
void ending_exit(void);

/* It is about to become another program; it could not, and goes on. */
void ending_exec(void);
void ending_exec_failed(void);

/* The program that this process was before exec may have left a segment with nothing in it. */
void ending_clean_up_after_exec(void);

#endif
