#include "scene.h"

#define READ_LOOP "net/http.(*persistConn).readLoop"
#define BODY_READ "net/http.(*bodyEOFSignal).Read"
#define STREAM    "google.golang.org/grpc.newClientStreamWithParams.func4"
#define RECEIVE   "google.golang.org/grpc.(*clientStream).RecvMsg"
#define ROWS      "database/sql.(*Rows).awaitDone"
#define NEXT      "database/sql.(*Rows).Next"
#define TX        "database/sql.(*Tx).awaitDone"

enum { FIRST = 10, FIRST_USER = 500 };

/* `calls` from the innermost one on, up to NULL. */
static uint32_t stack_of(struct scene *scene, const char *const *calls)
{
    struct snapshot_frame frames[4] = {{0}};
    uint32_t count = 0;
    for (; calls[count]; count++) {
        assert_true(count < 4);
        frames[count].pc = (uint64_t)(uintptr_t)calls[count];
        frames[count].function = builder_string(scene->builder, calls[count]);
    }
    return builder_stack(scene->builder, frames, count, false);
}

static void tasks_at(struct scene *scene, uint64_t first, unsigned count, uint32_t stack,
                     int64_t since_ns)
{
    uint32_t done = channel(scene, 1000 + first, fact_yes());
    for (uint64_t id = first; id < first + count; id++) {
        scene_task(scene,
                   (struct snapshot_task){
                       .id = id, .kind = TASK_GOROUTINE, .state = TASK_WAITING, .stack = stack});
        scene_wait(scene, id, done, WAIT_RECEIVE, (struct snapshot_wait){.since_ns = since_ns});
    }
}

static void keepers(struct scene *scene, const char *function, unsigned count, int64_t since_ns)
{
    const char *calls[] = {"runtime.gopark", "runtime.selectgo", function, NULL};
    tasks_at(scene, FIRST, count, stack_of(scene, calls), since_ns);
}

static void users(struct scene *scene, const char *function, unsigned count)
{
    const char *calls[] = {"runtime.gopark", function, "main.work", NULL};
    tasks_at(scene, FIRST_USER, count, stack_of(scene, calls), ago(1));
}

static void a_pile_is_suspect(void **state)
{
    (void)state;
    static const struct {
        const char *keeper, *sentence;
    } kinds[] = {
        {READ_LOOP, "11 bodies of HTTP responses have been open for at least 2m03s, and nobody "
                    "reads from them: for one, goroutine 10 waits in " READ_LOOP "."},
        {STREAM, "11 gRPC streams have been open for at least 2m03s, and nobody receives from "
                 "them: for one, goroutine 10 waits in " STREAM "."},
        {ROWS, "11 results of database queries have been open for at least 2m03s, and nobody reads "
               "from them: for one, goroutine 10 waits in " ROWS "."},
        {TX, "11 database transactions have been open for at least 2m03s, and nobody works in "
             "them: for one, goroutine 10 waits in " TX "."},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct scene scene = scene_new();
        keepers(&scene, kinds[i].keeper, 11, ago(123));
        expect_only(&scene, "left-open", CONFIDENCE_SUSPECT, 11, kinds[i].sentence);
    }
}

static void each_kind_is_a_finding_of_its_own(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    keepers(&scene, ROWS, 11, ago(20));
    const char *calls[] = {TX, NULL};
    tasks_at(&scene, 100, 12, stack_of(&scene, calls), ago(20));
    expect_findings(&scene, 2);
    assert_int_equal(scene.findings->items[0].count + scene.findings->items[1].count, 23);
    assert_true(scene.findings->items[0].fingerprint != scene.findings->items[1].fingerprint);
    scene_free(&scene);
}

static void the_age_is_that_of_the_youngest(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    scene.thresholds.max_registrations = 0;
    const char *calls[] = {TX, NULL};
    tasks_at(&scene, FIRST, 1, stack_of(&scene, calls), ago(50));
    tasks_at(&scene, FIRST + 1, 1, stack_of(&scene, calls), ago(70));
    expect_only(&scene, "left-open", CONFIDENCE_SUSPECT, 2,
                "2 database transactions have been open for at least 50s, and nobody works in "
                "them: for one, goroutine 11 waits in " TX ".");

    scene = scene_new();
    scene.thresholds.max_registrations = 0;
    keepers(&scene, READ_LOOP, 1, ago(50));
    expect_only(&scene, "left-open", CONFIDENCE_SUSPECT, 1,
                "1 body of an HTTP response has been open for at least 50s, and nobody reads from "
                "it: goroutine 10 waits in " READ_LOOP ".");
}

static void users_are_taken_off(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{READ_LOOP, BODY_READ},
                                           {STREAM, RECEIVE},
                                           {ROWS, NEXT},
                                           {TX, "database/sql.(*Tx).QueryContext"},
                                           {TX, NEXT}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct scene scene = scene_new();
        keepers(&scene, pairs[i][0], 13, ago(20));
        users(&scene, pairs[i][1], 2);
        const struct finding *finding = finding_of(&scene, "left-open", CONFIDENCE_SUSPECT);
        assert_int_equal(finding->count, 13);
        assert_non_null(strstr(finding->sentence, ", and at most 2 of them are in use: for one,"));
        scene_free(&scene);

        scene = scene_new();
        keepers(&scene, pairs[i][0], 13, ago(20));
        users(&scene, pairs[i][1], 3);
        expect_silence(&scene);

        scene = scene_new();
        keepers(&scene, pairs[i][0], 13, ago(20));
        users(&scene, pairs[i][1], 20);
        expect_silence(&scene);
    }
}

static void silent_when_they_are_few_young_or_of_unknown_age(void **state)
{
    (void)state;
    struct scene scene = scene_new();
    keepers(&scene, READ_LOOP, 10, ago(20));
    expect_silence(&scene);

    scene = scene_new();
    keepers(&scene, READ_LOOP, 50, ago(9.9));
    expect_silence(&scene);

    scene = scene_new();
    keepers(&scene, READ_LOOP, 50, SNAPSHOT_TIME_UNKNOWN);
    expect_silence(&scene);

    scene = scene_new(); /* none waits */
    const char *calls[] = {READ_LOOP, NULL};
    uint32_t stack = stack_of(&scene, calls);
    for (uint64_t id = FIRST; id < FIRST + 50; id++)
        scene_task(&scene,
                   (struct snapshot_task){.id = id, .kind = TASK_GOROUTINE, .stack = stack});
    expect_silence(&scene);
}

static void silent_on_what_only_looks_alike(void **state)
{
    (void)state;
    const char *idle[] = {"runtime.gopark", "bufio.(*Reader).Peek", READ_LOOP, NULL};
    struct scene scene = scene_new(); /* idle connections */
    tasks_at(&scene, FIRST, 50, stack_of(&scene, idle), ago(20));
    expect_silence(&scene);

    scene = scene_new();
    tasks_at(&scene, FIRST, 50, SNAPSHOT_NONE, ago(20));
    expect_silence(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pile_is_suspect),
        cmocka_unit_test(each_kind_is_a_finding_of_its_own),
        cmocka_unit_test(the_age_is_that_of_the_youngest),
        cmocka_unit_test(users_are_taken_off),
        cmocka_unit_test(silent_when_they_are_few_young_or_of_unknown_age),
        cmocka_unit_test(silent_on_what_only_looks_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
