/* The end of the process, as it is seen from within: what is said of it, and what is left. */
#ifndef CTXTRACE_RECORD_ENDING_H
#define CTXTRACE_RECORD_ENDING_H

/*
 * It ends regularly, now: by exit(), _exit() and their kin. The segment goes with it unless it may
 * tell of something, or was asked to stay. Async-signal-safe. Harmless in a child that shares our
 * memory (vfork), and if the process goes on after all.
 */
void ending_exit(void);

/* It is about to become another program; it could not, and goes on. */
void ending_exec(void);
void ending_exec_failed(void);

/* The program that this one was before exec may have left a segment that tells of nothing. */
void ending_clean_up_after_exec(void);

#endif
