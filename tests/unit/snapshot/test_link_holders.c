/* From where contexts are held: found by the context, whatever a source says. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void add_context(struct snapshot_builder *builder, uint64_t id)
{
    struct snapshot_context context = {.id = id,
                                       .kind = CONTEXT_CANCEL,
                                       .ended_ns = SNAPSHOT_NEVER,
                                       .creation_stack = SNAPSHOT_NONE,
                                       .cancel_stack = SNAPSHOT_NONE};
    builder_add_context(builder, &context);
}

static void hold(struct snapshot_builder *builder, uint64_t id, uint32_t stack, uint64_t place)
{
    builder_context_is_held(builder, id, &(struct snapshot_holder){.stack = stack, .place = place});
}

static const struct snapshot_holder *holder_of(const struct snapshot *snapshot, uint64_t id)
{
    return snapshot_holder_of(snapshot, snapshot_find_context(snapshot, id));
}

static void holders_are_found_by_their_context(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    const struct snapshot_frame frame = {.pc = 1, .function = builder_string(builder, "main.f")};
    uint32_t stack = builder_stack(builder, &frame, 1, false);
    for (uint64_t id = 40; id > 0; id -= 2)
        add_context(builder, id);
    for (uint64_t id = 4; id <= 40; id += 4)
        hold(builder, id, stack, 1000 + id);
    hold(builder, 3, stack, 1);      /* no such context */
    hold(builder, 2, stack + 50, 2); /* no such stack */
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    assert_int_equal(snapshot->holder_count, 11);
    for (uint64_t id = 4; id <= 40; id += 4) {
        assert_non_null(holder_of(snapshot, id));
        assert_int_equal(holder_of(snapshot, id)->place, 1000 + id);
        assert_int_equal(holder_of(snapshot, id)->stack, stack);
    }
    for (uint64_t id = 6; id <= 40; id += 4)
        assert_null(holder_of(snapshot, id));
    assert_int_equal(holder_of(snapshot, 2)->stack, SNAPSHOT_NONE);
    assert_null(snapshot_holder_of(snapshot, SNAPSHOT_NONE));
    snapshot_free(snapshot);
}

static void without_any_there_is_none(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add_context(builder, 1);
    struct snapshot *snapshot = builder_finish(builder);
    assert_null(holder_of(snapshot, 1));
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holders_are_found_by_their_context),
        cmocka_unit_test(without_any_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
