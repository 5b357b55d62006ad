/*
 * Proofs: what is planted is found, the clean twins are not, and a churning program is left alone.
 */
#include "base/error.h"
#include "go_silence.h"

static bool stack_has(const struct snapshot *snapshot, uint32_t stack, const char *function)
{
    if (stack == SNAPSHOT_NONE)
        return false;
    const struct snapshot_stack *it = &snapshot->stacks[stack];
    for (uint32_t i = 0; i < it->frame_count; i++)
        if (strncmp(snapshot_text(snapshot, snapshot->frames[it->first_frame + i].function),
                    function, strlen(function)) == 0)
            return true;
    return false;
}

struct tally {
    unsigned leaked, disguised, alive, by_parent, lost, held, only_parent;
    unsigned signalable, unsignalable; /* objects that those wait for */
};

/* What leaked ones wait for nobody else can signal; what others wait for alone somebody can. */
static void check_signalable(const struct snapshot *snapshot, const struct snapshot_task *task,
                             bool leaked, struct tally *tally)
{
    for (uint32_t i = 0; i < task->wait_count; i++) {
        const struct snapshot_wait *wait = &snapshot->waits[task->first_wait + i];
        const struct snapshot_object *object = &snapshot->objects[wait->object];
        if (leaked)
            assert_int_equal(object->signalable.value, FACT_NO);
        else if (object->kind == OBJECT_CONTEXT || task->wait_count > 1)
            assert_int_not_equal(object->signalable.value, FACT_NO);
        else if (object->kind != OBJECT_TIMER)
            assert_int_equal(object->signalable.value, FACT_YES);
        tally->unsignalable += object->signalable.value == FACT_NO;
        tally->signalable += object->signalable.value == FACT_YES;
    }
}

static void check_task(const struct snapshot *snapshot, const struct snapshot_task *task,
                       struct tally *tally)
{
    if (stack_has(snapshot, task->stack, "main.leaked")) {
        if (task->wakeable.value != FACT_NO)
            fail_msg("not claimed, for %s", precondition_text(task->wakeable.missing));
        check_signalable(snapshot, task, true, tally);
        tally->leaked++;
    } else if (stack_has(snapshot, task->stack, "main.disguised")) {
        assert_int_equal(task->wakeable.value, FACT_UNKNOWN);
        assert_int_equal(task->wakeable.missing, PRECONDITION_NOTHING_HIDDEN);
        tally->disguised++;
    } else if (stack_has(snapshot, task->stack, "main.alive")) {
        assert_int_equal(task->wakeable.value, FACT_YES);
        assert_int_equal(task->wakeable_without_parent.value, FACT_YES);
        check_signalable(snapshot, task, false, tally);
        tally->alive++;
    } else if (stack_has(snapshot, task->stack, "main.parentWaiter")) {
        assert_int_equal(task->wakeable.value, FACT_YES);
        assert_int_equal(task->wakeable_without_parent.value, FACT_NO);
        tally->by_parent++;
    }
}

static void check_context(const struct snapshot *snapshot, const struct snapshot_context *context,
                          struct tally *tally)
{
    if (context->parent == SNAPSHOT_NONE)
        return;
    const char *key = snapshot_text(snapshot, snapshot->contexts[context->parent].key);
    if (strncmp(key, "main.lost(", 10) == 0) {
        assert_int_equal(context->cancellable.value, FACT_NO);
        tally->lost++;
        /* One is known to a variable, one to its timer. */
        tally->only_parent += context->held_only_by_parent.value == FACT_YES;
    } else if (strncmp(key, "main.held(", 10) == 0) {
        assert_int_equal(context->cancellable.value, FACT_YES);
        tally->held++;
    }
}

static void check_snapshot(const struct snapshot *snapshot)
{
    struct tally tally = {0};
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        check_task(snapshot, &snapshot->tasks[i], &tally);
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        check_context(snapshot, &snapshot->contexts[i], &tally);
    assert_int_equal(tally.leaked, 11);
    assert_int_equal(tally.disguised, 1);
    assert_int_equal(tally.alive, 11);
    assert_int_equal(tally.by_parent, 1);
    assert_int_equal(tally.unsignalable, 12);
    assert_int_equal(tally.signalable, 11);
    assert_int_equal(tally.lost, 4);
    assert_int_equal(tally.held, 3);
    assert_int_equal(tally.only_parent, 2);
}

