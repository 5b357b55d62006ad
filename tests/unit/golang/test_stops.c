/*
 * How a program is stopped for a proof: for how long, and what the second stop says.
 *
 * Some functions that proofs are made of are replaced by those here (see CMakeLists.txt), which by
 * themselves do the same: a test makes an estimate wrong, or something happen between two stops.
 */
#include "base/clock.h"
#include "base/error.h"
#include "go_target.h"
#include "golang/binary/field.h"
#include "golang/capture/estimate.h"
#include "golang/capture/stopped.h"
#include "golang/model/model.h"
#include "golang/proof/facts.h"
#include "image/process.h"

#include <poll.h>

#define MEGABYTES "200"
#define LEAKED    11
#define LONG_NS   INT64_C(10000000000)

/* Declared as what they stand for, so that none is called with other parameters than it has. */
__typeof__(capture_estimate_ns) __real_capture_estimate_ns, __wrap_capture_estimate_ns;
__typeof__(goroutines_check) __real_goroutines_check, __wrap_goroutines_check;
__typeof__(process_stop) __real_process_stop, __wrap_process_stop;

static bool estimate_is_small; /* whatever the stop will take */
static unsigned stops;         /* so far */
static unsigned failing_stop;  /* the number of one that fails; 0: none */
static unsigned checks;        /* second looks at claimed goroutines alone */
static size_t checked;         /* goroutines in them */
static uint64_t moving_id;     /* of one that is somewhere else when it is checked; 0: none */

int64_t __wrap_capture_estimate_ns(const struct go_program *program, int64_t limit_ns,
                                   struct go_capture *capture)
{
    return estimate_is_small ? 1 : __real_capture_estimate_ns(program, limit_ns, capture);
}

bool __wrap_process_stop(struct image *image, struct pause *pause, struct error *error)
{
    if (++stops == failing_stop)
        return error_set(error, "somebody else has stopped it");
    return __real_process_stop(image, pause, error);
}

void __wrap_goroutines_check(const struct go_program *program, struct goroutine *const *items,
                             size_t count, int64_t deadline_ns)
{
    checks++;
    checked += count;
    assert_true(program->image->thread_count > 0); /* it is stopped */
    for (size_t i = 0; i < count; i++)
        if (items[i]->id == moving_id)
            items[i]->saved_sp += 8;
    __real_goroutines_check(program, items, count, deadline_ns);
}

static int reset(void **state)
{
    (void)state;
    estimate_is_small = false;
    stops = failing_stop = checks = 0;
    checked = 0;
    moving_id = 0;
    return 0;
}

/* ---- how long ---- */

static struct snapshot *take(const struct go_target *target, int64_t max_pause_ns)
{
    const struct go_options options = {.want_proofs = true, .max_pause_ns = max_pause_ns};
    struct go_session *session = go_target_open_with(target, &options);
    struct snapshot *snapshot = go_target_take(session);
    go_session_close(session);
    return snapshot;
}

static void expect_nothing_claimed(const struct snapshot *snapshot, uint8_t missing)
{
    assert_true(snapshot->task_count > 0 && snapshot->context_count > 0);
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        assert_int_equal(snapshot->tasks[i].wakeable.value, FACT_UNKNOWN);
        assert_int_equal(snapshot->tasks[i].wakeable.missing, missing);
        assert_int_equal(snapshot->tasks[i].wakeable_without_parent.value, FACT_UNKNOWN);
    }
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        assert_int_equal(snapshot->contexts[i].cancellable.value, FACT_UNKNOWN);
        assert_int_equal(snapshot->contexts[i].cancellable.missing, missing);
        assert_int_equal(snapshot->contexts[i].held_only_by_parent.value, FACT_UNKNOWN);
    }
}

static void expect_reason(const struct snapshot *snapshot, const char *reason)
{
    const struct snapshot_loss *loss = NULL;
    assert_int_equal(go_target_losses(snapshot, &loss), 1);
    assert_string_equal(snapshot_text(snapshot, loss->what), "proofs");
    assert_non_null(strstr(snapshot_text(snapshot, loss->why), reason));
}

/* On a busy machine its threads may not even stop in that time; then there is no copy either. */
static struct snapshot *take_until_stopped(const struct go_target *target, int64_t max_pause_ns)
{
    enum { MOST_LOOKS = 100 };
    for (int looks = 1;; looks++) {
        stops = 0;
        struct snapshot *snapshot = take(target, max_pause_ns);
        assert_true(snapshot->task_count > 0);
        if (snapshot->tasks[0].wakeable.missing != PRECONDITION_STOPPED_PROGRAM ||
            looks == MOST_LOOKS)
            return snapshot;
        expect_nothing_claimed(snapshot, PRECONDITION_STOPPED_PROGRAM);
        snapshot_free(snapshot);
    }
}

