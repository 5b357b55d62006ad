#include "ctxtop/labels.h"
#include "scene.h"

static struct snapshot_builder *builder;
static struct snapshot *snapshot;

static int begin(void **state)
{
    (void)state;
    builder = scene_begin();
    snapshot = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    snapshot_free(snapshot);
    return 0;
}

static void finish(void)
{
    snapshot = builder_finish(builder);
    assert_non_null(snapshot);
}

static char text[LABEL_SIZE];

/* ---- the program ---- */

static void assert_program(const char *executable, const char *command, const char *expected)
{
    begin(NULL);
    builder_program(builder)->executable = builder_string(builder, executable);
    builder_program(builder)->command = builder_string(builder, command);
    finish();
    label_program(snapshot, text, sizeof text);
    assert_string_equal(text, expected);
    snapshot_free(snapshot);
    snapshot = NULL;
}

static void a_program_is_called_as_people_call_it(void **state)
{
    (void)state;
    builder_free(builder);
    assert_program("/usr/bin/orders", "orders --port 80", "orders");
    assert_program("/usr/bin/orders", "/usr/bin/orders -v", "orders");
    assert_program("/usr/bin/redis-check-rdb", "redis-server *:6379",
                   "redis-server (redis-check-rdb)");
    assert_program("/opt/my tool", "/opt/my tool -x", "my tool"); /* a blank in the path */
    assert_program("/usr/bin/orders", "", "orders");
    assert_program("", "orders -v", "orders -v");
    assert_program("", "", "program");
}

static void numbers_are_short_and_addresses_hexadecimal(void **state)
{
    (void)state;
    builder_free(builder);
    label_id(17, text, sizeof text);
    assert_string_equal(text, "#17");
    label_id(UINT32_MAX, text, sizeof text);
    assert_string_equal(text, "#4294967295");
    label_id(UINT64_C(0xc000123000), text, sizeof text);
    assert_string_equal(text, "0xc000123000");
}

/* ---- contexts ---- */

static void assert_context(struct snapshot_context context, const char *expected)
{
    context.id = 9;
    context.deadline_ns = context.ended_ns = SNAPSHOT_NEVER;
    context.creation_stack = context.cancel_stack = SNAPSHOT_NONE;
    builder_add_context(builder, &context);
    finish();
    label_context(snapshot, 0, text, sizeof text);
    assert_string_equal(text, expected);
    snapshot_free(snapshot);
    begin(NULL);
}

#define STRING(text) builder_string(builder, text)

static void a_context_has_a_name_or_what_else_is_known(void **state)
{
    (void)state;
    assert_context((struct snapshot_context){.kind = CONTEXT_CANCEL, .name = STRING("request")},
                   "request");
    assert_context((struct snapshot_context){.kind = CONTEXT_CANCEL}, "#9");
    assert_context((struct snapshot_context){.kind = CONTEXT_VALUE, .key = STRING("user")}, "user");
    assert_context((struct snapshot_context){.kind = CONTEXT_VALUE,
                                             .key = STRING("user"),
                                             .value = STRING("bob")},
                   "user=bob");
    assert_context((struct snapshot_context){.kind = CONTEXT_VALUE}, "#9");
    assert_context((struct snapshot_context){.kind = CONTEXT_BACKGROUND}, "background");
    assert_context((struct snapshot_context){.kind = CONTEXT_TODO}, "todo");
    assert_context((struct snapshot_context){.kind = CONTEXT_CUSTOM, .type = STRING("gin.Context")},
                   "gin.Context");
    assert_context((struct snapshot_context){.kind = CONTEXT_CANCEL, .type = STRING("cancelCtx")},
                   "#9");
    finish();
    label_context(snapshot, SNAPSHOT_NONE, text, sizeof text);
    assert_string_equal(text, "-");
}

/* ---- tasks ---- */

static void assert_task(struct snapshot_task task, const char *expected, const char *number)
{
    task.id = 5;
    task.creation_stack = task.stack = SNAPSHOT_NONE;
    task.exited_ns = SNAPSHOT_NEVER;
    builder_add_task(builder, &task, 0, 0);
    finish();
    label_task(snapshot, 0, text, sizeof text);
    assert_string_equal(text, expected);
    label_task_number(&snapshot->tasks[0], text, sizeof text);
    assert_string_equal(text, number);
    label_task_or_id(snapshot, 0, 99, text, sizeof text);
    assert_string_equal(text, expected);
    snapshot_free(snapshot);
    begin(NULL);
}

static void a_task_has_a_name_or_its_number(void **state)
{
    (void)state;
    assert_task((struct snapshot_task){.kind = TASK_THREAD, .tid = 4711, .name = STRING("worker")},
                "worker", "4711");
    assert_task((struct snapshot_task){.kind = TASK_THREAD, .tid = 4711, .main = true}, "main",
                "4711");
    assert_task((struct snapshot_task){.kind = TASK_THREAD, .tid = 4711}, "thread 4711", "4711");
    assert_task((struct snapshot_task){.kind = TASK_THREAD}, "thread #5", "#5");
    assert_task((struct snapshot_task){.kind = TASK_GOROUTINE, .tid = 4711}, "goroutine #5", "#5");
}

