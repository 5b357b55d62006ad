/*
 * G1-G7, G10-G13: a task is blocked on something that nobody can signal any more.
 *
 * Rests on the fact `wakeable`, which a source works out from counted references or from what is
 * reachable; what that excludes is said where it is made (snapshot/facts.c, segment/reading.h and
 * golang/). Where it is unknown nothing is claimed, but for one case. Left to other rules: waits
 * for contexts alone (never-cancelled-wait), and tasks that wait for another task which is still
 * there (deadlock, or a consequence of what that one waits for).
 *
 * Never more than suspect is what a program can do on purpose: to wait for nothing at all (an empty
 * select, a nil channel), and, where it is the custom, that main waits for what only itself could
 * signal, which is how a program is kept from ending. It is named, because no fact tells whether it
 * is meant.
 */
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

/*
 * The wait to tell about: the first that is for something other than a context. SNAPSHOT_NONE if
 * there is none. One for nothing at all does only if no context is waited for beside it.
 */
static uint32_t wait_to_tell_about(const struct snapshot *snapshot,
                                   const struct snapshot_task *task)
{
    uint32_t nothing = SNAPSHOT_NONE;
    bool for_context = false;
    for (uint32_t i = 0; i < task->wait_count; i++) {
        uint32_t wait = task->first_wait + i;
        uint8_t kind = snapshot->objects[snapshot->waits[wait].object].kind;
        if (kind == OBJECT_CONTEXT)
            for_context = true;
        else if (kind == OBJECT_NOTHING)
            nothing = wait;
        else
            return wait;
    }
    return for_context ? SNAPSHOT_NONE : nothing;
}

static bool may_stay_on_purpose(const struct snapshot *snapshot, const struct snapshot_task *task,
                                uint32_t wait)
{
    return task_keeps_program(snapshot, task) ||
           (wait != SNAPSHOT_NONE &&
            snapshot->objects[snapshot->waits[wait].object].kind == OBJECT_NOTHING);
}

/*
 * Does it wait for a lock whose holder has ended? If that was seen to hold it only before it ended,
 * it may have let go in between; and another thread may be going to unlock it.
 */
static bool holder_ended(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    if (task->wait_count != 1)
        return false;
    const struct snapshot_wait *wait = &snapshot->waits[task->first_wait];
    const struct snapshot_object *object = &snapshot->objects[wait->object];
    uint32_t owner = object->owner_task;
    return (wait->operation == WAIT_LOCK || wait->operation == WAIT_READ_LOCK) &&
           (object->owner_gone ||
            (owner != SNAPSHOT_NONE && snapshot->tasks[owner].state == TASK_EXITED)) &&
           wait_has_way_out(snapshot, wait).value == FACT_NO;
}

/* Is it blocked in a way that this rule judges? `wait` becomes the wait to tell about. */
static bool is_candidate(const struct snapshot *snapshot, const struct thresholds *thresholds,
                         uint32_t task, uint32_t *wait)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    *wait = wait_to_tell_about(snapshot, it);
    if (it->state != TASK_WAITING || !task_is_programs_own(it) || it->wakeable.value == FACT_YES ||
        task_waited_for(snapshot, task) != SNAPSHOT_NONE)
        return false;
    if (*wait == SNAPSHOT_NONE)
        return it->wait_count == 0;
    return wait_settling(snapshot, &snapshot->waits[*wait], thresholds) != TOO_YOUNG;
}

