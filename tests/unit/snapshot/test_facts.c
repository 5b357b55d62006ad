/* What follows from counts and from waits: never a false no. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct snapshot_builder *builder;

static int start(void **state)
{
    (void)state;
    builder = builder_new();
    return builder == NULL;
}

static void add_context(uint64_t id, uint64_t parent, uint8_t kind, uint32_t owners)
{
    struct snapshot_context context = {
        .id = id,
        .parent_id = parent,
        .kind = kind,
        .owners = owners,
        .deadline_ns = SNAPSHOT_NEVER,
        .requested_deadline_ns = SNAPSHOT_NEVER,
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
    };
    context_facts_from_counts(&context, PRECONDITION_NONE);
    builder_add_context(builder, &context);
}

static void add_task(uint64_t id, uint8_t task_state)
{
    struct snapshot_task task = {.id = id,
                                 .state = task_state,
                                 .creation_stack = SNAPSHOT_NONE,
                                 .stack = SNAPSHOT_NONE,
                                 .exited_ns = task_state == TASK_EXITED ? 50 : SNAPSHOT_NEVER};
    builder_add_task(builder, &task, 0, 0);
}

struct waiting {
    uint64_t task, key;
    uint64_t owner;
    int64_t since_ns, until_ns, owner_seen_ns;
    uint64_t bounded_by;
    uint8_t kind;
    uint8_t signalable;
    bool closed;
};

static void add_wait(struct waiting what)
{
    struct snapshot_object object = {.kind = what.kind,
                                     .owner_task_id = what.owner,
                                     .owner_seen_ns = what.owner_seen_ns,
                                     .closed = what.closed,
                                     .signalable = {.value = what.signalable},
                                     .creation_stack = SNAPSHOT_NONE};
    struct snapshot_wait wait = {.object = builder_object(builder, what.key, &object),
                                 .since_ns = what.since_ns,
                                 .until_ns = what.until_ns ? what.until_ns : SNAPSHOT_NEVER,
                                 .stack = SNAPSHOT_NONE};
    builder_add_wait(builder, &wait, what.task, what.bounded_by);
}

static struct snapshot *finish(enum precondition missing)
{
    builder_derive_task_facts(builder, missing);
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return snapshot;
}

static unsigned wakeable(const struct snapshot *snapshot, uint64_t task)
{
    return snapshot->tasks[snapshot_find_task(snapshot, task)].wakeable.value;
}

static unsigned wakeable_without_parent(const struct snapshot *snapshot, uint64_t task)
{
    return snapshot->tasks[snapshot_find_task(snapshot, task)].wakeable_without_parent.value;
}

static unsigned can_end(const struct snapshot *snapshot, uint64_t context)
{
    return snapshot_can_end(snapshot, snapshot_find_context(snapshot, context)).value;
}

/* ---- contexts ---- */

static void counts_tell_who_can_cancel(void **state)
{
    (void)state;
    struct snapshot_context context = {.kind = CONTEXT_CANCEL, .owners = 1, .observers = 2};
    context_facts_from_counts(&context, PRECONDITION_NONE);
    assert_true(context.owners_counted);
    assert_int_equal(context.cancellable.value, FACT_YES);
    assert_int_equal(context.held_only_by_parent.value, FACT_NO);

    context.owners = 0;
    context_facts_from_counts(&context, PRECONDITION_NONE);
    assert_int_equal(context.cancellable.value, FACT_NO);
    assert_int_equal(context.held_only_by_parent.value, FACT_NO);

    context.observers = 0;
    context_facts_from_counts(&context, PRECONDITION_NONE);
    assert_int_equal(context.held_only_by_parent.value, FACT_YES);

    context_facts_from_counts(&context, PRECONDITION_NO_LOSSES);
    assert_int_equal(context.cancellable.value, FACT_UNKNOWN);
    assert_int_equal(context.cancellable.missing, PRECONDITION_NO_LOSSES);
    assert_int_equal(context.held_only_by_parent.value, FACT_UNKNOWN);

    context.kind = CONTEXT_VALUE;
    context.owners = 1;
    context_facts_from_counts(&context, PRECONDITION_NONE);
    assert_int_equal(context.cancellable.value, FACT_NO);

    context.kind = CONTEXT_CUSTOM;
    context_facts_from_counts(&context, PRECONDITION_NONE);
    assert_int_equal(context.cancellable.value, FACT_UNKNOWN);
}

