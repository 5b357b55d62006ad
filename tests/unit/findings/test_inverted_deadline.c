#include "scene.h"

enum { OUTER = 2, INNER = 3 };

static void outer(struct scene *scene, double given, double since)
{
    scene_context(scene, (struct snapshot_context){.id = OUTER,
                                                   .parent_id = BACKGROUND,
                                                   .kind = CONTEXT_DEADLINE,
                                                   .owners = 1,
                                                   .created_ns = ago(since),
                                                   .deadline_ns = ago(since - given),
                                                   .creation_stack = at(scene, "handle", 11)});
}

static void inner(struct scene *scene, uint64_t parent, double asked, double since,
                  int64_t effective)
{
    scene_context(scene, (struct snapshot_context){.id = INNER,
                                                   .parent_id = parent,
                                                   .kind = CONTEXT_CANCEL,
                                                   .owners = 1,
                                                   .created_ns = ago(since),
                                                   .deadline_ns = effective,
                                                   .requested_deadline_ns = ago(since - asked),
                                                   .creation_stack = at(scene, "query", 22)});
}

static void longer_than_the_parent_ever_had_is_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    outer(&scene, 5, 2);
    inner(&scene, OUTER, 30, 1, ahead(3));
    expect_only(&scene, "inverted-deadline", CONFIDENCE_LIKELY, 1,
                "1 context created in query (server.c:22) asks for 30s below a parent that was "
                "given 5.0s in handle (server.c:11): its own timeout can never take effect.");
}

static void the_parent_that_set_the_deadline_may_be_further_up(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    outer(&scene, 5, 2);
    scene_context(&scene,
                  (struct snapshot_context){
                      .id = 9, .parent_id = OUTER, .kind = CONTEXT_VALUE, .deadline_ns = ahead(3)});
    inner(&scene, 9, 30, 1, ahead(3));
    expect_only(&scene, "inverted-deadline", CONFIDENCE_LIKELY, 1, NULL);
}

static void silent_on_what_deadlines_are_for(void **state)
{
    (void)state;
    /* less than its parent */
    struct scene scene = scene_new();
    outer(&scene, 5, 2);
    inner(&scene, OUTER, 1, 0.5, ahead(0.5));
    expect_silence(&scene);
    /* more than is left, but not more than the parent was given */
    scene = scene_new();
    outer(&scene, 5, 4);
    inner(&scene, OUTER, 3, 2, ahead(1));
    expect_silence(&scene);
    /* the same timeout everywhere; the first took a while to be made */
    scene = scene_new();
    outer(&scene, 4.99, 2);
    inner(&scene, OUTER, 5, 1, ahead(3));
    expect_silence(&scene);
}

static void silent_when_who_set_the_deadline_is_not_known(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    inner(&scene, BACKGROUND, 30, 1, ahead(3));
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longer_than_the_parent_ever_had_is_likely),
        cmocka_unit_test(the_parent_that_set_the_deadline_may_be_further_up),
        cmocka_unit_test(silent_on_what_deadlines_are_for),
        cmocka_unit_test(silent_when_who_set_the_deadline_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
