/* Walking the tree of contexts once for all of them. */
#include "findings/context_tree.h"
#include "scene.h"

static struct snapshot *snapshot;

/*
 *     1 background
 *     +- 2 cancel
 *     |  +- 3 value
 *     |  |  +- 4 value
 *     |  |     +- 5 deadline
 *     |  |        +- 6 deadline, asked for later than 5
 *     |  |           +- 7 cancel
 *     |  +- 8 cancel
 *     +- 9 value
 *     +- 10 to 12 cancel
 */
static int begin(void **state)
{
    (void)state;
    struct scene scene = scene_without_tasks();
    static const struct {
        uint64_t id, parent;
        enum context_kind kind;
        double deadline, asked;
    } rows[] = {{2, 1, CONTEXT_CANCEL, 0, 0},    {3, 2, CONTEXT_VALUE, 0, 0},
                {4, 3, CONTEXT_VALUE, 0, 0},     {5, 4, CONTEXT_DEADLINE, 9, 9},
                {6, 5, CONTEXT_DEADLINE, 9, 30}, {7, 6, CONTEXT_CANCEL, 9, 9},
                {8, 2, CONTEXT_CANCEL, 0, 0},    {9, 1, CONTEXT_VALUE, 0, 0},
                {10, 1, CONTEXT_CANCEL, 0, 0},   {11, 1, CONTEXT_CANCEL, 0, 0},
                {12, 1, CONTEXT_CANCEL, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        scene_context(&scene,
                      (struct snapshot_context){
                          .id = rows[i].id,
                          .parent_id = rows[i].parent,
                          .kind = (uint8_t)rows[i].kind,
                          .created_ns = ago(100 - (double)rows[i].id),
                          .owners = 1,
                          .deadline_ns = rows[i].deadline > 0 ? ahead(rows[i].deadline) : 0,
                          .requested_deadline_ns = rows[i].asked > 0 ? ahead(rows[i].asked) : 0});
    scene_task_in(&scene, (struct snapshot_task){.id = 2}, 8, 0);
    scene_task_in(&scene,
                  (struct snapshot_task){.id = 3, .state = TASK_EXITED, .exited_ns = ago(1)}, 9, 9);
    scene_task(&scene, (struct snapshot_task){.id = 4, .state = TASK_WAITING});
    scene_wait(&scene, 4, context_object(&scene, 5), WAIT_DONE, (struct snapshot_wait){0});
    scene_task_in(&scene, (struct snapshot_task){.id = 5, .state = TASK_WAITING}, 0, 10);
    scene_wait(&scene, 5, channel(&scene, 70, fact_no()), WAIT_RECEIVE,
               (struct snapshot_wait){.bounded_by = 11});
    scene_task(&scene, (struct snapshot_task){.id = 6, .likely_context_id = 12});
    snapshot = builder_finish(scene.builder);
    assert_non_null(snapshot);
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static uint32_t index_of(uint64_t id)
{
    const uint32_t index = snapshot_find_context(snapshot, id);
    assert_int_not_equal(index, SNAPSHOT_NONE);
    return index;
}

static void everything_comes_after_what_is_above_it(void **state)
{
    (void)state;
    static const uint64_t expected[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    size_t count = 0;
    for (uint32_t i = snapshot->first_root; i != SNAPSHOT_NONE; i = tree_next(snapshot, i))
        assert_int_equal(snapshot->contexts[i].id, expected[count++]);
    assert_int_equal(count, snapshot->context_count);
}

static void values_are_linked_through(void **state)
{
    (void)state;
    uint32_t *linking = tree_linking_parents(snapshot);
    assert_non_null(linking);
    assert_int_equal(linking[index_of(5)], index_of(2));
    assert_int_equal(linking[index_of(4)], index_of(2));
    assert_int_equal(linking[index_of(6)], index_of(5));
    assert_int_equal(linking[index_of(9)], index_of(1));
    assert_int_equal(linking[index_of(1)], SNAPSHOT_NONE);
    free(linking);
}

static void a_deadline_is_set_by_who_asked_for_it(void **state)
{
    (void)state;
    uint32_t *setters = tree_deadline_setters(snapshot);
    assert_non_null(setters);
    assert_int_equal(setters[index_of(5)], index_of(5));
    assert_int_equal(setters[index_of(6)], index_of(5)); /* it asked for a later one */
    assert_int_equal(setters[index_of(7)], index_of(5));
    assert_int_equal(setters[index_of(4)], SNAPSHOT_NONE);
    assert_int_equal(setters[index_of(8)], SNAPSHOT_NONE);
    free(setters);
}

/* Which of the contexts 1 to 12 are marked. */
static void assert_marks(bool *marks, const char *expected)
{
    assert_non_null(marks);
    for (uint64_t id = 1; id <= 12; id++)
        assert_int_equal(marks[index_of(id)], expected[id - 1] == '#');
    free(marks);
}

static void what_is_above_something_in_use_is_in_use(void **state)
{
    (void)state;
    assert_marks(tree_waited_for(snapshot), "#####.....#.");
    assert_marks(tree_in_use(snapshot), "#####..#.###"); /* a task that has ended uses nothing */
}

static void background_and_todo_are_roots(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < CONTEXT_KIND_COUNT; kind++) {
        const struct snapshot_context context = {.kind = (uint8_t)kind};
        assert_int_equal(context_is_root_kind(&context),
                         kind == CONTEXT_BACKGROUND || kind == CONTEXT_TODO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_after_what_is_above_it),
        cmocka_unit_test(values_are_linked_through),
        cmocka_unit_test(a_deadline_is_set_by_who_asked_for_it),
        cmocka_unit_test(what_is_above_something_in_use_is_in_use),
        cmocka_unit_test(background_and_todo_are_roots),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