static void counts_say_nothing_of_what_has_ended(void **state)
{
    (void)state;
    const uint8_t ends[] = {CONTEXT_CANCELED, CONTEXT_TIMED_OUT};
    for (size_t i = 0; i < sizeof ends; i++) {
        struct snapshot_context context = {.kind = CONTEXT_CANCEL, .state = ends[i]};
        context_facts_from_counts(&context, PRECONDITION_NONE);
        assert_int_equal(context.cancellable.value, FACT_UNKNOWN);
        assert_int_equal(context.cancellable.missing, PRECONDITION_OPEN_CONTEXT);
        assert_int_equal(context.held_only_by_parent.value, FACT_UNKNOWN);
        assert_int_equal(context.held_only_by_parent.missing, PRECONDITION_OPEN_CONTEXT);
    }
}

static void ends_come_from_owners_deadlines_and_parents(void **state)
{
    (void)state;
    add_context(1, 0, CONTEXT_BACKGROUND, 1);
    add_context(2, 1, CONTEXT_CANCEL, 0); /* lost */
    add_context(3, 2, CONTEXT_VALUE, 1);
    add_context(4, 1, CONTEXT_CANCEL, 1);
    add_context(5, 4, CONTEXT_VALUE, 1);
    add_context(6, 5, CONTEXT_CANCEL, 0); /* lost, but its parent's parent can end */
    add_context(7, 4, CONTEXT_WITHOUT_CANCEL, 1);
    add_context(8, 7, CONTEXT_CANCEL, 0);
    add_context(9, 99, CONTEXT_CANCEL, 0); /* a parent that is not there */
    struct snapshot_context timed = {.id = 10,
                                     .parent_id = 2,
                                     .kind = CONTEXT_DEADLINE,
                                     .deadline_ns = 5,
                                     .requested_deadline_ns = 5,
                                     .creation_stack = SNAPSHOT_NONE,
                                     .cancel_stack = SNAPSHOT_NONE};
    context_facts_from_counts(&timed, PRECONDITION_NONE);
    builder_add_context(builder, &timed);
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(can_end(snapshot, 1), FACT_NO);
    assert_int_equal(can_end(snapshot, 2), FACT_NO);
    assert_int_equal(can_end(snapshot, 3), FACT_NO);
    assert_int_equal(can_end(snapshot, 4), FACT_YES);
    assert_int_equal(can_end(snapshot, 6), FACT_YES);
    assert_int_equal(can_end(snapshot, 7), FACT_NO);
    assert_int_equal(can_end(snapshot, 8), FACT_NO);
    assert_int_equal(can_end(snapshot, 9), FACT_UNKNOWN);
    assert_int_equal(can_end(snapshot, 10), FACT_YES);
    snapshot_free(snapshot);
}

static struct fact cancellable(const struct snapshot *snapshot, uint64_t context)
{
    return snapshot->contexts[snapshot_find_context(snapshot, context)].cancellable;
}