static void test_a_stop_is_broken_off_at_its_limit(void **state)
{
    (void)state;
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "crowd", "");
    go_target_start(&target, "200", MEGABYTES);
    struct snapshot *whole = take(&target, LONG_NS);
    int64_t whole_ns = whole->program.pause_ns;
    const struct snapshot_loss *loss;
    assert_int_equal(go_target_losses(whole, &loss), 0);
    assert_int_equal(whole->contexts[whole->context_count - 1].cancellable.value, FACT_YES);
    snapshot_free(whole);
    assert_true(whole_ns > 10000000); /* else there is nothing to break off */

    estimate_is_small = true;
    struct snapshot *broken_off = take_until_stopped(&target, whole_ns / 4);
    assert_int_equal(stops, 1);
    assert_true(broken_off->program.pause_ns > 0);
    assert_true(broken_off->program.pause_ns < whole_ns / 2);
    expect_nothing_claimed(broken_off, PRECONDITION_PAUSE_WITHIN_LIMIT);
    expect_reason(broken_off, "--max-pause");
    assert_true(broken_off->context_count > 200); /* they are shown, if not proved */
    snapshot_free(broken_off);
    go_target_end(&target);
}

static void test_an_estimate_above_the_limit_saves_the_stop(void **state)
{
    (void)state;
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "crowd", "");
    go_target_start(&target, "200", MEGABYTES);
    struct snapshot *snapshot = take(&target, 1000000);
    assert_int_equal(stops, 0);
    assert_int_equal(snapshot->program.pause_ns, 0);
    expect_nothing_claimed(snapshot, PRECONDITION_PAUSE_WITHIN_LIMIT);
    expect_reason(snapshot, "--max-pause");
    snapshot_free(snapshot);
    go_target_end(&target);
}

static unsigned count_proved(const struct snapshot *snapshot, uint64_t *one_of_them)
{
    unsigned count = 0;
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        if (snapshot->tasks[i].wakeable.value != FACT_NO)
            continue;
        *one_of_them = snapshot->tasks[i].id;
        count++;
    }
    return count;
}

/* Copies that were broken off after more or less of it say about the same of the whole. */
static void test_estimates_are_sane(void **state)
{
    (void)state;
    struct go_target target;
    struct error error = {.sentence = ""};
    static const int64_t limits_ns[] = {1000000, 3000000, 10000000};
    if (!go_is_there())
        skip();
    go_target_build(&target, "crowd", "");
    go_target_start(&target, "2000", MEGABYTES);
    struct image *image = image_open_process(target.pid, &error);
    struct go_program *program = image ? go_program_open(image, &error) : NULL;
    assert_non_null(program);
    struct go_capture capture = {0};
    int64_t whole_ns = __real_capture_estimate_ns(program, LONG_NS, &capture);
    for (size_t i = 0; i < sizeof limits_ns / sizeof limits_ns[0]; i++) {
        assert_true(image_refresh(image, &error));
        int64_t estimate_ns = __real_capture_estimate_ns(program, limits_ns[i], &capture);
        print_message("whole %d ms, estimated after %d ms: %d ms\n", (int)(whole_ns / 1000000),
                      (int)(limits_ns[i] / 1000000), (int)(estimate_ns / 1000000));
        assert_true(estimate_ns > limits_ns[i]);
        assert_true(estimate_ns < INT64_C(10000000000)); /* however busy: 200 MB */
    }
    capture_free(&capture);
    go_program_close(program);
    image_close(image);
    go_target_end(&target);
}

