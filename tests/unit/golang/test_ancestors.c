/* The ancestors of goroutines, in programs that keep them or do not, and in damaged memory. */
#include "go_target.h"
#include "golang/model/model.h"
#include "made_up_memory.h"

static const char *const chain[] = {"main.startLeaf", "main.startMiddle", "main.startOuter"};
static const char *const callers[] = {"main.middle", "main.outer", "main.main"};

static const char *frame_of(const struct snapshot *snapshot, uint32_t stack, uint32_t number)
{
    assert_int_not_equal(stack, SNAPSHOT_NONE);
    assert_true(number < snapshot->stacks[stack].frame_count);
    uint32_t frame = snapshot->stacks[stack].first_frame + number;
    return snapshot_text(snapshot, snapshot->frames[frame].function);
}

static bool is_leaf(const struct snapshot *snapshot, const struct snapshot_task *task)
{
    if (task->stack == SNAPSHOT_NONE)
        return false;
    const struct snapshot_stack *stack = &snapshot->stacks[task->stack];
    const struct snapshot_frame *last = &snapshot->frames[stack->first_frame + stack->frame_count];
    return strcmp(snapshot_text(snapshot, last[-1].function), "main.leaf") == 0;
}

/* Each begins with the function of the `go` statement, and says who created the one before it. */
static void check_leaf(const struct snapshot *snapshot, uint32_t task, uint32_t expected)
{
    uint32_t count;
    const struct snapshot_ancestor *ancestors = snapshot_ancestors_of(snapshot, task, &count);
    assert_int_equal(count, expected);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ancestors[i].task, task);
        assert_string_equal(frame_of(snapshot, ancestors[i].stack, 0), chain[i]);
        assert_string_equal(frame_of(snapshot, ancestors[i].stack, 1), callers[i]);
    }
    if (count && snapshot->tasks[task].parent_id) /* since Go 1.21 it knows that one by itself */
        assert_int_equal(ancestors[0].id, snapshot->tasks[task].parent_id);
    if (count > 2)
        assert_int_equal(ancestors[2].id, 1);
    /* What groups goroutines is the go statement alone, with ancestors and without. */
    assert_int_equal(snapshot->stacks[snapshot->tasks[task].creation_stack].frame_count, 1);
}

static void look(const char *setting, bool proofs, uint32_t expected)
{
    struct go_target target;
    unsigned leaves = 0;
    go_target_build(&target, "ancestors", "");
    assert_int_equal(setenv("GODEBUG", setting, 1), 0);
    go_target_start(&target, NULL, NULL);
    unsetenv("GODEBUG");
    struct go_session *session = go_target_open(&target, proofs);
    struct snapshot *snapshot = go_target_take(session);
    for (uint32_t i = 0; i < snapshot->task_count; i++) {
        if (!is_leaf(snapshot, &snapshot->tasks[i]))
            continue;
        leaves++;
        check_leaf(snapshot, i, expected);
    }
    assert_int_equal(leaves, 3);
    snapshot_free(snapshot);
    go_session_close(session);
    go_target_end(&target);
}

static void test_the_whole_chain(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    look("tracebackancestors=10", false, 3);
    look("tracebackancestors=10", true, 3);
}

static void test_as_many_as_are_kept(void **state)
{
    (void)state;
    if (!go_is_there())
        skip();
    look("tracebackancestors=2", true, 2);
    look("tracebackancestors=1", false, 1);
    look("tracebackancestors=0", false, 0);
}

/* ---- memory that is made up ---- */

#define G       (MADE_UP + 0x1000)
#define HEADER  (MADE_UP + 0x2000)
#define CHAIN   (MADE_UP + 0x3000)
#define NOWHERE UINT64_C(0x500000000000)

static struct made_up made_up;

static void put_slice(uint64_t at, uint64_t data, uint64_t length)
{
    made_up_put(&made_up, at, data, 8);
    made_up_put(&made_up, at + 8, length, 8);
}

/* Goroutine 9 has two ancestors; of what called what, no address is of a function. */
static void begin_made_up(void)
{
    made_up_begin(&made_up, 26);
    made_up.program.pcs = pc_cache_new();
    assert_non_null(made_up.program.pcs);
    made_up_field(&made_up, G, G_GOID, 9, 8);
    put_slice(HEADER, CHAIN, 2);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t at = CHAIN + (uint64_t)made_up.program.layout.at[ANCESTOR_SIZE] * i;
        made_up_field(&made_up, at, ANCESTOR_GOID, 7 - i, 8);
        put_slice(at + (uint64_t)made_up.program.layout.at[ANCESTOR_PCS], MADE_UP, 4);
    }
}

static void end_made_up(void)
{
    pc_cache_free(made_up.program.pcs);
    made_up_end(&made_up);
}

static size_t ancestors_found(uint64_t header)
{
    struct goroutine goroutine = {.address = G, .id = 9, .ancestors = header};
    struct model model = {.goroutines = {.items = &goroutine, .count = 1}};
    memory_begin_reading(made_up.program.memory);
    assert_true(ancestors_read(&made_up.program, false, &model));
    for (size_t i = 0; i < goroutine.ancestor_count; i++) {
        assert_int_equal(model.ancestors.items[i].id, 7 - i);
        assert_int_equal(model.ancestors.items[i].stack, CALL_STACK_NONE);
    }
    ancestors_free(&model.ancestors);
    call_stacks_free(&model.calls);
    return goroutine.ancestor_count;
}

static void test_chains_that_cannot_be(void **state)
{
    static const uint64_t lengths[] = {1 << 16, UINT32_MAX, UINT64_C(1) << 59, UINT64_MAX};
    static const uint64_t places[] = {NOWHERE, CHAIN + 4, 0, UINT64_MAX - 7,
                                      MADE_UP + MADE_UP_SIZE - 8};
    (void)state;
    begin_made_up();
    assert_int_equal(ancestors_found(HEADER), 2);
    assert_int_equal(ancestors_found(NOWHERE), 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        put_slice(HEADER, CHAIN, lengths[i]);
        assert_int_equal(ancestors_found(HEADER), 0);
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        put_slice(HEADER, places[i], 2);
        assert_int_equal(ancestors_found(HEADER), 0);
    }
    end_made_up();
}

static void test_stacks_that_cannot_be(void **state)
{
    uint64_t at = CHAIN;
    (void)state;
    begin_made_up();
    at += (uint64_t)made_up.program.layout.at[ANCESTOR_PCS];
    put_slice(at, NOWHERE, 4);
    assert_int_equal(ancestors_found(HEADER), 2);
    put_slice(at, MADE_UP + 4, UINT64_MAX);
    assert_int_equal(ancestors_found(HEADER), 2);
    put_slice(at, 0, 0);
    assert_int_equal(ancestors_found(HEADER), 2);
    end_made_up();
}

/* The g was given to another one: what was read may be that one's. */
static void test_another_goroutine(void **state)
{
    (void)state;
    begin_made_up();
    made_up_field(&made_up, G, G_GOID, 10, 8);
    assert_int_equal(ancestors_found(HEADER), 0);
    end_made_up();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_chain),       cmocka_unit_test(test_as_many_as_are_kept),
        cmocka_unit_test(test_chains_that_cannot_be), cmocka_unit_test(test_stacks_that_cannot_be),
        cmocka_unit_test(test_another_goroutine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