/* What was moving may have ended, and those below with it: then owners may have let go rightly. */
static void nothing_is_claimed_of_what_was_moving(void **state)
{
    (void)state;
    add_context(1, 0, CONTEXT_BACKGROUND, 1);
    add_context(2, 1, CONTEXT_CANCEL, 1);
    add_context(3, 2, CONTEXT_VALUE, 1);
    add_context(4, 3, CONTEXT_CANCEL, 0);
    add_context(5, 3, CONTEXT_WITHOUT_CANCEL, 1);
    add_context(6, 5, CONTEXT_CANCEL, 0); /* does not end with 2 */
    add_context(7, 1, CONTEXT_CANCEL, 0);
    builder_context_was_moving(builder, 2);
    builder_context_was_moving(builder, 999); /* is not there */
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(cancellable(snapshot, 2).value, FACT_YES);
    assert_int_equal(cancellable(snapshot, 4).value, FACT_UNKNOWN);
    assert_int_equal(cancellable(snapshot, 4).missing, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    assert_int_equal(cancellable(snapshot, 6).value, FACT_NO);
    assert_int_equal(cancellable(snapshot, 7).value, FACT_NO);
    snapshot_free(snapshot);
}

static void what_lacks_its_parent_may_have_ended_with_it(void **state)
{
    (void)state;
    for (int told_once = 0; told_once < 2; told_once++) {
        builder = told_once ? builder_new() : builder;
        add_context(2, 0, CONTEXT_CANCEL, 0); /* not of a kind that is a root */
        add_context(3, 2, CONTEXT_CANCEL, 0);
        if (told_once)
            builder_ends_are_told_once(builder);
        struct snapshot *snapshot = finish(PRECONDITION_NONE);
        for (uint64_t id = 2; id <= 3; id++) {
            assert_int_equal(cancellable(snapshot, id).value, told_once ? FACT_UNKNOWN : FACT_NO);
            assert_int_equal(can_end(snapshot, id), told_once ? FACT_UNKNOWN : FACT_NO);
        }
        snapshot_free(snapshot);
    }
}

/* 1 root, 2 has ended; below it 3 cancel, 4 value, 5 deadline, 6 without-cancel, 7 its own Done. */
static struct snapshot *below_an_ended_one(bool told_once)
{
    const uint8_t kinds[] = {CONTEXT_CANCEL, CONTEXT_VALUE, CONTEXT_DEADLINE,
                             CONTEXT_WITHOUT_CANCEL, CONTEXT_CUSTOM};
    builder = told_once ? builder_new() : builder;
    add_context(1, 0, CONTEXT_BACKGROUND, 1);
    for (uint64_t id = 2; id <= 7; id++) {
        struct snapshot_context context = {.id = id,
                                           .parent_id = id == 2   ? 1
                                                        : id == 4 ? 3
                                                                  : 2,
                                           .kind = id == 2 ? CONTEXT_CANCEL : kinds[id - 3],
                                           .state = id == 2 ? CONTEXT_TIMED_OUT : CONTEXT_OPEN,
                                           .own_done = id == 7,
                                           .deadline_ns = SNAPSHOT_NEVER,
                                           .requested_deadline_ns = SNAPSHOT_NEVER,
                                           .creation_stack = SNAPSHOT_NONE,
                                           .cancel_stack = SNAPSHOT_NONE,
                                           .cancellable = {.value = FACT_NO},
                                           .held_only_by_parent = {.value = FACT_YES}};
        builder_add_context(builder, &context);
    }
    if (told_once)
        builder_ends_are_told_once(builder);
    return finish(PRECONDITION_NONE);
}

/* What is open below an ended one is about to end: whatever a source says, nothing is claimed. */
static void an_end_below_which_others_lag(void **state)
{
    (void)state;
    for (int told_once = 0; told_once < 2; told_once++) {
        struct snapshot *snapshot = below_an_ended_one(told_once);
        for (uint64_t id = 3; id <= 7; id++) {
            const struct snapshot_context *it =
                &snapshot->contexts[snapshot_find_context(snapshot, id)];
            bool ends = id <= 5; /* with its parent */
            uint8_t below = told_once ? CONTEXT_TIMED_OUT : CONTEXT_ENDING;
            assert_int_equal(it->state, ends ? below : CONTEXT_OPEN);
            assert_int_equal(it->cancellable.value, ends ? FACT_UNKNOWN : FACT_NO);
            assert_int_equal(it->held_only_by_parent.value, ends ? FACT_UNKNOWN : FACT_YES);
            assert_int_equal(it->cancellable.missing,
                             ends ? PRECONDITION_OPEN_CONTEXT : PRECONDITION_NONE);
            assert_int_equal(can_end(snapshot, id), id == 6 ? FACT_NO : FACT_YES);
            assert_int_equal(it->ended_by, ends && told_once ? ENDED_BY_PARENT : ENDED_NOT);
        }
        snapshot_free(snapshot);
    }
}

/* ---- tasks ---- */

static void waits_for_contexts_follow_them(void **state)
{
    (void)state;
    add_context(1, 0, CONTEXT_CANCEL, 0);
    add_context(2, 0, CONTEXT_CANCEL, 1);
    add_context(3, 2, CONTEXT_CANCEL, 0);
    for (uint64_t task = 1; task <= 5; task++)
        add_task(task, TASK_WAITING);
    add_wait((struct waiting){.task = 1, .kind = OBJECT_CONTEXT, .key = 1});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_CONTEXT, .key = 2});
    add_wait((struct waiting){.task = 3, .kind = OBJECT_CONTEXT, .key = 3});
    add_wait((struct waiting){.task = 4, .kind = OBJECT_CONTEXT, .key = 1, .until_ns = 9});
    add_wait((struct waiting){
        .task = 5, .kind = OBJECT_CHANNEL, .key = 8, .signalable = FACT_NO, .bounded_by = 3});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(wakeable(snapshot, 1), FACT_NO);
    assert_int_equal(wakeable(snapshot, 2), FACT_YES);
    assert_int_equal(wakeable_without_parent(snapshot, 2), FACT_YES);
    assert_int_equal(wakeable(snapshot, 3), FACT_YES);
    assert_int_equal(wakeable_without_parent(snapshot, 3), FACT_NO);
    assert_int_equal(wakeable(snapshot, 4), FACT_YES);
    assert_int_equal(wakeable(snapshot, 5), FACT_YES);
    assert_int_equal(wakeable_without_parent(snapshot, 5), FACT_NO);
    snapshot_free(snapshot);
}

