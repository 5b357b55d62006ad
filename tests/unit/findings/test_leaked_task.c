#include "scene.h"

static void blocked(struct scene *scene, uint64_t id, uint32_t object,
                    enum wait_operation operation)
{
    scene_task(scene, (struct snapshot_task){.id = id, .state = TASK_WAITING});
    scene_wait(scene, id, object, operation,
               (struct snapshot_wait){.stack = at(scene, "send_result", 64)});
}

static void senders_that_nobody_receives_from_are_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    for (uint64_t id = 10; id < 13; id++)
        blocked(&scene, id, channel(&scene, id, fact_no()), WAIT_SEND);
    expect_only(&scene, "leaked-task", CONFIDENCE_PROVED, 3,
                "3 tasks are blocked in send_result (server.c:64) and can never be woken: for one, "
                "thread 110 has been waiting for 10s to send to channel 10, and nobody is left "
                "who could signal it.");
}

static void a_lock_whose_holder_ended_is_proved(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_task(&scene, (struct snapshot_task){
                           .id = 3, .state = TASK_EXITED, .exited_ns = ago(20), .detached = true});
    blocked(&scene, 2, mutex_of(&scene, 7, 3), WAIT_LOCK);
    expect_only(&scene, "leaked-task", CONFIDENCE_PROVED, 1,
                "1 task is blocked in send_result (server.c:64) and can never be woken: thread 102 "
                "has been waiting for 10s to lock mutex 7, and thread 103 ended while it held "
                "the lock.");
}

/* The holder may have let go before it ended, and somebody else have taken the lock. */
static void a_holder_seen_before_its_end_makes_it_likely(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_task(&scene, (struct snapshot_task){
                           .id = 3, .state = TASK_EXITED, .exited_ns = ago(5), .detached = true});
    blocked(&scene, 2,
            scene_object(&scene, 7,
                         (struct snapshot_object){
                             .kind = OBJECT_MUTEX, .owner_task_id = 3, .owner_seen_ns = ago(10)}),
            WAIT_LOCK);
    expect_only(&scene, "leaked-task", CONFIDENCE_LIKELY, 1, NULL);
}

/* An empty select keeps a goroutine, a thread or the whole program for ever: that may be meant. */
static void waiting_for_nothing_is_suspect(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    uint32_t nothing = scene_object(&scene, 1, (struct snapshot_object){.kind = OBJECT_NOTHING});
    blocked(&scene, 2, nothing, WAIT_RECEIVE);
    expect_only(&scene, "leaked-task", CONFIDENCE_SUSPECT, 1,
                "1 task is blocked in send_result (server.c:64) and can never be woken: thread 102 "
                "has been waiting for 10s to receive from a nil channel, and that never "
                "happens. That may be meant.");

    scene = scene_without_tasks();
    nothing = scene_object(&scene, 1, (struct snapshot_object){.kind = OBJECT_NOTHING});
    scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
    scene_wait(&scene, MAIN, nothing, WAIT_UNKNOWN, (struct snapshot_wait){0});
    expect_only(&scene, "leaked-task", CONFIDENCE_SUSPECT, 1,
                "1 task is blocked and can never be woken: thread 101 (main) has been waiting for "
                "10s to go on after a select without cases, and "
                "that never happens. That may be meant.");
}

/* It keeps a Go program from ending. */
static void main_of_a_go_program_is_suspect(void **state)
{
    (void)state;
    for (int go = 0; go < 2; go++) {
        struct scene scene = scene_without_tasks();
        if (go)
            scene_collected(&scene);
        scene_task(&scene, (struct snapshot_task){.id = MAIN, .main = true, .state = TASK_WAITING});
        scene_wait(&scene, MAIN, channel(&scene, 5, fact_no()), WAIT_RECEIVE,
                   (struct snapshot_wait){0});
        expect_only(&scene, "leaked-task", go ? CONFIDENCE_SUSPECT : CONFIDENCE_PROVED, 1, NULL);
    }
}

