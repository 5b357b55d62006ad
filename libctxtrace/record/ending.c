/*
 * What ended in order and has nothing to show leaves no segment. Nobody can run the rules here, so
 * what some rule could speak of stays:
 *
 *  - a context that is open, or anything that is not a thread and not joined: a coroutine, a task
 *    of ctxt_go();
 *  - more threads that ended and were not joined than is usual (thread-not-joined);
 *  - a wait for a lock that can be one of a circle, or whose holder is gone (deadlock,
 *    leaked-task).
 *
 * Threads that are alive at the end, and what they wait for, do not matter: exit() ends them.
 *
 * The file is removed by its name, if that is still our file. Where that cannot be done, for the
 * user or the root directory has changed since, or system calls are forbidden, `nothing_left` lets
 * others do it: who makes the next segment in the directory, `ctxreport list` and `run`. A
 * process that becomes another program must keep it until that has happened: then it is the new
 * program that removes it, if it is recorded as well, or again one of those.
 */
#include "record/ending.h"

#include "base/clock.h"
#include "record/recorder.h"
#include "record/segment_directory.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USUAL_UNJOINED = 10, MOST_COMPARISONS = 1 << 20 };

static segment_word *used_slot(enum segment_area_kind area, uint32_t index)
{
    segment_word *slot = recorder_slot(area, index);
    return word_get(slot, 1) ? slot : NULL;
}

static uint32_t used(enum segment_area_kind area)
{
    return (uint32_t)atomic_load(&recorder.storage.header->areas[area].used);
}

static bool contexts_may_matter(void)
{
    for (uint32_t i = 0; i < used(AREA_CONTEXTS); i++) {
        const segment_word *slot = used_slot(AREA_CONTEXTS, i);
        if (slot && (word_get(slot, CTX_KIND_AND_STATE) & 0xff) > CONTEXT_TODO)
            return true;
    }
    return false;
}

static bool tasks_may_matter(void)
{
    unsigned unjoined = 0;
    for (uint32_t i = 0; i < used(AREA_TASKS); i++) {
        const segment_word *slot = used_slot(AREA_TASKS, i);
        uint64_t state = slot ? word_get(slot, TASK_THREAD_AND_STATE) : 0;
        uint64_t kind = state >> 32 & 0xff;
        if (kind == TASK_ORIGIN_GO || kind == TASK_ORIGIN_COROUTINE ||
            kind == TASK_ORIGIN_GOROUTINE)
            return true;
        unjoined += kind == TASK_ORIGIN_THREAD && (state >> 40 & SEGMENT_EXITED);
    }
    return unjoined > USUAL_UNJOINED;
}

/* ---- waits ---- */

/* Can it be an edge of a circle? */
static bool is_edge(const segment_word *wait)
{
    uint64_t object = word_get(wait, WAIT_KINDS) & 0xff;
    return object == OBJECT_MUTEX || object == OBJECT_RWMUTEX || object == OBJECT_TASK;
}

static bool is_in_edge(uint64_t task)
{
    for (uint32_t i = 0; i < used(AREA_WAITS); i++) {
        const segment_word *wait = used_slot(AREA_WAITS, i);
        if (wait && word_get(wait, WAIT_TASK_ID) == task && is_edge(wait))
            return true;
    }
    return false;
}

static bool wait_may_matter(const segment_word *wait)
{
    if (!is_edge(wait))
        return false;
    if (word_get(wait, WAIT_HELD) || word_get(wait, WAIT_OWNER_WAIT) ||
        (word_get(wait, WAIT_FLAGS) & SEGMENT_OWNER_GONE))
        return true;
    bool joins = (word_get(wait, WAIT_KINDS) & 0xff) == OBJECT_TASK;
    uint64_t next = word_get(wait, joins ? WAIT_OBJECT_ID : WAIT_OWNER_TASK);
    return next && is_in_edge(next);
}

static uint64_t count_edges(void)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < used(AREA_WAITS); i++) {
        const segment_word *wait = used_slot(AREA_WAITS, i);
        count += wait && is_edge(wait);
    }
    return count;
}

static bool waits_may_matter(void)
{
    if (count_edges() * used(AREA_WAITS) > MOST_COMPARISONS)
        return true; /* that is too much to compare here */
    for (uint32_t i = 0; i < used(AREA_WAITS); i++) {
        const segment_word *wait = used_slot(AREA_WAITS, i);
        if (wait && wait_may_matter(wait))
            return true;
    }
    return false;
}

static bool has_nothing_to_keep(void)
{
    return !recorder.keep && !contexts_may_matter() && !tasks_may_matter() && !waits_may_matter();
}

/* ---- the end ---- */

/*
 * In a child that shares our memory the end is not ours. Where system calls are forbidden it cannot
 * be asked, and what is said of the end by mistake is overwritten by the real one.
 */
static bool is_ours(void)
{
    return recorder_is_on() && (recorder.sealed || recorder.pid == getpid());
}

static void set_end(enum segment_end end, int64_t ended_ns, bool nothing_left)
{
    invariant(end == SEGMENT_RUNNING || ended_ns > 0);
    struct segment_header *header = recorder.storage.header;
    atomic_store(&header->nothing_left, nothing_left);
    atomic_store(&header->ended_ns, (uint64_t)ended_ns);
    atomic_store(&header->end, end);
}

static void remove_file(void)
{
    struct stat found;
    if (stat(recorder.path, &found) == 0 && found.st_dev == recorder.storage.device &&
        found.st_ino == recorder.storage.inode)
        unlink(recorder.path);
}

void ending_exit(void)
{
    if (!is_ours())
        return;
    int saved = errno;
    bool nothing_left = has_nothing_to_keep();
    set_end(SEGMENT_EXIT, now_ns(), nothing_left);
    if (nothing_left && !recorder.sealed)
        remove_file();
    errno = saved;
}

void ending_exec(void)
{
    if (is_ours())
        set_end(SEGMENT_EXECED, now_ns(), has_nothing_to_keep());
}

void ending_exec_failed(void)
{
    if (is_ours())
        set_end(SEGMENT_RUNNING, 0, false);
}

void ending_clean_up_after_exec(void)
{
    segment_directory_remove_execed();
}

/* Runs after the program's own exit handlers. */
__attribute__((destructor)) static void end_with_program(void)
{
    ending_exit();
}