static void a_task_that_has_gone_has_its_number(void **state)
{
    (void)state;
    finish();
    label_task(snapshot, SNAPSHOT_NONE, text, sizeof text);
    assert_string_equal(text, "-");
    label_task_or_id(snapshot, SNAPSHOT_NONE, 12, text, sizeof text);
    assert_string_equal(text, "task #12 (gone)");
    label_task_or_id(snapshot, SNAPSHOT_NONE, 0, text, sizeof text);
    assert_string_equal(text, "unknown");
}

/* ---- objects ---- */

static void assert_object(struct snapshot_object object, const char *expected)
{
    object.creation_stack = SNAPSHOT_NONE;
    scene_task(builder, 4, "worker", false);
    const struct snapshot_wait wait = {.object = builder_object(builder, object.id, &object),
                                       .operation = WAIT_READ,
                                       .since_ns = 90 * SECOND,
                                       .until_ns = SNAPSHOT_NEVER,
                                       .stack = SNAPSHOT_NONE};
    builder_add_wait(builder, &wait, 4, 0);
    finish();
    assert_int_equal(snapshot->object_count, 1);
    label_object(snapshot, 0, text, sizeof text);
    assert_string_equal(text, expected);
    snapshot_free(snapshot);
    begin(NULL);
}

static void an_object_says_what_it_is(void **state)
{
    (void)state;
    assert_object((struct snapshot_object){.kind = OBJECT_DESCRIPTOR, .id = 7, .descriptor = 7},
                  "descriptor 7");
    assert_object(
        (struct snapshot_object){
            .kind = OBJECT_DESCRIPTOR, .id = 7, .descriptor = 7, .name = STRING("127.0.0.1:80")},
        "descriptor 7 (127.0.0.1:80)");
    assert_object((struct snapshot_object){.kind = OBJECT_MUTEX, .id = 8, .address = 0x55d0},
                  "mutex 0x55d0");
    assert_object((struct snapshot_object){.kind = OBJECT_CHANNEL, .id = 8, .name = STRING("jobs")},
                  "channel jobs");
    assert_object((struct snapshot_object){.kind = OBJECT_TIMER, .id = 8}, "timer");
    assert_object((struct snapshot_object){.kind = OBJECT_TASK, .id = 4}, "task worker");
    finish();
    label_object(snapshot, SNAPSHOT_NONE, text, sizeof text);
    assert_string_equal(text, "-");
}

static void a_context_that_is_waited_for_has_its_name(void **state)
{
    (void)state;
    scene_context(builder, 3, 0, CONTEXT_CANCEL, "server", false, SNAPSHOT_NEVER);
    assert_object((struct snapshot_object){.kind = OBJECT_CONTEXT, .id = 3}, "context server");
}

/* ---- frames ---- */

static void assert_frame(struct snapshot_frame frame, const char *expected)
{
    finish();
    label_frame(snapshot, &frame, text, sizeof text);
    assert_string_equal(text, expected);
    snapshot_free(snapshot);
    begin(NULL);
}

static void a_frame_says_as_much_as_is_known(void **state)
{
    (void)state;
    assert_frame((struct snapshot_frame){.function = STRING("fetch"),
                                         .file = STRING("/src/db.c"),
                                         .line = 120,
                                         .module = STRING("/usr/bin/orders")},
                 "fetch db.c:120");
    assert_frame((struct snapshot_frame){.function = STRING("fetch"), .file = STRING("/src/db.c")},
                 "fetch db.c");
    assert_frame((struct snapshot_frame){.function = STRING("fetch"),
                                         .module = STRING("/lib/libdb.so.1"),
                                         .module_offset = 0x1234},
                 "fetch libdb.so.1+0x1234");
    assert_frame(
        (struct snapshot_frame){.module = STRING("/lib/libdb.so.1"), .module_offset = 0x1234},
        "libdb.so.1+0x1234");
    assert_frame((struct snapshot_frame){.pc = 0xabc}, "0xabc");
    finish();
    label_frame(snapshot, NULL, text, sizeof text);
    assert_string_equal(text, "");
    label_site(snapshot, SNAPSHOT_NONE, text, sizeof text);
    assert_string_equal(text, "");
}

static void what_does_not_fit_is_cut(void **state)
{
    (void)state;
    const struct snapshot_frame frame = {.function = STRING("fetch"), .pc = 0xabc};
    finish();
    label_frame(snapshot, &frame, text, 8);
    assert_string_equal(text, "fetch 0");
    text[0] = 'x';
    label_frame(snapshot, &frame, text, 0);
    assert_int_equal(text[0], 'x');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_is_called_as_people_call_it),
        TEST(numbers_are_short_and_addresses_hexadecimal),
        TEST(a_context_has_a_name_or_what_else_is_known),
        TEST(a_task_has_a_name_or_its_number),
        TEST(a_task_that_has_gone_has_its_number),
        TEST(an_object_says_what_it_is),
        TEST(a_context_that_is_waited_for_has_its_name),
        TEST(a_frame_says_as_much_as_is_known),
        TEST(what_does_not_fit_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
