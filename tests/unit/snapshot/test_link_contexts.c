/* The tree of contexts: parents, order, depth, and what hostile sources make of it. */
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void add(struct snapshot_builder *builder, uint64_t id, uint64_t parent, int64_t created_ns)
{
    struct snapshot_context context = {
        .id = id,
        .parent_id = parent,
        .kind = parent ? CONTEXT_CANCEL : CONTEXT_BACKGROUND,
        .created_ns = created_ns,
        .deadline_ns = SNAPSHOT_NEVER,
        .requested_deadline_ns = SNAPSHOT_NEVER,
        .ended_ns = SNAPSHOT_NEVER,
        .creation_stack = SNAPSHOT_NONE,
        .cancel_stack = SNAPSHOT_NONE,
    };
    builder_add_context(builder, &context);
}

static const struct snapshot_context *get(const struct snapshot *snapshot, uint64_t id)
{
    uint32_t index = snapshot_find_context(snapshot, id);
    assert_int_not_equal(index, SNAPSHOT_NONE);
    return &snapshot->contexts[index];
}

static uint64_t loss_count(const struct snapshot *snapshot, const char *what, const char *why)
{
    for (uint32_t i = 0; i < snapshot->loss_count; i++) {
        if (strcmp(snapshot_text(snapshot, snapshot->losses[i].what), what) == 0 &&
            strcmp(snapshot_text(snapshot, snapshot->losses[i].why), why) == 0)
            return snapshot->losses[i].count;
    }
    return 0;
}

/* Whatever went in: links agree with parents, depths are right, every context is reached once. */
static void check_tree(const struct snapshot *snapshot)
{
    uint32_t reached = 0;
    uint32_t next = snapshot->first_root;
    while (next != SNAPSHOT_NONE) {
        const struct snapshot_context *context = &snapshot->contexts[next];
        assert_true(++reached <= snapshot->context_count);
        uint32_t depth = 0, children = 0;
        if (context->parent != SNAPSHOT_NONE)
            depth = snapshot->contexts[context->parent].depth + 1;
        assert_int_equal(context->depth, depth);
        for (uint32_t child = context->first_child; child != SNAPSHOT_NONE;
             child = snapshot->contexts[child].next_sibling) {
            assert_int_equal(snapshot->contexts[child].parent, next);
            children++;
        }
        assert_int_equal(context->child_count, children);
        /* Depth first, without recursion: a child, else a sibling of this or of an ancestor. */
        if (context->first_child != SNAPSHOT_NONE) {
            next = context->first_child;
            continue;
        }
        while (context->next_sibling == SNAPSHOT_NONE && context->parent != SNAPSHOT_NONE)
            context = &snapshot->contexts[context->parent];
        next = context->next_sibling;
    }
    assert_int_equal(reached, snapshot->context_count);
    for (uint32_t i = 1; i < snapshot->context_count; i++)
        assert_true(snapshot->contexts[i - 1].id < snapshot->contexts[i].id);
}

static void links_parents_whatever_the_order(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add(builder, 30, 20, 5);
    add(builder, 10, 0, 1);
    add(builder, 40, 20, 4);
    add(builder, 20, 10, 2);
    add(builder, 50, 10, 3);
    struct snapshot *snapshot = builder_finish(builder);
    check_tree(snapshot);
    assert_int_equal(snapshot->contexts[snapshot->first_root].id, 10);
    assert_int_equal(get(snapshot, 30)->depth, 2);
    assert_int_equal(get(snapshot, 20)->child_count, 2);
    /* In order of creation, not of ids: 40 was made before 30. */
    uint32_t first = get(snapshot, 20)->first_child;
    assert_int_equal(snapshot->contexts[first].id, 40);
    assert_int_equal(snapshot->contexts[snapshot->contexts[first].next_sibling].id, 30);
    assert_int_equal(snapshot->loss_count, 0);
    snapshot_free(snapshot);
}

