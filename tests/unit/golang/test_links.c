/* Which contexts are linked to something above: only those can be lost. */
#include "go_claims.h"

static bool has_key(const struct snapshot *snapshot, const struct snapshot_context *context,
                    const char *key)
{
    return context->kind == CONTEXT_CANCEL && context->parent != SNAPSHOT_NONE &&
           strncmp(snapshot_text(snapshot, snapshot->contexts[context->parent].key), key,
                   strlen(key)) == 0;
}

static void check_links(const char *flags)
{
    struct go_target target;
    unsigned loose = 0, lost = 0, watched = 0;
    go_target_build(&target, "detaches", flags);
    go_target_start(&target, NULL, NULL);
    struct go_session *session = go_target_open(&target, true);
    struct snapshot *snapshot = go_target_take_proved(session);
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        if (has_key(snapshot, context, "main.loose(")) {
            assert_true(context->unlinked);
            loose++;
        } else if (has_key(snapshot, context, "main.lost(")) {
            assert_false(context->unlinked);
            assert_int_equal(context->cancellable.value, FACT_NO);
            lost++;
        } else if (has_key(snapshot, context, "main.watched(")) {
            assert_false(context->unlinked);
            watched++;
        }
    }
    assert_int_equal(loose, 3);
    assert_int_equal(lost, 101);
    assert_int_equal(watched, 1);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_links(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    check_links("");
    check_links("-ldflags='-s -w'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