static void a_select_ends_by_any_of_its_cases(void **state)
{
    (void)state;
    add_context(1, 0, CONTEXT_CANCEL, 0);
    add_task(1, TASK_WAITING);
    add_task(2, TASK_WAITING);
    add_task(3, TASK_WAITING);
    for (uint64_t task = 1; task <= 3; task++)
        add_wait((struct waiting){.task = task, .kind = OBJECT_CONTEXT, .key = 1});
    add_wait((struct waiting){.task = 1, .kind = OBJECT_CHANNEL, .key = 1, .signalable = FACT_YES});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_CHANNEL, .key = 2, .closed = true});
    add_wait((struct waiting){.task = 3, .kind = OBJECT_CONDITION, .key = 3});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(wakeable(snapshot, 1), FACT_YES);
    assert_int_equal(wakeable(snapshot, 2), FACT_YES);
    assert_int_equal(wakeable(snapshot, 3), FACT_UNKNOWN);
    snapshot_free(snapshot);
}

static void circles_cannot_be_woken(void **state)
{
    (void)state;
    for (uint64_t task = 1; task <= 6; task++)
        add_task(task, task == 6 ? TASK_RUNNING : TASK_WAITING);
    add_wait((struct waiting){.task = 1, .kind = OBJECT_MUTEX, .key = 12, .owner = 2});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_TASK, .key = 3});
    add_wait((struct waiting){.task = 3, .kind = OBJECT_MUTEX, .key = 31, .owner = 1});
    add_wait((struct waiting){.task = 4, .kind = OBJECT_TASK, .key = 1}); /* waits for the circle */
    add_wait((struct waiting){.task = 5, .kind = OBJECT_TASK, .key = 6}); /* for one that runs */
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    for (uint64_t task = 1; task <= 4; task++)
        assert_int_equal(wakeable(snapshot, task), FACT_NO);
    assert_int_equal(wakeable(snapshot, 5), FACT_YES);
    snapshot_free(snapshot);
}

static void one_way_out_opens_a_circle(void **state)
{
    (void)state;
    add_task(1, TASK_WAITING);
    add_task(2, TASK_WAITING);
    add_task(3, TASK_WAITING);
    add_wait((struct waiting){.task = 1, .kind = OBJECT_MUTEX, .key = 12, .owner = 2});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_MUTEX, .key = 23, .owner = 3});
    add_wait(
        (struct waiting){.task = 3, .kind = OBJECT_MUTEX, .key = 31, .owner = 1, .until_ns = 100});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    for (uint64_t task = 1; task <= 3; task++)
        assert_int_equal(wakeable(snapshot, task), FACT_YES);
    snapshot_free(snapshot);
}