static void check_planted(const char *flags)
{
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", flags);
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take(session);
    assert_true(snapshot->program.pause_ns > 0);
    check_snapshot(snapshot);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_planted(void **state)
{
    (void)state;
    check_planted("");
}

static void test_planted_in_a_stripped_program(void **state)
{
    (void)state;
    check_planted("'-ldflags=-s -w'");
}

static void test_planted_in_an_unoptimised_program(void **state)
{
    (void)state;
    check_planted("'-gcflags=-N -l'");
}

static void test_what_keeps_alive(void **state)
{
    (void)state;
    struct go_target target;
    struct error error = {.sentence = ""};
    char *chain = NULL;
    uint64_t held = 0;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "");
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take(session);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (context->parent != SNAPSHOT_NONE &&
            strcmp(snapshot_text(snapshot, snapshot->contexts[context->parent].key),
                   "main.held(plain)") == 0)
            held = context->id;
    }
    assert_int_not_equal(held, 0);
    assert_true(go_session_keeps_alive(session, held, &chain, &error));
    assert_non_null(strstr(chain, "*context.cancelCtx"));
    assert_non_null(strstr(chain, "global data"));
    free(chain);
    assert_false(go_session_keeps_alive(session, 12345678, &chain, &error));
    assert_true(error.sentence[0] != '\0');
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_nothing_is_claimed_of_a_churning_program(void **state)
{
    (void)state;
    check_silence("churn", NULL, 40, false);
}

static void test_nothing_is_claimed_of_a_clean_server(void **state)
{
    (void)state;
    check_silence("server", NULL, 40, false);
}

static void test_nothing_is_claimed_while_an_end_is_on_its_way(void **state)
{
    (void)state;
    check_silence("propagation", NULL, 20, false);
    check_silence("propagation", NULL, 20, true);
}

/* What a finalizer that is due will wake is not leaked, also where the queue cannot be found. */
static void check_finalizers(const char *flags)
{
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "finalizers", flags);
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take(session);
    assert_true(snapshot->task_count >= 4);
    look_for_claims(snapshot);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_finalizers_that_are_due(void **state)
{
    (void)state;
    check_finalizers("");
}

static void test_finalizers_that_are_due_in_a_stripped_program(void **state)
{
    (void)state;
    check_finalizers("-ldflags='-s -w'");
}

static void test_too_long_a_pause_is_not_made(void **state)
{
    (void)state;
    struct go_target target;
    struct error error = {.sentence = ""};
    const struct go_options options = {
        .want_proofs = true, .max_pause_ns = 1, .any_build = any_build()};
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "");
    go_target_start(&target, NULL, NULL);
    struct image *image = image_open_process(target.pid, &error);
    assert_non_null(image);
    struct go_session *session = go_session_open(image, &options, &error);
    assert_non_null(session);
    struct snapshot *snapshot = go_target_take(session);
    assert_int_equal(snapshot->program.pause_ns, 0);
    const struct snapshot_loss *loss;
    assert_int_equal(go_target_losses(snapshot, &loss), 1);
    assert_non_null(strstr(snapshot_text(snapshot, loss->why), "--max-pause"));
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        assert_int_equal(snapshot->tasks[i].wakeable.value, FACT_UNKNOWN);
        assert_int_equal(snapshot->tasks[i].wakeable.missing, PRECONDITION_PAUSE_WITHIN_LIMIT);
    }
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted),
        cmocka_unit_test(test_planted_in_a_stripped_program),
        cmocka_unit_test(test_planted_in_an_unoptimised_program),
        cmocka_unit_test(test_what_keeps_alive),
        cmocka_unit_test(test_nothing_is_claimed_of_a_churning_program),
        cmocka_unit_test(test_nothing_is_claimed_of_a_clean_server),
        cmocka_unit_test(test_nothing_is_claimed_while_an_end_is_on_its_way),
        cmocka_unit_test(test_finalizers_that_are_due),
        cmocka_unit_test(test_finalizers_that_are_due_in_a_stripped_program),
        cmocka_unit_test(test_too_long_a_pause_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