static void a_parent_that_is_gone_makes_a_root(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add(builder, 2, 1, 1);
    struct snapshot *snapshot = builder_finish(builder);
    check_tree(snapshot);
    assert_int_equal(get(snapshot, 2)->parent, SNAPSHOT_NONE);
    assert_int_equal(get(snapshot, 2)->parent_id, 1);
    snapshot_free(snapshot);
}

static void cycles_are_cut_and_counted(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add(builder, 1, 0, 1);
    add(builder, 2, 1, 1);
    add(builder, 10, 10, 1); /* its own parent */
    add(builder, 20, 22, 1);
    add(builder, 21, 20, 1);
    add(builder, 22, 21, 1);
    add(builder, 23, 22, 1); /* a tail of the cycle */
    add(builder, 24, 23, 1);
    struct snapshot *snapshot = builder_finish(builder);
    check_tree(snapshot);
    assert_int_equal(loss_count(snapshot, "parents of contexts", "they formed a cycle"), 2);
    snapshot_free(snapshot);
}

static void repeated_ids_are_dropped_and_counted(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    add(builder, 5, 0, 1);
    add(builder, 5, 0, 2);
    add(builder, 0, 0, 3);
    add(builder, 5, 5, 4);
    struct snapshot *snapshot = builder_finish(builder);
    check_tree(snapshot);
    assert_int_equal(snapshot->context_count, 1);
    assert_int_equal(snapshot->contexts[0].created_ns, 1);
    assert_int_equal(loss_count(snapshot, "contexts", "their ids were 0 or appeared twice"), 3);
    snapshot_free(snapshot);
}

static void random_forests_are_trees(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (int round = 0; round < 300; round++) {
        struct snapshot_builder *builder = builder_new();
        unsigned count = (unsigned)(seed >> 40) % 60;
        for (unsigned i = 0; i < count; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1;
            add(builder, (seed >> 33) % 50, (seed >> 43) % 50, (int64_t)(seed >> 53) % 9);
        }
        seed = seed * UINT64_C(6364136223846793005) + 1;
        struct snapshot *snapshot = builder_finish(builder);
        check_tree(snapshot);
        snapshot_free(snapshot);
    }
}

/* A million contexts in one chain, worst order first, then in one cycle: linear, not quadratic. */
static void a_deep_chain_is_linear(void **state)
{
    (void)state;
    enum { DEEP = 1000000 };
    for (int is_cycle = 0; is_cycle < 2; is_cycle++) {
        struct snapshot_builder *builder = builder_new();
        for (uint64_t i = 1; i <= DEEP; i++)
            add(builder, i, i < DEEP ? i + 1 : (uint64_t)is_cycle, 0);
        struct snapshot *snapshot = builder_finish(builder);
        assert_int_equal(snapshot->context_count, DEEP);
        uint32_t deepest = 0;
        for (uint32_t i = 0; i < DEEP; i++)
            deepest = snapshot->contexts[i].depth > deepest ? snapshot->contexts[i].depth : deepest;
        assert_int_equal(deepest, DEEP - 1);
        assert_int_equal(snapshot->loss_count, is_cycle);
        snapshot_free(snapshot);
    }
}

static void hostile_fields_become_harmless(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_context context = {.id = 1,
                                       .kind = 200,
                                       .state = 99,
                                       .ended_by = 77,
                                       .creation_stack = 12345,
                                       .cancel_stack = SNAPSHOT_NONE,
                                       .parent = 7,
                                       .first_child = 9,
                                       .next_sibling = 1000000};
    builder_add_context(builder, &context);
    struct snapshot *snapshot = builder_finish(builder);
    check_tree(snapshot);
    assert_int_equal(snapshot->contexts[0].kind, CONTEXT_UNKNOWN_KIND);
    assert_int_equal(snapshot->contexts[0].state, CONTEXT_OPEN);
    assert_int_equal(snapshot->contexts[0].ended_by, ENDED_UNKNOWN);
    assert_int_equal(snapshot->contexts[0].creation_stack, SNAPSHOT_NONE);
    assert_int_equal(loss_count(snapshot, "stacks", "references to them led nowhere"), 1);
    snapshot_free(snapshot);
}