static void test_what_no_proof_needs_is_not_copied(void **state)
{
    (void)state;
    struct go_target target;
    struct image *image;
    uint64_t id;
    if (!go_is_there())
        skip();
    go_target_build(&target, "sparse", "");
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open_image(&target, true, &image);
    struct snapshot *snapshot = go_target_take(session);
    uint64_t before = memory_fetched(image->memory);
    snapshot_free(snapshot);
    snapshot = go_target_take(session); /* copies it thrice: to estimate, and in two stops */
    uint64_t fetched = memory_fetched(image->memory) - before;
    assert_int_equal(count_proved(snapshot, &id), 1);
    print_message("%d kB were read\n", (int)(fetched >> 10));
    assert_true(fetched < UINT64_C(24) << 20); /* of 128 MB in each copy */
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

/* It is of one instant, whatever the program, and who reads it further, do after that. */
static void test_a_capture_stays_as_it_is(void **state)
{
    (void)state;
    struct go_target target;
    struct error error = {.sentence = ""};
    struct go_capture capture = {0};
    int64_t pause_ns = 0;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "");
    go_target_start(&target, "goroutines", NULL);
    struct image *image = image_open_process(target.pid, &error);
    struct go_program *program = image ? go_program_open(image, &error) : NULL;
    assert_non_null(program);
    for (int tries = 0; !capture_is_sealed(&capture) && tries < 100; tries++)
        assert_int_not_equal(capture_stopped(program, LONG_NS, &capture, &error, &error),
                             CAPTURE_FAILED);
    assert_true(capture_is_sealed(&capture));
    size_t threads = capture.program.thread_count;
    assert_true(threads > 0);
    assert_int_equal(image->thread_count, 0);
    assert_int_equal(program->thread_count, 0);

    stopped_check(program, LONG_NS, NULL, 0, &pause_ns, &error);
    assert_true(image_refresh(image, &error));
    go_target_end(&target); /* the program has gone */
    assert_int_equal(capture.program.thread_count, threads);
    assert_true(capture.program.threads[0].tid > 0);
    assert_true(capture.goroutines.count > LEAKED);
    for (size_t i = 0; i < capture.goroutines.count; i++) {
        const struct goroutine *goroutine = &capture.goroutines.items[i];
        assert_int_equal(field_word(&capture.program, goroutine->address, G_GOID), goroutine->id);
        assert_int_equal(field_word(program, goroutine->address, G_GOID), 0);
    }
    capture_free(&capture);
    go_program_close(program);
    image_close(image);
}

/* ---- what the program notices ---- */

static bool has_said_something(const struct go_target *target)
{
    struct pollfd source = {.fd = fileno(target->output), .events = POLLIN};
    return poll(&source, 1, 0) > 0;
}

/*
 * Each look stops it twice, and there are several in each of its naps. If a stop began a time-out
 * again, none would ever end.
 */
static void test_looks_hold_up_no_time_out(void **state)
{
    (void)state;
    struct go_target target;
    char line[64] = "";
    unsigned proved = 0, looks = 0;
    uint64_t id;
    int by_timer = 0, in_call = 0, interrupted = 0;
    if (!go_is_there())
        skip();
    go_target_build(&target, "naps", "");
    go_target_start(&target, "700", "3");
    const struct go_options options = {.want_proofs = true, .max_pause_ns = LONG_NS};
    struct go_session *session = go_target_open_with(&target, &options);
    int64_t until_ns = now_ns() + 10 * LONG_NS;
    for (; !has_said_something(&target) && now_ns() < until_ns; looks++) {
        struct snapshot *snapshot = go_target_take(session);
        proved += count_proved(snapshot, &id) == 1;
        snapshot_free(snapshot);
    }
    assert_true(has_said_something(&target));
    assert_non_null(fgets(line, sizeof line, target.output));
    assert_int_equal(sscanf(line, "%d %d %d", &by_timer, &in_call, &interrupted), 3);
    print_message("%u looks, %u with the proof; late by %d and %d ms\n", looks, proved, by_timer,
                  in_call);
    assert_int_equal(interrupted, 0);
    assert_true(by_timer < 5000 && in_call < 5000); /* a busy machine; 3 naps are 2,1 s */
    assert_true(proved > 0);
    go_session_close(session);
    go_target_end(&target);
}

/* ---- the second one ---- */

static struct snapshot *take_leaked(struct go_target *target)
{
    go_target_build(target, "leaks", "");
    go_target_start(target, "goroutines", NULL);
    return take(target, LONG_NS);
}

static void test_a_short_second_stop_confirms_leaks(void **state)
{
    (void)state;
    struct go_target target;
    uint64_t id;
    if (!go_is_there())
        skip();
    struct snapshot *snapshot = take_leaked(&target);
    for (int tries = 0; checks == 0 && tries < 100; tries++) { /* until it is at rest */
        assert_int_equal(count_proved(snapshot, &id), LEAKED);
        snapshot_free(snapshot);
        stops = 0;
        snapshot = take(&target, LONG_NS);
    }
    assert_int_equal(count_proved(snapshot, &id), LEAKED);
    const struct snapshot_loss *loss;
    assert_int_equal(go_target_losses(snapshot, &loss), 0);
    assert_int_equal(stops, 2);
    assert_int_equal(checks, 1);
    assert_int_equal(checked, LEAKED);
    snapshot_free(snapshot);
    go_target_end(&target);
}

static const struct snapshot_task *task_of(const struct snapshot *snapshot, uint64_t id)
{
    for (uint32_t i = 0; i < snapshot->task_count; i++)
        if (snapshot->tasks[i].id == id)
            return &snapshot->tasks[i];
    fail_msg("it is not there");
    return NULL;
}

