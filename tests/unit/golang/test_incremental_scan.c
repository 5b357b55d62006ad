/* What a session knows of contexts that it reads a piece of the heap at a time for. */
#include "go_target.h"
#include "golang/model/incremental_scan.h"

#include <time.h>

/* ---- passes ---- */

static struct contexts some_contexts(size_t count, uint64_t first)
{
    struct contexts contexts = {.items = calloc(count + 1, sizeof(struct go_context)),
                                .count = count};
    assert_non_null(contexts.items);
    for (size_t i = 0; i < count; i++)
        contexts.items[i].address = first + 16 * i;
    return contexts;
}

static void test_a_pass_goes_on_until_its_end(void **state)
{
    (void)state;
    struct incremental_scan discovery = {0};
    struct contexts contexts = some_contexts(1, 0x1000);
    incremental_scan_begin(&discovery, 100);
    assert_int_equal(discovery.pass, 1);
    assert_int_equal(discovery.complete_ns, 0);
    incremental_scan_end(&discovery, &contexts, 0xc000);
    assert_int_equal(discovery.next, 0xc000);
    assert_int_equal(discovery.complete_ns, 0);
    incremental_scan_begin(&discovery, 200);
    assert_int_equal(discovery.pass, 1);
    incremental_scan_end(&discovery, &contexts, 0);
    assert_int_equal(discovery.complete_ns, 100); /* and not 200: it may have missed newer ones */
    incremental_scan_begin(&discovery, 300);
    assert_int_equal(discovery.pass, 2);
    incremental_scan_end(&discovery, &contexts, 0xd000);
    assert_int_equal(discovery.complete_ns, 100);
    incremental_scan_begin(&discovery, 400);
    incremental_scan_end(&discovery, &contexts, 0);
    assert_int_equal(discovery.complete_ns, 300);
    incremental_scan_begin(&discovery, 500);
    assert_int_equal(discovery.pass, 3);
    incremental_scan_free(&discovery);
    assert_int_equal(discovery.pass, 0);
    contexts_free(&contexts);
}

static void test_what_the_last_look_found_is_known(void **state)
{
    (void)state;
    struct incremental_scan discovery = {0};
    struct contexts first = some_contexts(3, 0x1000), second = some_contexts(2, 0x9000), none = {0};
    incremental_scan_begin(&discovery, 100);
    assert_int_equal(discovery.known.count, 0);
    incremental_scan_end(&discovery, &first, 0);
    contexts_free(&first); /* it has a list of its own */
    assert_int_equal(discovery.known.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(discovery.known.items[i].address, 0x1000 + 16 * i);
    incremental_scan_begin(&discovery, 200);
    incremental_scan_end(&discovery, &second, 0);
    assert_int_equal(discovery.known.count, 2);
    assert_int_equal(discovery.known.items[1].address, 0x9010);
    incremental_scan_begin(&discovery, 300);
    incremental_scan_end(&discovery, &none, 0);
    assert_int_equal(discovery.known.count, 0);
    incremental_scan_free(&discovery);
    contexts_free(&second);
}

/* ---- of a program ---- */

#define MEGABYTES "80" /* more than the least budget looks through */
#define MAX_LOOKS 5000
#define MADE      10

static struct go_target target;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Returns when it was done. */
static int64_t wish(char letter)
{
    char line[64];
    assert_int_equal(write(target.input, &letter, 1), 1);
    assert_non_null(fgets(line, sizeof line, target.output));
    assert_string_equal(line, "done\n");
    return now_ns();
}

static struct go_session *begin(unsigned search_permille)
{
    const struct go_options options = {.show_values = true, .search_permille = search_permille};
    go_target_build(&target, "waves", "");
    go_target_start(&target, MEGABYTES, NULL);
    return go_target_open_with(&target, &options);
}

static void end(struct go_session *session)
{
    go_session_close(session);
    go_target_end(&target);
}

/* What one look tells. */
struct sight {
    unsigned made;
    int64_t taken_ns, searched_ns;
};

static struct sight look(struct go_session *session)
{
    struct snapshot *snapshot = go_target_take(session);
    struct sight sight = {.taken_ns = snapshot->program.taken_ns,
                          .searched_ns = snapshot->program.searched_ns};
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        sight.made +=
            strcmp(snapshot_text(snapshot, snapshot->contexts[i].key), "main.wave(made)") == 0;
    snapshot_free(snapshot);
    return sight;
}

static void test_without_a_limit_each_look_finds_all(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    struct go_session *session = begin(0);
    for (int i = 0; i < 3; i++) {
        struct sight sight = look(session);
        assert_int_equal(sight.made, i ? MADE : 0);
        assert_int_equal(sight.searched_ns, sight.taken_ns);
        if (!i)
            wish('m');
    }
    wish('f');
    wish('g');
    assert_int_equal(look(session).made, 0);
    end(session);
}

/*
 * Looks until everything that there was at `moment_ns` must have been found. What was searched gets
 * newer from look to look. Returns the number of looks that did not get through the heap.
 */
static unsigned look_until_searched(struct go_session *session, int64_t moment_ns,
                                    struct sight *last)
{
    unsigned partial = 0;
    for (int i = 0; i < MAX_LOOKS; i++) {
        struct sight sight = look(session);
        assert_true(sight.searched_ns >= last->searched_ns);
        assert_true(sight.searched_ns <= sight.taken_ns);
        partial += sight.searched_ns < sight.taken_ns;
        *last = sight;
        if (sight.searched_ns > moment_ns)
            return partial;
    }
    fail_msg("the passes do not get on");
    return partial;
}

static void test_what_was_made_later_is_found(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    struct go_session *session = begin(1);
    struct sight sight = look(session);
    assert_int_equal(sight.made, 0);
    assert_int_equal(sight.searched_ns, sight.taken_ns); /* the first takes as long as it takes */
    int64_t made_ns = wish('m');
    assert_true(look_until_searched(session, made_ns, &sight) > 1);
    assert_int_equal(sight.made, MADE);
    /* They stay, while the heap is looked through again and again. */
    for (int pass = 0; pass < 3; pass++) {
        for (int64_t moment_ns = now_ns(); sight.searched_ns < moment_ns;) {
            sight = look(session);
            assert_int_equal(sight.made, MADE);
        }
    }
    end(session);
}

static void test_what_was_collected_is_dropped(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    struct go_session *session = begin(1);
    wish('m');
    assert_int_equal(look(session).made, MADE);
    wish('f');
    wish('g');
    assert_int_equal(look(session).made, 0); /* at once, without looking through the heap */
    end(session);
}

/* Its memory is as it was, and may serve something else any time. */
static void test_what_is_met_no_more_is_forgotten(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    struct go_session *session = begin(1);
    wish('m');
    struct sight sight = look(session);
    assert_int_equal(sight.made, MADE);
    int64_t gone_ns = wish('f');
    assert_int_equal(look(session).made, MADE); /* it may lie where this pass has not yet been */
    look_until_searched(session, gone_ns, &sight);
    /* Two whole passes, and the first look of the next. */
    look_until_searched(session, now_ns(), &sight);
    look_until_searched(session, now_ns(), &sight);
    assert_int_equal(sight.made, 0);
    end(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pass_goes_on_until_its_end),
        cmocka_unit_test(test_what_the_last_look_found_is_known),
        cmocka_unit_test(test_without_a_limit_each_look_finds_all),
        cmocka_unit_test(test_what_was_made_later_is_found),
        cmocka_unit_test(test_what_was_collected_is_dropped),
        cmocka_unit_test(test_what_is_met_no_more_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
