/*
 * G8, G9, G10: tasks that wait for each other in a circle.
 *
 * An edge leads from a task to the one that has to go on first: the holder of the mutex that it
 * waits to lock, or the task that it joins. Only tasks with a single wait have an edge, so there is
 * at most one from each, and every circle is found by following edges and colouring the tasks on
 * the way: linear, and each circle once. A task that waits for a mutex which it holds itself is a
 * circle of one.
 *
 * Proved if it is known of every member that nothing can wake it. That fact is the source's, and
 * excludes these ways out (segment/reading.h and snapshot/facts.c say how): a time at which the
 * wait gives up; a context that bounds it and could still end, or that is not known; a wait that
 * was over before the snapshot was complete, the waiter having got its lock; a holder that was seen
 * before it was blocked itself, and may have let go since; a holder that is not known; waits or
 * tasks that were lost. Likely if any of that is unknown; suspect if there is a way out. A wait
 * that may be over already is no edge at all: of a queue for one lock, whose holder hands it on all
 * the time, one would see circles.
 *
 * All waits of a circle must have lasted for min_age: they were read one after another, and only
 * what was so all the while was so at one moment. What a dead program left was so at one moment,
 * whatever its age, and then certain edges need no age (preload/holders.c has that argument); but a
 * circle that is not proved may be what was seen of locks that were passed on at that very moment,
 * so it must be old there, too.
 *
 * What a proof rests on beside that: locks of the usual kinds, which any thread can unlock, are
 * unlocked by the one that locked them, as POSIX has it, unless this program was seen to do
 * otherwise. Where another thread is left that could break the rule, the sentence names it. Of a
 * circle of one it is not taken for granted, because a mutex that is locked twice by one thread,
 * for another one to unlock it, is a semaphore.
 */
#include "base/hash.h"
#include "findings/evidence.h"
#include "findings/text.h"
#include "findings/waiting.h"

#include <stdlib.h>

#define MEMBERS_IN_A_SENTENCE 4

static const struct snapshot_wait *only_wait(const struct snapshot *snapshot, uint32_t task)
{
    return &snapshot->waits[snapshot->tasks[task].first_wait];
}

struct circles {
    uint32_t *colour;   /* of each task: 0, or the number + 1 of the walk that reached it first */
    uint32_t *leads_to; /* of each task: the first member of the circle that its edges end in */
    uint32_t *behind;   /* of the first member of a circle: how many tasks wait behind it */
};

/* Where a member of a circle stands, the same after recompiling. */
static uint64_t place_of_member(const struct snapshot *snapshot, uint32_t task)
{
    uint32_t site = site_of_stack(snapshot, only_wait(snapshot, task)->stack);
    if (site == SNAPSHOT_NONE)
        site = site_of_stack(snapshot, snapshot->tasks[task].stack);
    if (site == SNAPSHOT_NONE)
        site = site_of_stack(snapshot, snapshot->tasks[task].creation_stack);
    return site == SNAPSHOT_NONE ? likeness_of_task(snapshot, task)
                                 : snapshot->sites[site].fingerprint;
}

/* The same member whichever task the walk came from: that with the least site, then id. */
static uint32_t first_member(const struct snapshot *snapshot, uint32_t member)
{
    uint32_t first = member;
    uint64_t least = UINT64_MAX;
    uint32_t task = member;
    do {
        uint64_t place = place_of_member(snapshot, task);
        if (place < least || (place == least && task < first)) {
            least = place;
            first = task;
        }
        task = task_waited_for(snapshot, task);
    } while (task != member);
    return first;
}

/* Follows the edges from `start`; tells all tasks on the way which circle they lead to. */
static void walk(const struct snapshot *snapshot, struct circles *circles, uint32_t start)
{
    uint32_t task = start;
    while (task != SNAPSHOT_NONE && circles->colour[task] == 0) {
        circles->colour[task] = start + 1;
        task = task_waited_for(snapshot, task);
    }
    uint32_t circle = SNAPSHOT_NONE;
    if (task != SNAPSHOT_NONE && circles->colour[task] == start + 1)
        circle = first_member(snapshot, task);
    else if (task != SNAPSHOT_NONE)
        circle = circles->leads_to[task];

    task = start;
    while (task != SNAPSHOT_NONE && circles->colour[task] == start + 1 &&
           circles->leads_to[task] == SNAPSHOT_NONE && circle != SNAPSHOT_NONE) {
        circles->leads_to[task] = circle;
        circles->behind[circle]++;
        task = task_waited_for(snapshot, task);
    }
}