static void look_at(const struct snapshot *snapshot, const struct thresholds *thresholds,
                    uint32_t task, struct claims *claims)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    uint32_t wait;
    if (!is_candidate(snapshot, thresholds, task, &wait))
        return;
    struct claim claim = claim_about_task(snapshot, task, wait, CONFIDENCE_PROVED);
    claim.other = wait;
    if (it->wakeable.value == FACT_UNKNOWN) {
        claim.confidence = CONFIDENCE_LIKELY;
        claim.missing = it->wakeable.missing ? it->wakeable.missing : PRECONDITION_NOT_OBSERVABLE;
        if (!holder_ended(snapshot, it) ||
            is_young(snapshot, snapshot->waits[it->first_wait].since_ns, thresholds)) {
            claims_withhold(claims, claim.missing);
            return;
        }
    }
    if (may_stay_on_purpose(snapshot, it, wait))
        claim.confidence = CONFIDENCE_SUSPECT;
    if (wait != SNAPSHOT_NONE)
        claim_lower_if_young(&claim, wait_settling(snapshot, &snapshot->waits[wait], thresholds));
    if (wait != SNAPSHOT_NONE)
        claim_add_stack(&claim, "object created",
                        snapshot->objects[snapshot->waits[wait].object].creation_stack);
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        look_at(snapshot, thresholds, i, claims);
}

static bool has_ended(const struct snapshot *snapshot, uint32_t task)
{
    return task == SNAPSHOT_NONE || snapshot->tasks[task].state == TASK_EXITED;
}

static void add_why(struct text *text, const struct snapshot *snapshot,
                    const struct snapshot_wait *wait)
{
    const struct snapshot_object *object = &snapshot->objects[wait->object];
    if (wait_cases(snapshot, wait) > 1) {
        text_add(text, "nobody is left who could signal any of them");
        return;
    }
    switch (object->kind) {
    case OBJECT_NOTHING:
        text_add(text, "that never happens");
        return;
    case OBJECT_MUTEX:
    case OBJECT_RWMUTEX:
        if (object->owner_gone) {
            text_add(text, "thread %u holds the lock, which is no thread of this process%s",
                     object->owner_thread,
                     snapshot->program.forked_from ? ": it has ended, or is the parent's"
                                                   : " any more");
            return;
        }
        if (object->owner_task_id == 0)
            break;
        text_task_id(text, snapshot, object->owner_task, object->owner_task_id);
        text_add(text, has_ended(snapshot, object->owner_task)
                           ? " ended while it held the lock"
                           : ", which holds it, can never go on either");
        return;
    default:
        break;
    }
    text_add(text, "nobody is left who could signal it");
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];

    text_count(&text, finding->count, "task is", "tasks are");
    text_add(&text, " blocked");
    text_place(&text, "in", snapshot,
               claim->stacks[0].label ? claim->stacks[0].stack : SNAPSHOT_NONE);
    text_add(&text, " and can %s be woken: %s",
             finding->confidence == CONFIDENCE_LIKELY ? "apparently never" : "never",
             finding->count == 1 ? "" : "for one, ");
    text_task(&text, snapshot, claim->subject);
    if (claim->other == SNAPSHOT_NONE) {
        text_add(&text, " waits (%s) for what nothing that runs can reach.",
                 snapshot_text(snapshot, snapshot->tasks[claim->subject].status));
        return;
    }
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, " has been waiting for ");
        text_age(&text, snapshot, age);
        text_add(&text, " to ");
    } else {
        text_add(&text, " waits to ");
    }
    text_wait(&text, snapshot, claim->other);
    text_add(&text, ", and ");
    add_why(&text, snapshot, &snapshot->waits[claim->other]);
    if (finding->missing == PRECONDITION_END_SEEN)
        text_add(&text, ". It may have just begun to wait when the program ended.");
    else
        text_add(&text, finding->confidence == CONFIDENCE_SUSPECT ? ". That may be meant." : ".");
    text_likely_context(&text, snapshot, claim->subject);
}

const struct rule rule_leaked_task = {
    .name = "leaked-task",
    .catalogue = "G1, G2, G3, G4, G5, G6, G7, G8, G10, G11, G12",
    .title = "A task that nothing can wake any more",
    .advice = "Give every blocked task a way out: receive from or close what it waits for on every "
              "path, give a channel room for a result that nobody may want, or let the wait watch "
              "a context.",
    .severity = SEVERITY_HIGH,
    .check = check,
    .sentence = sentence,
};
