/*
 * The journal of executions: which programs a run started, and in which of them a recorder started.
 *
 * `ctxreport run` has to know what it did not see. A program that is static, has rights of its own,
 * or is not C never tells; but its parent can. So every recorded process notes, before it becomes
 * or starts another program, which one; and every recorder notes that it has started. Whatever was
 * started without a recorder having started in it was not recorded.
 *
 * That this is all that can be missing follows by induction: the command is known to `run` itself;
 * each other program was started by one that was recorded, which noted it, or by one that was not,
 * which is named already, with all that it may have started. Ways out: an exec by a system call
 * that does not go through libc's functions, and a process that cannot open the file any more
 * (after a chroot, say); of the latter, what it starts cannot reach the file either, so it is not
 * taken for recorded by mistake if its own start was noted.
 *
 * Format. A file named EXECUTIONS_FILE in the directory of segments; it exists only where somebody
 * wants it, and nobody but `run` makes it. Records are appended with one write() each, so they do
 * not mix, and the order in the file is the order in time:
 *
 *     kind, blank, inode of the PID namespace, blank, PID, blank, path, NUL
 *
 * in decimal. An absolute path is one; a name without a slash was searched in PATH. The process's
 * own numbers are told apart by the namespace in which they are counted.
 */
#ifndef CTXTRACE_SEGMENT_EXECUTIONS_H
#define CTXTRACE_SEGMENT_EXECUTIONS_H

#define EXECUTIONS_FILE "executions"

enum execution_kind {
    EXECUTION_BEGINS = 'x',   /* the process is about to become the program */
    EXECUTION_FAILED = 'f',   /* it could not, and goes on as it was; no path */
    EXECUTION_SPAWNED = 'n',  /* the program was started as that process; may follow its RECORDED */
    EXECUTION_RECORDED = 's', /* a recorder has started in the process; no path */
    EXECUTION_NOT_RECORDED = 'u' /* and could make no segment when there was something to record */
};

#endif