static void a_select_over_what_is_dead_is_told_by_what_it_waits_for(void **state)
{
    (void)state;
    for (int with_channel = 0; with_channel < 2; with_channel++) {
        struct scene scene = scene_new();
        scene_task(&scene, (struct snapshot_task){.id = 2, .state = TASK_WAITING});
        uint32_t nothing =
            scene_object(&scene, 1, (struct snapshot_object){.kind = OBJECT_NOTHING});
        scene_wait(&scene, 2, nothing, WAIT_RECEIVE, (struct snapshot_wait){.group = 1});
        if (with_channel)
            scene_wait(&scene, 2, channel(&scene, 5, fact_no()), WAIT_RECEIVE,
                       (struct snapshot_wait){.group = 1});
        enum confidence confidence = with_channel ? CONFIDENCE_PROVED : CONFIDENCE_SUSPECT;
        const struct finding *finding = finding_of(&scene, "leaked-task", confidence);
        assert_non_null(
            strstr(finding->sentence, with_channel
                                          ? "for 10s to receive from channel 5 or receive "
                                            "from a nil channel (a select of 2 cases), and nobody "
                                            "is left who could signal any of them."
                                          : "to receive from a nil channel, and that never"));
        expect_only(&scene, "leaked-task", confidence, 1, NULL);
    }
}

static void a_go_fact_without_waits_is_enough(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene_collected(&scene);
    scene_task(&scene, (struct snapshot_task){.id = 17,
                                              .kind = TASK_GOROUTINE,
                                              .state = TASK_WAITING,
                                              .wakeable = fact_no(),
                                              .status = builder_string(scene.builder, "chan send"),
                                              .stack = at(&scene, "main.search", 33)});
    expect_only(&scene, "leaked-task", CONFIDENCE_PROVED, 1,
                "1 task is blocked in main.search (server.c:33) and can never be woken: goroutine "
                "17 waits (chan send) for what nothing that runs can reach.");
}

static void unknown_facts_withhold_it(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, channel(&scene, 5, fact_unknown(PRECONDITION_RECORDED_FROM_START)),
            WAIT_RECEIVE);
    expect_withheld(&scene, PRECONDITION_RECORDED_FROM_START, 1);
}

static void silent_while_somebody_can_signal(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, channel(&scene, 5, fact_yes()), WAIT_RECEIVE);
    /* a worker of a select with a way out */
    scene_task(&scene, (struct snapshot_task){.id = 3, .state = TASK_WAITING});
    scene_context(&scene, (struct snapshot_context){.id = 2, .parent_id = BACKGROUND, .owners = 1});
    scene_wait(&scene, 3, channel(&scene, 6, fact_no()), WAIT_RECEIVE,
               (struct snapshot_wait){.group = 1});
    scene_wait(&scene, 3, context_object(&scene, 2), WAIT_DONE, (struct snapshot_wait){.group = 1});
    /* a lock that is held by somebody who runs, and a thread that joins him */
    blocked(&scene, 4, mutex_of(&scene, 7, MAIN), WAIT_LOCK);
    blocked(&scene, 5, task_object(&scene, MAIN), WAIT_JOIN);
    expect_silence(&scene);
}

static void a_joiner_of_a_leaked_task_is_not_another_one(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    blocked(&scene, 2, channel(&scene, 5, fact_no()), WAIT_SEND);
    blocked(&scene, 3, task_object(&scene, 2), WAIT_JOIN);
    expect_only(&scene, "leaked-task", CONFIDENCE_PROVED, 1, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(senders_that_nobody_receives_from_are_proved),
        cmocka_unit_test(a_lock_whose_holder_ended_is_proved),
        cmocka_unit_test(a_holder_seen_before_its_end_makes_it_likely),
        cmocka_unit_test(waiting_for_nothing_is_suspect),
        cmocka_unit_test(main_of_a_go_program_is_suspect),
        cmocka_unit_test(a_select_over_what_is_dead_is_told_by_what_it_waits_for),
        cmocka_unit_test(a_go_fact_without_waits_is_enough),
        cmocka_unit_test(unknown_facts_withhold_it),
        cmocka_unit_test(silent_while_somebody_can_signal),
        cmocka_unit_test(a_joiner_of_a_leaked_task_is_not_another_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
