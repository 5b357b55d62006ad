/* Contexts and waits of a program that knows its own numbers. */
#include "go_target.h"

static struct go_target target;
static struct go_session *session;
static struct snapshot *snapshot;

static int start_with(bool proofs)
{
    if (!go_is_there())
        return 0;
    go_target_build(&target, "truth", "");
    go_target_start(&target, target.directory, NULL);
    session = go_target_open(&target, proofs);
    snapshot = go_target_take(session);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with(false);
}

static int start_with_proofs(void **state)
{
    (void)state;
    return start_with(true);
}

static int stop(void **state)
{
    (void)state;
    if (!snapshot)
        return 0;
    snapshot_free(snapshot);
    snapshot = NULL;
    go_session_close(session);
    go_target_end(&target);
    return 0;
}

static unsigned count_contexts(uint8_t kind, uint8_t context_state)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        count += snapshot->contexts[i].kind == kind && snapshot->contexts[i].state == context_state;
    return count;
}

static void test_kinds_and_states(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    assert_int_equal(count_contexts(CONTEXT_BACKGROUND, CONTEXT_OPEN), 1);
    assert_int_equal(count_contexts(CONTEXT_TODO, CONTEXT_OPEN), 1);
    assert_int_equal(count_contexts(CONTEXT_CANCEL, CONTEXT_OPEN), 4);
    assert_int_equal(count_contexts(CONTEXT_CANCEL, CONTEXT_CANCELED), 1);
    assert_int_equal(count_contexts(CONTEXT_DEADLINE, CONTEXT_OPEN), 1);
    assert_int_equal(count_contexts(CONTEXT_VALUE, CONTEXT_OPEN), 3);
    assert_int_equal(count_contexts(CONTEXT_CUSTOM, CONTEXT_OPEN), 1);
}

static const struct snapshot_context *only_of_kind(uint8_t kind)
{
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        if (snapshot->contexts[i].kind == kind)
            return &snapshot->contexts[i];
    fail_msg("there is none");
    return NULL;
}

static const struct snapshot_context *parent_of(const struct snapshot_context *context)
{
    assert_int_not_equal(context->parent, SNAPSHOT_NONE);
    return &snapshot->contexts[context->parent];
}

static void test_tree(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    const struct snapshot_context *deadline = only_of_kind(CONTEXT_DEADLINE);
    const struct snapshot_context *number = parent_of(deadline);
    const struct snapshot_context *user = parent_of(number);
    assert_int_equal(number->kind, CONTEXT_VALUE);
    assert_string_equal(snapshot_text(snapshot, number->key), "main.emptyKey");
    assert_string_equal(snapshot_text(snapshot, number->value), "int(42)");
    assert_string_equal(snapshot_text(snapshot, user->key), "main.key(user)");
    assert_string_equal(snapshot_text(snapshot, user->value), "\"alice\"");
    assert_int_equal(parent_of(parent_of(user))->kind, CONTEXT_BACKGROUND);
    const struct snapshot_context *custom = only_of_kind(CONTEXT_CUSTOM);
    assert_string_equal(snapshot_text(snapshot, custom->type), "*main.custom");
    assert_ptr_equal(parent_of(parent_of(custom)), deadline);
    assert_int_equal(custom->child_count, 1);
}

static void test_deadline_is_an_hour_away(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    int64_t left = only_of_kind(CONTEXT_DEADLINE)->deadline_ns - snapshot->program.taken_ns;
    assert_in_range(left / 1000000000, 3500, 3600);
    assert_int_equal(only_of_kind(CONTEXT_CUSTOM)->deadline_ns,
                     only_of_kind(CONTEXT_DEADLINE)->deadline_ns);
    assert_true(only_of_kind(CONTEXT_BACKGROUND)->deadline_ns == SNAPSHOT_NEVER);
}

static void test_cancelled_one_says_why(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (context->state != CONTEXT_CANCELED)
            continue;
        assert_string_equal(snapshot_text(snapshot, context->cause_text), "context canceled");
        assert_int_equal(context->ended_by, ENDED_BY_OWN_CANCEL);
    }
}

static void test_waits(void **state)
{
    (void)state;
    static const struct {
        uint8_t operation, kind;
        unsigned count, objects;
    } expected[] = {
        {WAIT_RECEIVE, OBJECT_CHANNEL, 8, 2},
        {WAIT_SEND, OBJECT_CHANNEL, 6, 1},
        {WAIT_DONE, OBJECT_CONTEXT, 3, 1},
        {WAIT_LOCK, OBJECT_MUTEX, 3, 1},
        {WAIT_READ_LOCK, OBJECT_RWMUTEX, 3, 1},
        {WAIT_LOCK, OBJECT_RWMUTEX, 1, 1},
        {WAIT_GROUP_EMPTY, OBJECT_WAIT_GROUP, 3, 1},
        {WAIT_CONDITION, OBJECT_CONDITION, 3, 1},
        {WAIT_SLEEP, OBJECT_TIMER, 3, 3},
        {WAIT_ACCEPT, OBJECT_DESCRIPTOR, 1, 1},
        {WAIT_RECEIVE, OBJECT_NOTHING, 1, 1},
        {WAIT_UNKNOWN, OBJECT_NOTHING, 1, 1}, /* a select without cases */
    };
    if (!snapshot)
        skip();
    for (size_t e = 0; e < sizeof expected / sizeof expected[0]; e++) {
        unsigned count = 0, objects = 0;
        uint32_t seen[16];
        for (uint32_t i = 0; i < snapshot->wait_count; i++) {
            const struct snapshot_wait *wait = &snapshot->waits[i];
            if (wait->operation != expected[e].operation ||
                snapshot->objects[wait->object].kind != expected[e].kind)
                continue;
            count++;
            unsigned known = 0;
            for (unsigned n = 0; n < objects; n++)
                known += seen[n] == wait->object;
            if (!known && objects < 16)
                seen[objects++] = wait->object;
        }
        assert_int_equal(count, expected[e].count);
        assert_int_equal(objects, expected[e].objects);
    }
}

