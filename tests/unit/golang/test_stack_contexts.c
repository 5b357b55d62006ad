/* What only a stack holds: where its type is not certain, it is counted, and not shown. */
#include "go_target.h"

/* How many contexts of values are shown, and how many objects may be such. */
static void look(const char *what, uint64_t *shown, uint64_t *undecided)
{
    struct go_target target;
    go_target_build(&target, "apart", "");
    go_target_start(&target, what, NULL);
    struct go_session *session = go_target_open(&target, false);
    struct snapshot *snapshot = go_target_take(session);
    *shown = *undecided = 0;
    for (uint32_t i = 0; i < snapshot->context_count; i++)
        *shown += snapshot->contexts[i].kind == CONTEXT_VALUE;
    for (uint32_t i = 0; i < snapshot->loss_count; i++)
        if (strcmp(snapshot_text(snapshot, snapshot->losses[i].what),
                   "objects that may be contexts") == 0)
            *undecided = snapshot->losses[i].count;
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_a_context_is_shown_or_counted(void **state)
{
    uint64_t shown, undecided;
    (void)state;
    if (!go_is_there())
        return;
    look("context", &shown, &undecided);
    assert_int_equal(shown + undecided, 1); /* which one depends on the compiler */
}

static void test_what_looks_alike_is_none(void **state)
{
    uint64_t shown, undecided;
    (void)state;
    if (!go_is_there())
        return;
    look("alike", &shown, &undecided);
    assert_int_equal(shown, 0);
    assert_int_equal(undecided, 0);
}

static void test_beside_a_context_it_is_counted(void **state)
{
    uint64_t shown, undecided;
    (void)state;
    if (!go_is_there())
        return;
    look("both", &shown, &undecided);
    assert_int_equal(shown + undecided, 2);
    assert_true(undecided >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_context_is_shown_or_counted),
        cmocka_unit_test(test_what_looks_alike_is_none),
        cmocka_unit_test(test_beside_a_context_it_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