/* What kind of claim a circle is; false if one of its waits is too young. */
static bool weigh(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  uint32_t first, struct claim *claim, uint32_t *length)
{
    bool escapes = false, young = false;
    claim->since_ns = SNAPSHOT_TIME_UNKNOWN;
    *length = 0;
    uint32_t task = first;
    do {
        const struct snapshot_wait *wait = only_wait(snapshot, task);
        if (!wait_has_settled(snapshot, wait, thresholds))
            return false;
        young |= is_young(snapshot, wait->since_ns, thresholds);
        struct fact goes_on = snapshot->tasks[task].wakeable;
        escapes |= goes_on.value == FACT_YES;
        if (goes_on.value == FACT_UNKNOWN)
            claim->missing = goes_on.missing ? goes_on.missing : PRECONDITION_NOT_OBSERVABLE;
        /* The circle was closed by the last wait. */
        if (time_is_known(wait->since_ns) &&
            (claim->since_ns == SNAPSHOT_TIME_UNKNOWN || wait->since_ns > claim->since_ns))
            claim->since_ns = wait->since_ns;
        ++*length;
        task = task_waited_for(snapshot, task);
    } while (task != first);

    claim->confidence = CONFIDENCE_PROVED;
    if (escapes) {
        claim->confidence = CONFIDENCE_SUSPECT;
        claim->missing = PRECONDITION_NONE;
    } else if (claim->missing != PRECONDITION_NONE) {
        claim->confidence = CONFIDENCE_LIKELY;
    }
    return claim->confidence == CONFIDENCE_PROVED || !young;
}

