/* Where a context is that nobody recorded the creation of. */
#include "findings/evidence.h"
#include "findings/whereabouts.h"
#include "scene.h"

static struct snapshot *snapshot;
static char out[512];

/*
 *     1 background
 *     +- 2 value main.user
 *     |  +- 3 custom main.request
 *     |     +- 4 deadline
 *     |        +- 5 cancel, held by main.serve
 *     |           +- 6 cancel, held by a variable
 *     +- 7 cancel, whose creation was recorded
 *     +- 8 value main.user
 *        +- 9 custom main.request
 *           +- 10 deadline
 *              +- 11 cancel, held from the same place as 5
 *     +- 12 cancel
 */
static int begin(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    struct snapshot_builder *builder = scene.builder;
    const snapshot_string user = builder_string(builder, "main.user");
    const snapshot_string request = builder_string(builder, "main.request");
    for (uint64_t id = 2; id < 12; id += 6) {
        scene_context(&scene, (struct snapshot_context){
                                  .id = id, .parent_id = 1, .kind = CONTEXT_VALUE, .key = user});
        scene_context(&scene,
                      (struct snapshot_context){
                          .id = id + 1, .parent_id = id, .kind = CONTEXT_CUSTOM, .type = request});
        scene_context(&scene, (struct snapshot_context){.id = id + 2,
                                                        .parent_id = id + 1,
                                                        .kind = CONTEXT_DEADLINE,
                                                        .deadline_ns = ahead(5)});
        scene_context(&scene, (struct snapshot_context){.id = id + 3, .parent_id = id + 2});
    }
    scene_context(&scene, (struct snapshot_context){.id = 6, .parent_id = 5});
    scene_context(&scene, (struct snapshot_context){
                              .id = 7, .parent_id = 1, .creation_stack = at(&scene, "made", 9)});
    scene_context(&scene, (struct snapshot_context){.id = 12, .parent_id = 1});
    const struct snapshot_holder serve = {.stack = at(&scene, "main.serve", 12), .place = 77};
    const struct snapshot_holder variable = {
        .stack = SNAPSHOT_NONE,
        .name = builder_string(builder, "the variable main.registry"),
        .place = 78};
    builder_context_is_held(builder, 5, &serve);
    builder_context_is_held(builder, 6, &variable);
    builder_context_is_held(builder, 7, &variable);
    builder_context_is_held(builder, 11, &serve);
    scene_task(&scene, (struct snapshot_task){.id = 2,
                                              .state = TASK_WAITING,
                                              .tid = 4711,
                                              .stack = at(&scene, "main.watch", 20)});
    scene_wait(&scene, 2, context_object(&scene, 5), WAIT_DONE, (struct snapshot_wait){0});
    context_object(&scene, 6);
    snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static uint32_t context_of(uint64_t id)
{
    const uint32_t context = snapshot_find_context(snapshot, id);
    assert_int_not_equal(context, SNAPSHOT_NONE);
    return context;
}

static const char *whereabouts(uint64_t id)
{
    struct text text = text_into(out, sizeof out);
    text_whereabouts(&text, snapshot, context_of(id));
    return out;
}

static const char *waiter(uint64_t id)
{
    struct text text = text_into(out, sizeof out);
    text_waiter(&text, snapshot, context_of(id));
    return out;
}

static void what_is_above_it_is_told_from_the_nearest_on(void **state)
{
    (void)state;
    assert_string_equal(whereabouts(12), " below background");
    assert_string_equal(whereabouts(4), " below main.request, main.user, background");
    assert_string_equal(whereabouts(1), "");
}

static void what_keeps_it_alive_is_told(void **state)
{
    (void)state;
    assert_string_equal(whereabouts(5), " below a deadline context, main.request, main.user, "
                                        "background and kept alive by main.serve (server.c:12)");
    assert_string_equal(whereabouts(6), " below a cancel context, a deadline context, "
                                        "main.request, main.user, and more and kept alive by the "
                                        "variable main.registry");
}

static void where_it_was_created_is_enough(void **state)
{
    (void)state;
    assert_string_equal(whereabouts(7), "");
    const struct claim before = claim_about_context(snapshot, context_of(7), CONFIDENCE_PROVED);
    struct claim claim = before;
    claim_whereabouts(&claim, snapshot);
    assert_true(claim.likeness == before.likeness);
    assert_int_equal(claim.place, 0);
    assert_null(claim.stacks[1].label);
}

static struct claim claim_of(uint64_t id)
{
    struct claim claim = claim_about_context(snapshot, context_of(id), CONFIDENCE_PROVED);
    claim_whereabouts(&claim, snapshot);
    return claim;
}

static void likeness_is_of_the_whole_chain(void **state)
{
    (void)state;
    assert_true(claim_of(5).likeness == claim_of(11).likeness);
    assert_true(claim_of(5).likeness != claim_of(12).likeness);
    assert_true(claim_of(5).likeness != claim_of(6).likeness);
}

static void the_place_is_where_it_is_held_from(void **state)
{
    (void)state;
    const struct claim claim = claim_of(5);
    assert_int_equal(claim.place, 77);
    assert_string_equal(claim.stacks[0].label, "kept alive by");
    assert_int_equal(claim_of(6).place, 78);
    assert_null(claim_of(6).stacks[0].label);
    assert_int_equal(claim_of(12).place, 0);
}

static void the_first_who_waits_for_it_is_told(void **state)
{
    (void)state;
    assert_string_equal(waiter(5), "; thread 4711 in main.watch (server.c:20) waits for it");
    assert_string_equal(waiter(6), ""); /* an object that nobody waits for */
    assert_string_equal(waiter(12), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_above_it_is_told_from_the_nearest_on),
        cmocka_unit_test(what_keeps_it_alive_is_told),
        cmocka_unit_test(where_it_was_created_is_enough),
        cmocka_unit_test(likeness_is_of_the_whole_chain),
        cmocka_unit_test(the_place_is_where_it_is_held_from),
        cmocka_unit_test(the_first_who_waits_for_it_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
