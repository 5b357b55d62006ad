#include "ctxreport/unrecorded.h"

#include "base/base_name.h"
#include "base/error.h"
#include "ctxreport/grace.h"
#include "ctxreport/launch.h"
#include "inspect/executions.h"
#include "inspect/quiet_program.h"
#include "inspect/recordable.h"
#include "inspect/run_processes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_REASONS 100 /* in one report; what goes beyond is counted */

/* ---- why ---- */

/* It recorded, and then there was something to write and nowhere to write it to. */
static void explain_error(const struct execution *execution, const struct recording *recording,
                          struct error *why)
{
    if (execution->start.error == EOPNOTSUPP)
        error_set(why,
                  "%s is under a filter of system calls (seccomp) that would kill it for what "
                  "recording needs",
                  execution->path);
    else
        error_set(why, "%s could make no segment in %s: %s", execution->path, recording->directory,
                  strerror(execution->start.error));
}

static bool explain_environment(const struct execution *execution, struct error *why)
{
    static const char *const reasons[] = {
        [ENVIRONMENT_NO_PRELOAD] =
            "was started without the environment that `run` set, as by env -i or sudo, and so "
            "without the preload",
        [ENVIRONMENT_OFF] = "was started with CTXTRACE=0, which switches recording off",
        [ENVIRONMENT_NO_DIRECTORY] =
            "was started with another CTXTRACE_DIR than `run` set, or without one",
    };
    unsigned environment = execution->start.environment;
    if (environment == ENVIRONMENT_WHOLE || environment >= sizeof reasons / sizeof reasons[0])
        return false;
    return !error_set(why, "%s %s", execution->path, reasons[environment]);
}

/* The directory is that of the user who called `run`. */
static bool explain_user(const struct execution *execution, const struct recording *recording,
                         struct error *why)
{
    uid_t user = execution->start.caller.euid;
    if (user == 0 || user == geteuid())
        return false;
    return !error_set(why,
                      "%s was started by user %u, who may not write to %s, so that neither it nor "
                      "what it starts is recorded",
                      execution->path, (unsigned)user, recording->directory);
}

/* By its file; of a name that was searched in PATH, by the one that ours leads to. */
static enum recordable judge(const struct execution *execution, struct error *why)
{
    char file[PATH_MAX];
    launch_find(execution->path, file, sizeof file);
    return recordable_look(file, &execution->start.caller, why);
}

static void explain_absence(const struct execution *execution, struct error *why)
{
    if (explain_environment(execution, why))
        return;
    if (execution->is_alive)
        error_set(why, "%s has not begun to record, or cannot load the preload where it runs",
                  execution->path);
    else
        error_set(why,
                  "%s left no recording: it ended before one could begin, or could not load the "
                  "preload where it ran",
                  execution->path);
}

/* It noted nothing of what it started, which is known only as far as it was recorded. */
static void warn_of_children(struct error *why)
{
    const struct error reason = *why;
    error_set(why, "%s; what it started or became may be missing, too", reason.sentence);
}

static void explain(const struct recording *recording, const struct execution *execution,
                    struct error *why)
{
    if (execution->start.error) {
        explain_error(execution, recording, why);
        return;
    }
    enum recordable answer = judge(execution, why);
    if (answer == RECORDABLE_NO_SUBTREE)
        return;
    if (answer == RECORDABLE_YES && recording->preload[0] &&
        explain_user(execution, recording, why))
        return;
    if (answer == RECORDABLE_YES && !recording->preload[0])
        error_set(why, "%s is not linked with libctxtrace, and the preload was not used",
                  execution->path);
    else if (answer == RECORDABLE_YES)
        explain_absence(execution, why);
    warn_of_children(why);
}

/* Of a shell that libc started it is only known that it was; shells can be recorded as a rule. */
static bool is_presumed_recorded(const struct execution *execution)
{
    struct error ignored;
    return execution->pid == 0 && judge(execution, &ignored) == RECORDABLE_YES;
}

/* ---- losses: one for each living process, one for all that ended in the same way ---- */

/* Programs started alike are told apart by nothing but their numbers. */
static int compare_starts(const struct execution *a, const struct execution *b)
{
    const struct executable_caller *one = &a->start.caller, *other = &b->start.caller;
    const long long differences[] = {
        strcmp(a->path, b->path),
        (long long)a->start.error - b->start.error,
        (long long)a->start.environment - b->start.environment,
        (long long)one->uid - other->uid,
        (long long)one->euid - other->euid,
        (long long)one->gid - other->gid,
        (long long)one->egid - other->egid,
    };
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (differences[i])
            return differences[i] < 0 ? -1 : 1;
    return 0;
}

static int by_start(const void *a, const void *b)
{
    const struct execution *one = a, *other = b;
    if (one->is_alive != other->is_alive)
        return one->is_alive ? -1 : 1;
    int order = compare_starts(one, other);
    return order ? order : (one->pid > other->pid) - (one->pid < other->pid);
}

static bool add_living(struct report *report, const struct recording *recording,
                       const struct execution *execution, struct error *error)
{
    struct error why;
    char sentence[sizeof why.sentence + 64];
    explain(recording, execution, &why);
    if (execution->is_recorded)
        snprintf(sentence, sizeof sentence,
                 "%s still runs as process %d, and is reported as it was when the command ended",
                 execution->path, execution->pid);
    else
        snprintf(sentence, sizeof sentence, "%s; it still runs as process %d", why.sentence,
                 execution->pid);
    return report_add_loss(report, "programs", sentence, 1, error);
}