static void deadlines_are_inherited(void **state)
{
    (void)state;
    struct snapshot_builder *builder = builder_new();
    struct snapshot_context context = {.id = 1,
                                       .kind = CONTEXT_DEADLINE,
                                       .deadline_ns = 100,
                                       .requested_deadline_ns = 100,
                                       .creation_stack = SNAPSHOT_NONE,
                                       .cancel_stack = SNAPSHOT_NONE};
    builder_add_context(builder, &context);
    add(builder, 2, 1, 0);
    context.id = 3;
    context.parent_id = 2;
    context.deadline_ns = context.requested_deadline_ns = 500; /* later than the parent's */
    builder_add_context(builder, &context);
    context.id = 4;
    context.parent_id = 3;
    context.kind = CONTEXT_WITHOUT_CANCEL;
    context.deadline_ns = context.requested_deadline_ns = SNAPSHOT_NEVER;
    builder_add_context(builder, &context);
    context.id = 5;
    context.kind = CONTEXT_CUSTOM;
    context.own_done = true; /* around one with a deadline, which does not end it */
    builder_add_context(builder, &context);
    struct snapshot *snapshot = builder_finish(builder);
    assert_int_equal(get(snapshot, 2)->deadline_ns, 100);
    assert_int_equal(get(snapshot, 2)->requested_deadline_ns, 100);
    assert_int_equal(get(snapshot, 3)->deadline_ns, 100);
    assert_int_equal(get(snapshot, 3)->requested_deadline_ns, 500);
    assert_true(get(snapshot, 4)->deadline_ns == SNAPSHOT_NEVER);
    assert_true(get(snapshot, 5)->deadline_ns == SNAPSHOT_NEVER);
    snapshot_free(snapshot);
}

static void an_empty_snapshot_is_one(void **state)
{
    (void)state;
    struct snapshot *snapshot = builder_finish(builder_new());
    assert_int_equal(snapshot->context_count, 0);
    assert_int_equal(snapshot->first_root, SNAPSHOT_NONE);
    assert_int_equal(snapshot_find_context(snapshot, 1), SNAPSHOT_NONE);
    assert_int_equal(snapshot_find_task(snapshot, 1), SNAPSHOT_NONE);
    assert_null(snapshot_top_frame(snapshot, 0));
    assert_int_equal(snapshot_can_end(snapshot, 0).value, FACT_UNKNOWN);
    snapshot_free(snapshot);
    snapshot_free(NULL);
}

static uint64_t made_in_all(bool counted, uint64_t created)
{
    struct snapshot_builder *builder = builder_new();
    builder_program(builder)->counts_contexts = counted;
    builder_program(builder)->contexts_created = created;
    for (uint64_t id = 1; id <= 5; id++)
        add(builder, id, id - 1, (int64_t)id);
    struct snapshot *snapshot = builder_finish(builder);
    uint64_t made = snapshot->program.contexts_created;
    snapshot_free(snapshot);
    return made;
}

static void never_fewer_were_made_than_are_here(void **state)
{
    (void)state;
    assert_int_equal(made_in_all(true, 4), 5);
    assert_int_equal(made_in_all(true, 6), 6);
    assert_int_equal(made_in_all(false, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_parents_whatever_the_order),
        cmocka_unit_test(a_parent_that_is_gone_makes_a_root),
        cmocka_unit_test(cycles_are_cut_and_counted),
        cmocka_unit_test(repeated_ids_are_dropped_and_counted),
        cmocka_unit_test(random_forests_are_trees),
        cmocka_unit_test(a_deep_chain_is_linear),
        cmocka_unit_test(hostile_fields_become_harmless),
        cmocka_unit_test(deadlines_are_inherited),
        cmocka_unit_test(an_empty_snapshot_is_one),
        cmocka_unit_test(never_fewer_were_made_than_are_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