/* ---- channels ---- */

static void add_channel_wait(uint64_t task, uint64_t key, int64_t until_ns)
{
    add_wait((struct waiting){.task = task,
                              .kind = OBJECT_CHANNEL,
                              .key = key,
                              .signalable = FACT_NO,
                              .until_ns = until_ns});
}

static unsigned signalable(const struct snapshot *snapshot, uint64_t key)
{
    for (uint32_t i = 0; i < snapshot->object_count; i++) {
        if (snapshot->objects[i].kind == OBJECT_CHANNEL && snapshot->objects[i].id == key)
            return snapshot->objects[i].signalable.value;
    }
    return FACT_UNKNOWN;
}

/*
 * 1 and 2 hold channel 10; 2 and 3 hold 11; and so on: what wakes one wakes all, in as many rounds.
 */
static void who_holds_a_channel_wakes_the_others(void **state)
{
    (void)state;
    enum { TASKS = 20, LONG = 200 };
    for (uint64_t count = TASKS; count <= LONG; count += LONG - TASKS) {
        for (int timed = 0; timed < 2; timed++) {
            builder = count == TASKS && !timed ? builder : builder_new();
            for (uint64_t task = 1; task <= count; task++) {
                add_task(task, TASK_WAITING);
                add_channel_wait(task, 8 + task, 0);
                add_channel_wait(task, 9 + task, task == 1 && timed ? 100 : 0);
            }
            struct snapshot *snapshot = finish(PRECONDITION_NONE);
            unsigned last = wakeable(snapshot, count);
            if (timed && count == LONG)
                assert_int_not_equal(last, FACT_NO); /* given up after some rounds */
            else
                assert_int_equal(last, timed ? FACT_YES : FACT_NO);
            assert_int_equal(signalable(snapshot, 10), timed ? FACT_YES : FACT_NO);
            snapshot_free(snapshot);
        }
    }
}

static void a_context_or_another_channel_wakes_a_holder(void **state)
{
    (void)state;
    add_context(1, 0, CONTEXT_CANCEL, 1);
    for (uint64_t task = 1; task <= 4; task++)
        add_task(task, TASK_WAITING);
    add_channel_wait(1, 10, 0);
    add_wait((struct waiting){
        .task = 2, .kind = OBJECT_CHANNEL, .key = 10, .signalable = FACT_NO, .bounded_by = 1});
    add_channel_wait(3, 11, 0);
    add_channel_wait(4, 11, 0);
    add_wait((struct waiting){.task = 4, .kind = OBJECT_CHANNEL, .key = 12}); /* unknown */
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(wakeable(snapshot, 1), FACT_YES);
    assert_int_equal(wakeable(snapshot, 2), FACT_YES);
    assert_int_equal(wakeable(snapshot, 3), FACT_UNKNOWN);
    assert_int_equal(wakeable(snapshot, 4), FACT_UNKNOWN);
    snapshot_free(snapshot);
}

/* ---- observers ---- */

static void add_observed(uint64_t id, uint64_t parent, uint32_t observers)
{
    struct snapshot_context context = {.id = id,
                                       .parent_id = parent,
                                       .kind = CONTEXT_CANCEL,
                                       .observers = observers,
                                       .deadline_ns = SNAPSHOT_NEVER,
                                       .requested_deadline_ns = SNAPSHOT_NEVER,
                                       .creation_stack = SNAPSHOT_NONE,
                                       .cancel_stack = SNAPSHOT_NONE};
    context_facts_from_counts(&context, PRECONDITION_NONE);
    builder_add_context(builder, &context);
}