static bool are_alike(const struct execution *one, const struct execution *other)
{
    return !one->is_alive && !one->pid == !other->pid && compare_starts(one, other) == 0;
}

static size_t count_alike(const struct executions *found, size_t first)
{
    size_t behind = first + 1;
    while (behind < found->count && are_alike(&found->items[first], &found->items[behind]))
        behind++;
    return behind - first;
}

static bool add_ended(struct report *report, const struct recording *recording,
                      const struct execution *execution, size_t count, struct error *error)
{
    struct error why;
    if (is_presumed_recorded(execution))
        return true;
    explain(recording, execution, &why);
    return report_add_loss(report, "programs", why.sentence, (int64_t)count, error);
}

static bool add_loss(struct report *report, const struct recording *recording,
                     const struct execution *execution, size_t count, struct error *error)
{
    return execution->is_alive ? add_living(report, recording, execution, error)
                               : add_ended(report, recording, execution, count, error);
}

bool unrecorded_add(struct report *report, const struct unrecorded *unrecorded, struct error *error)
{
    const struct executions *found = &unrecorded->executions;
    size_t reasons = 0;
    for (size_t i = 0, alike; i < found->count; i += alike) {
        alike = count_alike(found, i);
        if (reasons++ == MAX_REASONS)
            return report_add_loss(report, "programs",
                                   "they left no recording, for reasons like those above",
                                   (int64_t)(found->count - i), error);
        if (!add_loss(report, unrecorded->recording, &found->items[i], alike, error))
            return false;
    }
    return !found->is_cut ||
           report_add_loss(report, "programs",
                           "the journal of what was started could not be read to its end: at least "
                           "one may be missing without being named",
                           1, error);
}

/* ---- what ran ---- */

/* Without the preload nobody notes that a recorder has started: the segment shows it. */
static bool left_segment(const struct recording *recording, int pid)
{
    struct recorded_segment *segments = recording_segments(recording, pid);
    bool left = segments && segments[0].path && atoi(base_name(segments[0].path)) == pid;
    recording_segments_free(segments);
    return left;
}

static void look(struct executions *found, const struct recording *recording, int pid)
{
    executions_read(recording->directory, recording->command, pid, found);
    if (!recording->preload[0] && left_segment(recording, pid))
        executions_forget(found, pid);
    run_processes_add(recording->directory, found);
}

/*
 * What ends a moment after the command, as its children do when it was their parent's last act, has
 * not outlived it: no more time than that moment is given to it.
 */
enum { GRACE_MS = 200 };

void unrecorded_look(struct unrecorded *unrecorded, const struct recording *recording, int pid)
{
    struct executions *found = &unrecorded->executions;
    struct grace grace = grace_begin(GRACE_MS);
    unrecorded->recording = recording;
    look(found, recording, pid);
    while (grace_wait_for_one(&grace, found)) {
        executions_free(found);
        look(found, recording, pid);
    }
    if (found->count)
        qsort(found->items, found->count, sizeof *found->items, by_start);
}

void unrecorded_free(struct unrecorded *unrecorded)
{
    executions_free(&unrecorded->executions);
}

bool unrecorded_add_quiet(struct report *report, const struct unrecorded *unrecorded,
                          const struct process_end *end, struct error *error)
{
    const struct executions *found = &unrecorded->executions;
    for (size_t i = 0; i < found->recorded_count; i++) {
        struct snapshot *snapshot = quiet_program(&found->recorded[i], end);
        if (!snapshot)
            return error_no_memory(error);
        bool good = report_add(report, snapshot, NULL, error);
        snapshot_free(snapshot);
        if (!good)
            return false;
    }
    return true;
}

/* A segment is of a program that is named there; of a forked child's there is none. */
void unrecorded_leave_out(struct unrecorded *unrecorded, const char *segment)
{
    executions_has_segment(&unrecorded->executions, atoi(base_name(segment)), "");
}

/* It noted what it became, unless it had no way to the journal any more. */
static bool is_unknown_what_it_became(struct unrecorded *unrecorded,
                                      const struct snapshot_program *program)
{
    if (program->end != PROGRAM_EXECED)
        return false;
    if (unrecorded->became.pid != program->pid) {
        unrecorded->became.pid = program->pid;
        unrecorded->became.count = 0;
    }
    return ++unrecorded->became.count > executions_became(&unrecorded->executions, program->pid);
}

bool unrecorded_add_part(struct report *report, struct unrecorded *unrecorded,
                         const struct snapshot *snapshot, struct error *error)
{
    struct error why;
    const char *path = snapshot_text(snapshot, snapshot->program.executable);
    executions_has_segment(&unrecorded->executions, snapshot->program.pid, path);
    if (is_unknown_what_it_became(unrecorded, &snapshot->program)) {
        error_set(&why,
                  "what %s became as process %d is not known, for it had changed its user or its "
                  "root directory, or forbidden itself system calls, and could not note it; that "
                  "program and what it starts are not in this report, or not named there",
                  path, snapshot->program.pid);
        if (!report_add_loss(report, "programs", why.sentence, 1, error))
            return false;
    }
    if (!path[0] || recordable_look(path, NULL, &why) == RECORDABLE_YES)
        return true;
    return report_add_loss(report, "programs", why.sentence, 1, error);
}