static void test_a_descriptor_says_what_it_is(void **state)
{
    (void)state;
    const char *expected = "tcp listening on 127.0.0.1:";
    if (!snapshot)
        skip();
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_object *object = &snapshot->objects[snapshot->waits[i].object];
        if (snapshot->waits[i].operation != WAIT_ACCEPT)
            continue;
        assert_true(object->descriptor > 2);
        assert_memory_equal(snapshot_text(snapshot, object->name), expected, strlen(expected));
    }
}

static void test_select_is_bounded_by_its_context(void **state)
{
    (void)state;
    unsigned bounded = 0;
    if (!snapshot)
        skip();
    for (uint32_t i = 0; i < snapshot->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[i];
        if (wait->bounded_by == SNAPSHOT_NONE)
            continue;
        bounded++;
        assert_int_equal(snapshot->contexts[wait->bounded_by].kind, CONTEXT_DEADLINE);
        assert_int_equal(snapshot->objects[wait->object].length, 2);
        assert_int_equal(snapshot->objects[wait->object].capacity, 2);
    }
    assert_int_equal(bounded, 3);
}

static void test_labels(void **state)
{
    (void)state;
    unsigned labelled = 0;
    if (!snapshot)
        skip();
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        const char *labels = snapshot_text(snapshot, snapshot->tasks[i].labels);
        if (!labels[0])
            continue;
        labelled++;
        assert_non_null(strstr(labels, "route=/orders"));
        assert_non_null(strstr(labels, "user=alice"));
        assert_non_null(strstr(labels, ", "));
    }
    assert_int_equal(labelled, 1);
}

/* Without a garbage collection the runtime does not know; a second look does. */
static void test_a_wait_gets_older_from_look_to_look(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    usleep(20000);
    struct snapshot *later = go_target_take(session);
    for (uint32_t i = 0; i < later->wait_count; i++) {
        assert_true(later->waits[i].since_at_least);
        assert_true(later->waits[i].since_ns != SNAPSHOT_TIME_UNKNOWN);
        assert_true(later->program.taken_ns - later->waits[i].since_ns >= 20000000);
    }
    snapshot_free(later);
}

static void test_without_a_stop_nothing_is_claimed(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    assert_int_equal(snapshot->program.pause_ns, 0);
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        assert_int_equal(snapshot->tasks[i].wakeable.value, FACT_UNKNOWN);
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        assert_int_equal(snapshot->contexts[i].cancellable.value, FACT_UNKNOWN);
}

static void test_secrets_are_hidden(void **state)
{
    (void)state;
    if (!snapshot)
        skip();
    const struct go_options options = {.show_values = false};
    struct go_session *discreet = go_target_open_with(&target, &options);
    struct snapshot *seen = go_target_take(discreet);
    unsigned constant = 0, made = 0;
    for (uint32_t i = 0; i < seen->context_count; i++) {
        const struct snapshot_context *context = &seen->contexts[i];
        if (context->kind != CONTEXT_VALUE)
            continue;
        constant += strcmp(snapshot_text(seen, context->key), "main.key(user)") == 0;
        made += strcmp(snapshot_text(seen, context->key), "main.key") == 0;
        assert_null(strstr(snapshot_text(seen, context->key), "token"));
        assert_null(strchr(snapshot_text(seen, context->value), '"'));
    }
    assert_int_equal(constant, 1);
    assert_int_equal(made, 1);
    snapshot_free(seen);
    go_session_close(discreet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_and_states),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_deadline_is_an_hour_away),
        cmocka_unit_test(test_cancelled_one_says_why),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_a_descriptor_says_what_it_is),
        cmocka_unit_test(test_select_is_bounded_by_its_context),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_a_wait_gets_older_from_look_to_look),
        cmocka_unit_test(test_without_a_stop_nothing_is_claimed),
        cmocka_unit_test(test_secrets_are_hidden),
    };
    /* A capture does not have all that a look at the running program has: no less is told of it. */
    const struct CMUnitTest tests_of_a_capture[] = {
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_a_descriptor_says_what_it_is),
        cmocka_unit_test(test_select_is_bounded_by_its_context),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, start, stop) +
           cmocka_run_group_tests(tests_of_a_capture, start_with_proofs, stop);
}
