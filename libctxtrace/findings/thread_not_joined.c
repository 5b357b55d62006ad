/*
 * A thread that has ended, and that nobody joined or detached: its stack is kept for the join.
 *
 * It is never proved. As long as the program runs somebody may yet join it: a batch of jobs is
 * joined when the last of them was started, a pool when the program ends, by a destructor of a
 * library it may be, which runs after all that is recorded. And at a regular exit nothing leaks: a
 * program that lets its helpers end and returns from main does no harm.
 *
 * What speaks for a leak is a pile: more than max_registrations from one place, of which some had
 * ended before the last was made. Likely if whoever started them cannot have meant to join them all
 * later: it has ended itself, or the program has left by a regular exit. Suspect otherwise, and of
 * fewer, unless their creator is still there to join them. Silent while the creator waits for
 * others to end (it joins in order). Whether a pile grows for ever shows by looking again.
 *
 * Only threads whose creation was seen count: of others the join would not have been seen either.
 */
#include "findings/evidence.h"
#include "findings/text.h"

#include <stdlib.h>

static bool waits_for_others(const struct snapshot *snapshot, uint32_t task)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    for (uint32_t i = 0; i < it->wait_count; i++) {
        uint8_t operation = snapshot->waits[it->first_wait + i].operation;
        if (operation == WAIT_JOIN || operation == WAIT_GROUP_EMPTY)
            return true;
    }
    return false;
}

static bool is_candidate(const struct snapshot *snapshot, const struct snapshot_task *task,
                         const struct thresholds *thresholds)
{
    if (task->kind != TASK_THREAD || task->state != TASK_EXITED || task->system || task->main ||
        task->detached || task->joined)
        return false;
    if (snapshot->program.state == PROGRAM_DEAD && snapshot->program.exited)
        return true;
    return has_lasted(snapshot, task->exited_ns, thresholds->min_age_ns) &&
           (task->parent == SNAPSHOT_NONE || !waits_for_others(snapshot, task->parent));
}

struct unjoined {
    uint32_t site, task;
};

static int compare_unjoined(const void *left, const void *right)
{
    const struct unjoined *a = left, *b = right;
    if (a->site != b->site)
        return a->site < b->site ? -1 : 1;
    return (a->task > b->task) - (a->task < b->task);
}

/* Did some of them end before the last was made? Then nobody was waiting for all to be started. */
static bool made_one_after_another(const struct snapshot *snapshot, const struct unjoined *threads,
                                   uint32_t count)
{
    int64_t first_exit = INT64_MAX, last_created = INT64_MIN;
    for (uint32_t i = 0; i < count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[threads[i].task];
        if (time_is_known(task->exited_ns) && task->exited_ns < first_exit)
            first_exit = task->exited_ns;
        if (time_is_known(task->created_ns) && task->created_ns > last_created)
            last_created = task->created_ns;
    }
    return first_exit < last_created;
}

static bool creator_is_gone(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    return task->parent_id != 0 &&
           (task->parent == SNAPSHOT_NONE || snapshot->tasks[task->parent].state == TASK_EXITED);
}

static void claim_threads(const struct snapshot *snapshot, const struct thresholds *thresholds,
                          const struct unjoined *threads, uint32_t count, struct claims *claims)
{
    bool over = snapshot->program.state == PROGRAM_DEAD && snapshot->program.exited;
    bool piled_up =
        count > thresholds->max_registrations && made_one_after_another(snapshot, threads, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[threads[i].task];
        bool creator_left = creator_is_gone(snapshot, task);
        if (!piled_up && !creator_left)
            continue;
        enum confidence confidence =
            piled_up && (over || creator_left) ? CONFIDENCE_LIKELY : CONFIDENCE_SUSPECT;
        struct claim claim = claim_about_task(snapshot, threads[i].task, SNAPSHOT_NONE, confidence);
        claim.site = threads[i].site;
        claim.since_ns = task->exited_ns;
        claim.stacks[0] = (struct labelled_stack){"thread created", task->creation_stack};
        claim.stacks[1] = (struct labelled_stack){0};
        claims_add(claims, &claim);
    }
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    if (snapshot->task_count == 0)
        return;
    struct unjoined *threads = malloc(snapshot->task_count * sizeof *threads);
    if (!threads) {
        claims_fail(claims);
        return;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const struct snapshot_task *task = &snapshot->tasks[i];
        if (!is_candidate(snapshot, task, thresholds))
            continue;
        if (task->creation_stack == SNAPSHOT_NONE) {
            claims_withhold(claims, PRECONDITION_NOT_OBSERVABLE);
            continue;
        }
        threads[count++] = (struct unjoined){site_of_stack(snapshot, task->creation_stack), i};
    }
    qsort(threads, count, sizeof *threads, compare_unjoined);
    for (uint32_t start = 0, end; start < count; start = end) {
        for (end = start + 1; end < count; end++) {
            if (threads[start].site != threads[end].site)
                break;
        }
        claim_threads(snapshot, thresholds, &threads[start], end - start, claims);
    }
    free(threads);
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    text_count(&text, finding->count, "thread", "threads");
    text_place(&text, "created in", snapshot, claim->stacks[0].stack);
    text_add(&text, " %s ended and %s", singular_or_plural(finding->count, "has", "have"),
             singular_or_plural(finding->count, "was", "were"));
    bool over = snapshot->program.state == PROGRAM_DEAD && snapshot->program.exited;
    text_add(&text, over ? " never joined or detached" : " not joined or detached");
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; %s ended ", singular_or_plural(finding->count, "it", "the first"));
        text_age(&text, snapshot, age);
        text_add(&text, over ? " before the program did" : " ago");
    }
    text_add(&text, ".");
}

const struct rule rule_thread_not_joined = {
    .name = "thread-not-joined",
    .catalogue = "T1",
    .title = "A thread that ended and was never joined",
    .advice = "Join the thread when its result is wanted; otherwise detach it (ctxt_detach, "
              "pthread_detach) when it is started.",
    .severity = SEVERITY_MEDIUM,
    .check = check,
    .sentence = sentence,
};
