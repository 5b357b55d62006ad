/* Contexts that ended: which are still in use, and which are memory that was not collected yet. */
#include "go_target.h"

static unsigned count_ended(const struct snapshot *snapshot, const char *place)
{
    char key[64];
    unsigned count = 0;
    snprintf(key, sizeof key, "main.place(%s)", place);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        count += context->kind == CONTEXT_CANCEL && context->state == CONTEXT_CANCELED &&
                 context->parent != SNAPSHOT_NONE &&
                 strcmp(snapshot_text(snapshot, snapshot->contexts[context->parent].key), key) == 0;
    }
    return count;
}

static void look(bool proofs, unsigned *unheld, unsigned *dropped)
{
    struct go_target target;
    go_target_build(&target, "ended", "");
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, proofs);
    struct snapshot *snapshot = go_target_take(session);
    assert_int_equal(count_ended(snapshot, "survived"), 3);
    assert_int_equal(count_ended(snapshot, "stack"), 2);
    *dropped = count_ended(snapshot, "dropped");
    *unheld = (unsigned)snapshot->program.contexts_unheld;
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_what_nothing_holds_is_counted(void **state)
{
    (void)state;
    unsigned unheld, dropped;
    if (!go_is_there())
        skip();
    look(false, &unheld, &dropped);
    assert_int_equal(dropped, 0);
    assert_int_equal(unheld, 5);
}

/* Then it is garbage, and no guess. */
static void test_with_proofs_it_is_known(void **state)
{
    (void)state;
    unsigned unheld, dropped;
    if (!go_is_there())
        skip();
    look(true, &unheld, &dropped);
    assert_int_equal(dropped, 0);
    assert_int_equal(unheld, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_nothing_holds_is_counted),
        cmocka_unit_test(test_with_proofs_it_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