static void add_task_under(uint64_t id, uint64_t context, uint8_t task_state)
{
    struct snapshot_task task = {.id = id,
                                 .state = task_state,
                                 .creation_stack = SNAPSHOT_NONE,
                                 .stack = SNAPSHOT_NONE,
                                 .exited_ns = SNAPSHOT_NEVER};
    builder_add_task(builder, &task, 0, context);
}

/*
 * An observer may take over the duty to cancel: not if it is blocked until the context has ended.
 */
static void observers_that_go_on_may_become_owners(void **state)
{
    (void)state;
    enum { STUCK = 2, RUNS, STRANGER, PARENTS, BELOW, OTHERS, COUNT };
    add_context(1, 0, CONTEXT_CANCEL, 1);
    for (uint64_t id = STUCK; id < COUNT; id++) {
        add_observed(id, id == BELOW ? RUNS : id == PARENTS || id == OTHERS ? 1 : 0, 1);
        add_task_under(id, id == STRANGER ? 0 : id, id == RUNS ? TASK_RUNNING : TASK_WAITING);
        if (id != RUNS) /* OTHERS waits for a context that another parent may end */
            add_wait((struct waiting){
                .task = id, .kind = OBJECT_CONTEXT, .key = id == OTHERS ? PARENTS : id});
    }
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    const uint8_t expected[] = {
        [STUCK] = FACT_NO,   [RUNS] = FACT_UNKNOWN, [STRANGER] = FACT_UNKNOWN,
        [PARENTS] = FACT_NO, [BELOW] = FACT_NO,     [OTHERS] = FACT_UNKNOWN};
    for (uint64_t id = STUCK; id < COUNT; id++) {
        assert_int_equal(cancellable(snapshot, id).value, expected[id]);
        if (expected[id] == FACT_UNKNOWN)
            assert_int_equal(cancellable(snapshot, id).missing, PRECONDITION_NO_FREE_OBSERVER);
    }
    assert_int_equal(wakeable(snapshot, STUCK), FACT_NO);
    assert_int_equal(wakeable(snapshot, STRANGER), FACT_UNKNOWN);
    assert_int_equal(wakeable(snapshot, PARENTS), FACT_YES);
    assert_int_equal(wakeable_without_parent(snapshot, PARENTS), FACT_NO);
    assert_int_equal(wakeable(snapshot, BELOW), FACT_UNKNOWN);
    assert_int_equal(can_end(snapshot, BELOW), FACT_UNKNOWN);
    snapshot_free(snapshot);
}

/* The owner was seen before it began to wait itself: it may have let go in between. */
static void an_owner_of_the_past_proves_nothing(void **state)
{
    (void)state;
    add_task(1, TASK_WAITING);
    add_task(2, TASK_WAITING);
    add_wait((struct waiting){.task = 1,
                              .kind = OBJECT_MUTEX,
                              .key = 12,
                              .owner = 2,
                              .since_ns = 10,
                              .owner_seen_ns = 10});
    add_wait((struct waiting){.task = 2,
                              .kind = OBJECT_MUTEX,
                              .key = 21,
                              .owner = 1,
                              .since_ns = 20,
                              .owner_seen_ns = 20});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(wakeable(snapshot, 1), FACT_UNKNOWN);
    assert_int_equal(wakeable(snapshot, 2), FACT_UNKNOWN);
    assert_int_equal(snapshot->tasks[0].wakeable.missing, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    snapshot_free(snapshot);
}

static void holders_that_ended_or_are_unknown(void **state)
{
    (void)state;
    for (uint64_t task = 1; task <= 4; task++)
        add_task(task, task == 4 ? TASK_EXITED : TASK_WAITING);
    add_wait((struct waiting){.task = 1, .kind = OBJECT_MUTEX, .key = 1, .owner = 4});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_MUTEX, .key = 2});
    add_wait((struct waiting){.task = 3, .kind = OBJECT_TASK, .key = 4});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(wakeable(snapshot, 1), FACT_NO);
    assert_int_equal(wakeable(snapshot, 2), FACT_UNKNOWN);
    assert_int_equal(wakeable(snapshot, 3), FACT_YES);
    snapshot_free(snapshot);
}

