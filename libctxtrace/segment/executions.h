/*
 * The journal of executions: which programs a run started, and in which of them a recorder started.
 *
 * `ctxreport run` has to know what it did not see. A program that is static, has rights of its own,
 * or is not C never reports itself; but its parent can. So every recorded process notes which
 * program it is about to become or start, and every recorder notes that it has started, and in
 * which program. Whatever was started without a recorder starting in it was not recorded.
 *
 * The program is named because a process can become several in a row. One that is not recorded
 * notes nothing when it becomes the next, and if that one is recorded, its recorder is the next
 * thing heard of the process: without the name it would be taken for that of the one before.
 *
 * That this is all that can be missing follows by induction: the command is known to `run` itself;
 * each other program was started by one that was recorded, which noted it, or by one that was not,
 * which is named already, with all that it may have started. Exceptions: an exec by a system call
 * that does not go through libc's functions, and a process that can no longer open the file and has
 * closed the descriptor that it kept when it changed its user or its root directory. What the
 * latter starts cannot reach the file either, so it is not mistaken for recorded if its own start
 * was noted.
 *
 * Format. A file named EXECUTIONS_FILE in the directory of segments; it exists only where it is
 * wanted, and only `run` creates it. Records are appended with one write() each, so they do not
 * mix, and the order in the file is the order in time:
 *
 *     kind, blank, inode of the PID namespace, blank, PID, blank, how, blank, path, NUL
 *
 * in decimal. An absolute path is one; a name without a slash was searched in PATH and not found.
 * For a recorder it is the path that the kernel was given for the program, or empty if that was a
 * descriptor. PIDs are unambiguous together with their namespace. `how` is five numbers separated
 * by commas, for what its file does not show about whether a program can be recorded: the real and
 * effective user and group of the process that writes the record, in the order uid, euid, gid,
 * egid; and what the program finds in its environment, of enum execution_environment. Of
 * EXECUTION_NOT_RECORDED the last is the error number instead, of the others it is 0.
 *
 * A process that has forbidden itself system calls (seccomp) cannot write to a file any more. It
 * has mapped a second one before, SEALED_EXECUTIONS_FILE, and notes there what it and its children
 * become and start: a place is reserved by adding to `used`, the record is put into it, its first
 * byte last, and zeroes follow. If the exec fails its kind becomes EXECUTION_FAILED. There are no
 * other kinds but EXECUTION_BEGINS and EXECUTION_SPAWNED. PIDs of children are not known, and are
 * 0; nor is the current directory, or what a name in PATH leads to: paths are as they were given.
 */
#ifndef CTXTRACE_SEGMENT_EXECUTIONS_H
#define CTXTRACE_SEGMENT_EXECUTIONS_H

#include <stdatomic.h>
#include <stdint.h>

#define EXECUTIONS_FILE        "executions"
#define SEALED_EXECUTIONS_FILE EXECUTIONS_FILE "-sealed"

enum { SEALED_EXECUTIONS_SIZE = 65536 };

struct sealed_executions {
    _Atomic uint64_t used; /* bytes of records; more than there are: the last ones had no room */
    char records[SEALED_EXECUTIONS_SIZE - sizeof(uint64_t)];
};

enum execution_kind {
    EXECUTION_BEGINS = 'x',   /* the process is about to become the program */
    EXECUTION_FAILED = 'f',   /* it could not, and goes on as it was; no path */
    EXECUTION_SPAWNED = 'n',  /* the program was started as that process; may follow its RECORDED */
    EXECUTION_RECORDED = 's', /* a recorder has started in the process, in this program */
    EXECUTION_NOT_RECORDED = 'u' /* and could make no segment when there was something to record */
};

enum execution_environment {
    ENVIRONMENT_WHOLE,
    ENVIRONMENT_NO_PRELOAD,  /* LD_PRELOAD does not name the preload */
    ENVIRONMENT_OFF,         /* CTXTRACE is 0 */
    ENVIRONMENT_NO_DIRECTORY /* CTXTRACE_DIR is not the journal's */
};

#endif