static void test_what_moved_between_the_stops_is_not_claimed(void **state)
{
    (void)state;
    struct go_target target;
    uint64_t id = 0, other;
    if (!go_is_there())
        skip();
    struct snapshot *snapshot = take_leaked(&target);
    count_proved(snapshot, &id);
    snapshot_free(snapshot);
    moving_id = id;
    snapshot = take(&target, LONG_NS);
    assert_int_equal(count_proved(snapshot, &other), LEAKED - 1);
    const struct fact fact = task_of(snapshot, id)->wakeable;
    assert_int_equal(fact.value, FACT_UNKNOWN);
    assert_int_equal(fact.missing, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    snapshot_free(snapshot);
    go_target_end(&target);
}

static void test_without_the_second_stop_nothing_is_claimed(void **state)
{
    (void)state;
    struct go_target target;
    uint64_t id;
    if (!go_is_there())
        skip();
    failing_stop = 2;
    struct snapshot *snapshot = take_leaked(&target);
    assert_int_equal(stops, 2);
    assert_int_equal(checks, 0);
    assert_int_equal(count_proved(snapshot, &id), 0);
    expect_reason(snapshot, "somebody else");
    assert_true(snapshot->program.pause_ns > 0); /* of the first */
    snapshot_free(snapshot);
    go_target_end(&target);
}

/* Where contexts would be claimed, too, the second capture is a whole one. */
static void test_a_second_capture_that_fails_leaves_nothing_claimed(void **state)
{
    (void)state;
    struct go_target target;
    if (!go_is_there())
        skip();
    go_target_build(&target, "leaks", "");
    go_target_start(&target, NULL, NULL);
    failing_stop = 2;
    struct snapshot *snapshot = take(&target, LONG_NS);
    assert_int_equal(stops, 2);
    assert_int_equal(checks, 0);
    expect_nothing_claimed(snapshot, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    expect_reason(snapshot, "somebody else");
    assert_true(snapshot->program.pause_ns > 0);
    snapshot_free(snapshot);
    go_target_end(&target);
}

/* ---- facts ---- */

static struct fact known(uint8_t value)
{
    return (struct fact){value, PRECONDITION_NONE};
}

static void test_withheld_is_what_was_claimed(void **state)
{
    (void)state;
    struct fact wakeable[] = {known(FACT_NO), known(FACT_NO), known(FACT_YES)};
    struct fact without_parent[] = {known(FACT_NO), known(FACT_NO), known(FACT_NO)};
    struct facts facts = {.wakeable = wakeable, .wakeable_without_parent = without_parent};
    for (size_t i = 0; i < 3; i++)
        assert_true(facts_claim_of_goroutine(&facts, i));
    facts_withhold(&facts, 1);
    facts_withhold(&facts, 2);
    assert_int_equal(wakeable[0].value, FACT_NO);
    assert_int_equal(without_parent[0].value, FACT_NO);
    assert_int_equal(wakeable[1].value, FACT_UNKNOWN);
    assert_int_equal(wakeable[1].missing, PRECONDITION_TWO_SNAPSHOTS_AGREE);
    assert_int_equal(without_parent[1].value, FACT_UNKNOWN);
    assert_int_equal(wakeable[2].value, FACT_YES); /* that it can be woken is no claim */
    assert_int_equal(without_parent[2].value, FACT_UNKNOWN);
    assert_true(facts_claim_of_goroutine(&facts, 0));
    assert_false(facts_claim_of_goroutine(&facts, 1));
    assert_false(facts_claim_of_goroutine(&facts, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_stop_is_broken_off_at_its_limit, reset),
        cmocka_unit_test_setup(test_an_estimate_above_the_limit_saves_the_stop, reset),
        cmocka_unit_test_setup(test_a_capture_stays_as_it_is, reset),
        cmocka_unit_test_setup(test_estimates_are_sane, reset),
        cmocka_unit_test_setup(test_what_no_proof_needs_is_not_copied, reset),
        cmocka_unit_test_setup(test_looks_hold_up_no_time_out, reset),
        cmocka_unit_test_setup(test_a_short_second_stop_confirms_leaks, reset),
        cmocka_unit_test_setup(test_what_moved_between_the_stops_is_not_claimed, reset),
        cmocka_unit_test_setup(test_without_the_second_stop_nothing_is_claimed, reset),
        cmocka_unit_test_setup(test_a_second_capture_that_fails_leaves_nothing_claimed, reset),
        cmocka_unit_test_setup(test_withheld_is_what_was_claimed, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
