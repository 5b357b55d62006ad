/*
 * Noting which programs are started, for whoever wants to know what was not recorded: the journal
 * of segment/executions.h.
 *
 * Everything here may be called between vfork() and exec, in a signal handler, and in any thread:
 * no memory is allocated, no lock taken, and errno stays. Where nobody wants a journal it costs one
 * branch.
 */
#ifndef CTXTRACE_PRELOAD_EXECUTIONS_H
#define CTXTRACE_PRELOAD_EXECUTIONS_H

#include <stdbool.h>

/* In the constructor: finds the journal, and notes in it whether this process is recorded. */
void executions_start(bool is_recorded);

/*
 * The process is about to become another user, or to have another root directory: the journal is
 * kept open, for it cannot be opened any more then.
 */
void executions_keep_open(void);

/* It is about to forbid itself system calls, and notes in memory from then on. */
void executions_seal(void);

/* There was something to record, and no segment could be made for it: once in a process. */
void executions_not_recorded(void);

/*
 * The calling process is about to become this program with this environment; it could not.
 * `search`: a name without a slash is searched as execvp() does. "At": the path leads from the
 * directory that is open here; with an empty one the program itself is.
 */
void executions_begin(const char *path, bool search, char *const *environment);
void executions_begin_at(int descriptor, const char *path, char *const *environment);
void executions_failed(void);

/* It has started this program as process `pid`; 0: as one that it does not know. */
void executions_spawned(int pid, const char *path, bool search, char *const *environment);

#endif