static void losses_withhold_every_no(void **state)
{
    (void)state;
    add_task(1, TASK_WAITING);
    add_task(2, TASK_WAITING);
    add_task(3, TASK_WAITING); /* of which no wait was kept */
    add_wait((struct waiting){.task = 1, .kind = OBJECT_NOTHING, .key = 1});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_DESCRIPTOR, .key = 5});
    struct snapshot *snapshot = finish(PRECONDITION_NO_LOSSES);
    assert_int_equal(wakeable(snapshot, 1), FACT_UNKNOWN);
    assert_int_equal(snapshot->tasks[0].wakeable.missing, PRECONDITION_NO_LOSSES);
    assert_int_equal(wakeable(snapshot, 2), FACT_YES);
    assert_int_equal(wakeable(snapshot, 3), FACT_UNKNOWN);
    snapshot_free(snapshot);
}

static void facts_of_the_source_stay_and_spread(void **state)
{
    (void)state;
    struct snapshot_task task = {
        .id = 1,
        .state = TASK_WAITING,
        .creation_stack = SNAPSHOT_NONE,
        .stack = SNAPSHOT_NONE,
        .wakeable = {.value = FACT_UNKNOWN, .missing = PRECONDITION_TWO_SNAPSHOTS_AGREE},
        .wakeable_without_parent = {.value = FACT_NO}};
    builder_add_task(builder, &task, 0, 0);
    add_task(2, TASK_WAITING);
    add_wait((struct waiting){.task = 1, .kind = OBJECT_NOTHING, .key = 1});
    add_wait((struct waiting){.task = 2, .kind = OBJECT_TASK, .key = 1});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    assert_int_equal(snapshot->tasks[0].wakeable.missing, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    assert_int_equal(wakeable_without_parent(snapshot, 1), FACT_NO);
    assert_int_equal(wakeable(snapshot, 2), FACT_UNKNOWN);
    snapshot_free(snapshot);
}

static void a_long_row_of_waiters_is_linear(void **state)
{
    (void)state;
    enum { MANY = 200000 };
    for (uint64_t task = 1; task <= MANY; task++)
        add_task(task, TASK_WAITING);
    for (uint64_t task = 1; task < MANY; task++)
        add_wait((struct waiting){.task = task, .kind = OBJECT_TASK, .key = task + 1});
    add_wait((struct waiting){.task = MANY, .kind = OBJECT_TIMER, .key = 1});
    struct snapshot *snapshot = finish(PRECONDITION_NONE);
    for (uint64_t task = 1; task <= MANY; task += 997)
        assert_int_equal(wakeable(snapshot, task), FACT_YES);
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_tell_who_can_cancel),
        cmocka_unit_test(counts_say_nothing_of_what_has_ended),
        cmocka_unit_test_setup(ends_come_from_owners_deadlines_and_parents, start),
        cmocka_unit_test_setup(nothing_is_claimed_of_what_was_moving, start),
        cmocka_unit_test_setup(what_lacks_its_parent_may_have_ended_with_it, start),
        cmocka_unit_test_setup(an_end_below_which_others_lag, start),
        cmocka_unit_test_setup(waits_for_contexts_follow_them, start),
        cmocka_unit_test_setup(a_select_ends_by_any_of_its_cases, start),
        cmocka_unit_test_setup(circles_cannot_be_woken, start),
        cmocka_unit_test_setup(one_way_out_opens_a_circle, start),
        cmocka_unit_test_setup(who_holds_a_channel_wakes_the_others, start),
        cmocka_unit_test_setup(a_context_or_another_channel_wakes_a_holder, start),
        cmocka_unit_test_setup(observers_that_go_on_may_become_owners, start),
        cmocka_unit_test_setup(an_owner_of_the_past_proves_nothing, start),
        cmocka_unit_test_setup(holders_that_ended_or_are_unknown, start),
        cmocka_unit_test_setup(losses_withhold_every_no, start),
        cmocka_unit_test_setup(facts_of_the_source_stay_and_spread, start),
        cmocka_unit_test_setup(a_long_row_of_waiters_is_linear, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