static int by_value(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/*
 * One hash of the places of all members: a circle with another partner is another defect. How many
 * stand at one place does not count: a pool of workers that lock each other out in threes today
 * does so in fours tomorrow. False when memory ran out.
 */
static bool hash_members(const struct snapshot *snapshot, uint32_t first, uint32_t length,
                         uint64_t *hash)
{
    uint64_t *places = calloc(length, sizeof *places);
    if (!places)
        return false;
    uint32_t task = first;
    for (uint32_t i = 0; i < length; i++) {
        places[i] = place_of_member(snapshot, task);
        task = task_waited_for(snapshot, task);
    }
    qsort(places, length, sizeof *places, by_value);
    *hash = 1;
    for (uint32_t i = 0; i < length; i++) {
        if (i == 0 || places[i] != places[i - 1])
            *hash = hash_scatter(*hash ^ places[i]) + 1;
    }
    free(places);
    return true;
}

static void claim_circle(const struct snapshot *snapshot, const struct thresholds *thresholds,
                         const struct circles *circles, uint32_t first, struct claims *claims)
{
    static const char *const labels[CLAIM_STACKS] = {"waits", "second waits", "third waits",
                                                     "fourth waits"};
    struct claim claim =
        claim_about_task(snapshot, first, snapshot->tasks[first].first_wait, CONFIDENCE_PROVED);
    uint32_t length;
    if (!weigh(snapshot, thresholds, first, &claim, &length)) {
        if (claim.missing != PRECONDITION_NONE)
            claims_withhold(claims, claim.missing);
        return;
    }
    for (int i = 0; i < CLAIM_STACKS; i++)
        claim.stacks[i] = (struct labelled_stack){0};
    uint32_t task = first;
    for (uint32_t i = 0; i < length && i < CLAIM_STACKS; i++) {
        uint32_t stack = only_wait(snapshot, task)->stack;
        claim_add_stack(&claim, labels[i],
                        stack == SNAPSHOT_NONE ? snapshot->tasks[task].stack : stack);
        task = task_waited_for(snapshot, task);
    }
    claim.number = circles->behind[first] - length;
    claim.other = task_waited_for(snapshot, first);
    if (!hash_members(snapshot, first, length, &claim.peers)) {
        claims_fail(claims);
        return;
    }
    claims_add(claims, &claim);
}

static void check(const struct snapshot *snapshot, const struct thresholds *thresholds,
                  struct claims *claims)
{
    uint32_t count = snapshot->task_count;
    if (count == 0)
        return;
    struct circles circles = {
        .colour = calloc(count, sizeof *circles.colour),
        .leads_to = malloc(count * sizeof *circles.leads_to),
        .behind = calloc(count, sizeof *circles.behind),
    };
    if (circles.colour && circles.leads_to && circles.behind) {
        for (uint32_t i = 0; i < count; i++)
            circles.leads_to[i] = SNAPSHOT_NONE;
        for (uint32_t i = 0; i < count; i++)
            walk(snapshot, &circles, i);
        for (uint32_t i = 0; i < count; i++) {
            if (circles.leads_to[i] == i)
                claim_circle(snapshot, thresholds, &circles, i, claims);
        }
    } else {
        claims_fail(claims);
    }
    free(circles.colour);
    free(circles.leads_to);
    free(circles.behind);
}

static void add_edge(struct text *text, const struct snapshot *snapshot, uint32_t task)
{
    uint32_t next = task_waited_for(snapshot, task);
    text_add(text, " waits to ");
    text_wait(text, snapshot, snapshot->tasks[task].first_wait);
    if (only_wait(snapshot, task)->operation == WAIT_JOIN)
        return;
    text_add(text, ", which ");
    if (next == task) {
        text_add(text, "it holds itself");
        return;
    }
    text_task(text, snapshot, next);
    text_add(text, " holds");
}

/* Could a thread outside of the circle end it, if it unlocked what it has not locked? */
static bool rests_on_rule_of_locks(const struct snapshot *snapshot, uint32_t first)
{
    bool any_unlocks = false, others_go_on = !snapshot->program.complete;
    uint32_t task = first;
    do {
        any_unlocks |= only_wait(snapshot, task)->any_unlocks;
        task = task_waited_for(snapshot, task);
    } while (task != first);
    for (uint32_t i = 0; i < snapshot->task_count && !others_go_on; i++)
        others_go_on = task_is_programs_own(&snapshot->tasks[i]) &&
                       snapshot->tasks[i].wakeable.value != FACT_NO;
    return any_unlocks && others_go_on;
}

static void sentence(const struct snapshot *snapshot, const struct finding *finding, char *out,
                     size_t size)
{
    struct text text = text_into(out, size);
    const struct claim *claim = &finding->claims[0];
    uint32_t task = claim->subject;
    if (finding->count > 1)
        text_add(&text, "%u deadlocks, the oldest: ", finding->count);
    for (int i = 0; i < MEMBERS_IN_A_SENTENCE; i++) {
        if (i > 0)
            text_add(&text, "; ");
        text_task(&text, snapshot, task);
        add_edge(&text, snapshot, task);
        task = task_waited_for(snapshot, task);
        if (task == claim->subject)
            break;
    }
    if (task != claim->subject)
        text_add(&text, "; and so on in a circle");
    int64_t age = age_of_oldest(snapshot, finding);
    if (age >= 0) {
        text_add(&text, "; since ");
        text_age(&text, snapshot, age);
    }
    if (claim->number > 0) {
        text_add(&text, "; ");
        text_count(&text, (uint64_t)claim->number, "more task waits", "more tasks wait");
        text_add(&text, " behind %s",
                 singular_or_plural(claim->other == claim->subject ? 1 : 2, "it", "them"));
    }
    text_add(&text, ".");
    if (claim->confidence == CONFIDENCE_PROVED && rests_on_rule_of_locks(snapshot, claim->subject))
        text_add(&text, " This rests on the rule that a thread unlocks only what it has locked.");
}

const struct rule rule_deadlock = {
    .name = "deadlock",
    .catalogue = "G8, G9, G10",
    .title = "Tasks that wait for each other in a circle",
    .advice = "Take locks in one order everywhere, and do not join, send or take another lock "
              "while holding one that the other side needs.",
    .severity = SEVERITY_CRITICAL,
    .check = check,
    .sentence = sentence,
};
