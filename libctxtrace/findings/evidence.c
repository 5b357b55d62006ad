#include "findings/evidence.h"

#include "base/hash.h"

#include <string.h>

bool time_is_known(int64_t time_ns)
{
    return time_ns != SNAPSHOT_NEVER && time_ns != SNAPSHOT_TIME_UNKNOWN;
}

int64_t age_at_snapshot(const struct snapshot *snapshot, int64_t since_ns)
{
    int64_t taken = snapshot->program.taken_ns;
    int64_t age;
    if (!time_is_known(since_ns) || !time_is_known(taken) ||
        __builtin_sub_overflow(taken, since_ns, &age))
        return -1;
    /* What happened while the snapshot was being taken. */
    return age > 0 ? age : 0;
}

int64_t time_left(const struct snapshot *snapshot, int64_t until_ns)
{
    int64_t taken = snapshot->program.taken_ns, left;
    if (!time_is_known(until_ns) || !time_is_known(taken) ||
        __builtin_sub_overflow(until_ns, taken, &left))
        return 0;
    return left > 0 ? left : 0;
}

bool has_settled(const struct snapshot *snapshot, int64_t since_ns,
                 const struct thresholds *thresholds)
{
    int64_t age = age_at_snapshot(snapshot, since_ns);
    return age < 0 || age >= thresholds->min_age_ns || snapshot->program.state == PROGRAM_DEAD;
}

bool is_young(const struct snapshot *snapshot, int64_t since_ns,
              const struct thresholds *thresholds)
{
    int64_t age = age_at_snapshot(snapshot, since_ns);
    return age >= 0 && age < thresholds->min_age_ns;
}

bool wait_has_settled(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                      const struct thresholds *thresholds)
{
    return wait->since_at_least || has_settled(snapshot, wait->since_ns, thresholds);
}

enum settling wait_settling(const struct snapshot *snapshot, const struct snapshot_wait *wait,
                            const struct thresholds *thresholds)
{
    int64_t age = age_at_snapshot(snapshot, wait->since_ns);
    if (wait->since_at_least || age < 0 || age >= thresholds->min_age_ns)
        return SETTLED;
    bool may_be_older = snapshot->program.state == PROGRAM_DEAD && snapshot->program.taken_at_least;
    return may_be_older ? PERHAPS_TOO_YOUNG : TOO_YOUNG;
}

void claim_lower_if_young(struct claim *claim, enum settling settling)
{
    if (settling != PERHAPS_TOO_YOUNG)
        return;
    claim->confidence = CONFIDENCE_SUSPECT;
    claim->missing = PRECONDITION_END_SEEN;
}

bool has_lasted(const struct snapshot *snapshot, int64_t since_ns, int64_t nanoseconds)
{
    int64_t age = age_at_snapshot(snapshot, since_ns);
    return age >= 0 && age >= nanoseconds;
}

uint32_t site_of_stack(const struct snapshot *snapshot, uint32_t stack)
{
    if (stack == SNAPSHOT_NONE)
        return SNAPSHOT_NONE;
    uint32_t site = snapshot->stacks[stack].site;
    /* A stack without any frame that a person would recognise says nothing about where it is. */
    if (site == SNAPSHOT_NONE || snapshot->sites[site].top_frame == SNAPSHOT_NONE)
        return SNAPSHOT_NONE;
    return site;
}

/* With its end, so that "ab", "c" is not "a", "bc". */
static uint64_t hash_whole_text(uint64_t hash, const char *text)
{
    return hash_byte(hash_text(hash, text), 0);
}

uint64_t likeness_of_context(const struct snapshot *snapshot, uint32_t context)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    uint64_t hash = hash_whole_text(HASH_START, context_kind_name(it->kind));
    hash = hash_whole_text(hash, snapshot_text(snapshot, it->type));
    hash = hash_whole_text(hash, snapshot_text(snapshot, it->name));
    hash = hash_whole_text(hash, snapshot_text(snapshot, it->key));
    return hash ? hash : 1;
}

uint64_t likeness_of_task(const struct snapshot *snapshot, uint32_t task)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    uint64_t hash = hash_whole_text(HASH_START, task_kind_name(it->kind));
    hash = hash_whole_text(hash, snapshot_text(snapshot, it->name));
    hash = hash_whole_text(hash, it->main ? "main" : "");
    return hash ? hash : 1;
}

static struct claim empty_claim(enum confidence confidence, enum subject_kind kind,
                                uint32_t subject)
{
    return (struct claim){
        .confidence = confidence,
        .subject_kind = kind,
        .subject = subject,
        .site = SNAPSHOT_NONE,
        .other = SNAPSHOT_NONE,
        .since_ns = SNAPSHOT_TIME_UNKNOWN,
    };
}

struct claim claim_about_context(const struct snapshot *snapshot, uint32_t context,
                                 enum confidence confidence)
{
    const struct snapshot_context *it = &snapshot->contexts[context];
    struct claim claim = empty_claim(confidence, SUBJECT_CONTEXT, context);
    claim.site = site_of_stack(snapshot, context_identifying_stack(it));
    claim.likeness = likeness_of_context(snapshot, context);
    claim.since_ns = it->created_ns;
    claim_add_stack(&claim, "created", it->creation_stack);
    return claim;
}

/* All that its creator was doing, where that is known. */
static uint32_t whole_creation_stack(const struct snapshot *snapshot, uint32_t task)
{
    uint32_t count;
    const struct snapshot_ancestor *ancestors = snapshot_ancestors_of(snapshot, task, &count);
    return count && ancestors[0].stack != SNAPSHOT_NONE ? ancestors[0].stack
                                                        : snapshot->tasks[task].creation_stack;
}

struct claim claim_about_task(const struct snapshot *snapshot, uint32_t task, uint32_t wait,
                              enum confidence confidence)
{
    const struct snapshot_task *it = &snapshot->tasks[task];
    struct claim claim = empty_claim(confidence, SUBJECT_TASK, task);
    claim.likeness = likeness_of_task(snapshot, task);
    claim.since_ns = it->created_ns;

    uint32_t stack = it->stack;
    const char *label = "is at";
    if (wait != SNAPSHOT_NONE) {
        claim.since_ns = snapshot->waits[wait].since_ns;
        label = "waits";
        if (snapshot->waits[wait].stack != SNAPSHOT_NONE)
            stack = snapshot->waits[wait].stack;
    }
    claim.site = site_of_stack(snapshot, stack);
    if (claim.site == SNAPSHOT_NONE)
        claim.site = site_of_stack(snapshot, it->creation_stack);
    claim_add_stack(&claim, label, stack);
    claim_add_stack(&claim, "task created", whole_creation_stack(snapshot, task));
    return claim;
}

void claim_add_stack(struct claim *claim, const char *label, uint32_t stack)
{
    if (stack == SNAPSHOT_NONE)
        return;
    for (int i = 0; i < CLAIM_STACKS; i++) {
        if (claim->stacks[i].label)
            continue;
        claim->stacks[i] = (struct labelled_stack){label, stack};
        return;
    }
}

int64_t age_of_oldest(const struct snapshot *snapshot, const struct finding *finding)
{
    return age_at_snapshot(snapshot, finding->claims[0].since_ns);
}
