/* What tasks wait for, and whether they obey the context that they work under. */
#ifndef CTXTRACE_FINDINGS_WAITING_H
#define CTXTRACE_FINDINGS_WAITING_H

#include "findings/rule.h"

/*
 * The context that a task works under: the one it has entered, else the one it was started with.
 * SNAPSHOT_NONE when there is none, or when it is not here.
 */
uint32_t context_of_task(const struct snapshot *snapshot, uint32_t task);

/* Is it alive, and the program's own rather than the run-time system's or a library's? */
bool task_is_programs_own(const struct snapshot_task *task);

/*
 * Is it main, in a program that runs for as long as main waits? Then waiting for what only main
 * itself could signal is no defect.
 */
bool task_keeps_program(const struct snapshot *snapshot, const struct snapshot_task *task);

/* How many cases the select has that the wait is one of; 1: it is not of a select. */
uint32_t wait_cases(const struct snapshot *snapshot, const struct snapshot_wait *wait);

/* Can this wait end by itself, or because a context ends? */
struct fact wait_has_way_out(const struct snapshot *snapshot, const struct snapshot_wait *wait);

/*
 * The one task that has to go on for this one to go on: it holds the mutex that this one waits to
 * lock, or it is being joined. SNAPSHOT_NONE when there is no such task, when it is gone, or when
 * the wait may be over by now.
 */
uint32_t task_waited_for(const struct snapshot *snapshot, uint32_t task);

/*
 * The context whose end a task should notice: the one that it works under, or, where that was not
 * recorded, the one that it likely does. SNAPSHOT_NONE when neither is known.
 */
uint32_t context_to_obey(const struct snapshot *snapshot, uint32_t task, bool *likely);

enum obedience {
    OBEYS,                /* nothing speaks against it */
    KEEPS_RUNNING,        /* its context ended more than max_lag ago, and it runs or polls */
    KEEPS_WAITING,        /* its context ended more than max_lag ago, and it is blocked */
    MAY_NOT_NOTICE_AN_END /* its context can end, and that will not end its wait */
};

/*
 * Waits for others to end (joins, groups) obey: that is how a shutdown works, and those they wait
 * for are judged themselves. So does a task that ended the context itself, and, as long as the
 * context is open, one that only likely works under it. `wait` becomes the wait that matters, or
 * SNAPSHOT_NONE.
 */
enum obedience task_obedience(const struct snapshot *snapshot, const struct thresholds *thresholds,
                              uint32_t task, uint32_t *wait);

#endif
