/* Fixtures: everything that can be written can be read, and mistakes are told with their line. */
#include "base/error.h"
#include "inspect/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/fixture-test-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static struct snapshot *read_text(const char *text, struct error *error)
{
    FILE *file = fopen(path, "w");
    fprintf(file, "ctxtrace-snapshot 1\n%s", text);
    fclose(file);
    struct session *session = session_open(path, NULL, error);
    if (!session)
        fail_msg("%s", error->sentence);
    assert_string_equal(session_source(session)->name, "fixture");
    struct snapshot *snapshot = session_take(session, error);
    session_close(session);
    return snapshot;
}

static struct snapshot *read_good(const char *text)
{
    struct error error;
    struct snapshot *snapshot = read_text(text, &error);
    if (!snapshot)
        fail_msg("%s", error.sentence);
    return snapshot;
}

static void assert_refused(const char *text, const char *part)
{
    struct error error = {{0}};
    assert_null(read_text(text, &error));
    if (!strstr(error.sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", error.sentence, part);
}

#define assert_text(snapshot, string, expected)                                                    \
    assert_string_equal(snapshot_text(snapshot, string), expected)

static void an_empty_fixture_is_a_program(void **state)
{
    (void)state;
    struct snapshot *snapshot = read_good("");
    assert_int_equal(snapshot->program.pid, 0);
    assert_true(snapshot->program.complete);
    snapshot_free(snapshot);
    snapshot = read_good("\n# nothing\n   \nprogram\n");
    assert_int_equal(snapshot->program.pid, 1);
    assert_text(snapshot, snapshot->program.language, "C");
    assert_int_equal(snapshot->program.state, PROGRAM_ALIVE);
    assert_false(snapshot->program.counts_contexts);
    snapshot_free(snapshot);
}

static void values_are_read(void **state)
{
    (void)state;
    struct snapshot *snapshot = read_good(
        "program pid=42 state=dead exited command=\"a \\\"b\\\" \\x41\\n\" taken=1.5s pause=2ms "
        "realtime_offset=-3us created=0x10 complete=no\n"
        "stack s truncated ~inlined@a.c:1 outer@dir/b:c.c:22!/usr/lib/x.so 0x1234!/lib/y.so+0x34\n"
        "context id=7 kind=value key=user value=\"al ice\" created=unknown deadline=never "
        "code=-5 stack=s\n"
        "context id=8 parent=7 owners=0 observers=1 deadline=2m\n"
        "context id=9 parent=7 state=canceled ended_by=own-cancel ended=1h\n"
        "context id=10 parent=7 cancellable=unknown:3 held_only_by_parent=yes\n"
        "task id=3 main current=8 start=7 state=waiting wakeable=no labels=\"a=b, c=d\"\n"
        "wait task=3 object=descriptor:5 operation=read since=10ns bounded_by=8\n");
    const struct snapshot_program *program = &snapshot->program;
    assert_int_equal(program->pid, 42);
    assert_int_equal(program->state, PROGRAM_DEAD);
    assert_true(program->exited);
    assert_false(program->complete);
    assert_text(snapshot, program->command, "a \"b\" A\\n");
    assert_int_equal(program->taken_ns, 1500000000);
    assert_int_equal(program->pause_ns, 2000000);
    assert_int_equal(program->realtime_offset_ns, -3000);
    assert_true(program->counts_contexts);
    assert_int_equal(program->contexts_created, 16);

    const struct snapshot_stack *stack = &snapshot->stacks[0];
    const struct snapshot_frame *frames = snapshot->frames + stack->first_frame;
    assert_true(stack->truncated);
    assert_int_equal(stack->frame_count, 3);
    assert_true(frames[0].inlined);
    assert_text(snapshot, frames[0].function, "inlined");
    assert_text(snapshot, frames[1].file, "dir/b:c.c");
    assert_int_equal(frames[1].line, 22);
    assert_text(snapshot, frames[1].module, "/usr/lib/x.so");
    assert_int_equal(frames[2].pc, 0x1234);
    assert_int_equal(frames[2].module_offset, 0x34);

    const struct snapshot_context *contexts = snapshot->contexts;
    assert_text(snapshot, contexts[0].value, "al ice");
    assert_true(contexts[0].created_ns == SNAPSHOT_TIME_UNKNOWN);
    assert_int_equal(contexts[0].cause_code, -5);
    assert_false(contexts[0].owners_counted);
    assert_int_equal(contexts[0].cancellable.value, FACT_UNKNOWN);
    assert_int_equal(contexts[1].cancellable.value, FACT_NO);
    assert_int_equal(contexts[1].deadline_ns, 120000000000);
    assert_int_equal(contexts[1].requested_deadline_ns, 120000000000);
    assert_int_equal(contexts[2].ended_ns, 3600000000000);
    assert_int_equal(contexts[3].cancellable.missing, PRECONDITION_NO_LOSSES);
    assert_int_equal(contexts[3].held_only_by_parent.value, FACT_YES);

    assert_int_equal(snapshot->tasks[0].wakeable.value, FACT_NO);                 /* as given */
    assert_int_equal(snapshot->tasks[0].wakeable_without_parent.value, FACT_YES); /* derived */
    assert_int_equal(snapshot->waits[0].since_ns, 10);
    assert_int_equal(snapshot->objects[snapshot->waits[0].object].descriptor, 5);
    snapshot_free(snapshot);
}

static void mistakes_are_told_with_their_line(void **state)
{
    (void)state;
    assert_refused("contxt id=1\n", "line 2: no line begins with contxt");
    assert_refused("\n\ncontext id=1 colour=red\n", "line 4: a context has no colour");
    assert_refused("context kind=cancel\n", "lacks id=");
    assert_refused("context id=x\n", "id of a context cannot be x");
    assert_refused("context id\n", "without a value");
    assert_refused("context id=1 owners=-1\n", "owners of a context cannot be -1");
    assert_refused("context id=1 owners=4294967296\n", "owners");
    assert_refused("context id=1 kind=strange\n", "kind of a context cannot be strange");
    assert_refused("context id=1 created=5parsecs\n", "created");
    assert_refused("context id=1 created=1e300s\n", "created");
    assert_refused("context id=1 stack=s\n", "stack of a context cannot be s");
    assert_refused("context id=1 cancellable=maybe\n", "cancellable");
    assert_refused("context id=1 cancellable=unknown:99\n", "cancellable");
    assert_refused("context id=1 name=\"open\n", "a quote is not closed");
    assert_refused("stack s f@a.c\n", "FUNCTION@FILE:LINE");
    assert_refused("stack s f@a.c:1\nstack s g@a.c:2\n", "line 3: there is a stack s already");
    assert_refused("stack\n", "needs a name");
    assert_refused("wait task=1\n", "lacks object=");
    assert_refused("wait task=1 object=mutex\n", "KIND:ID");
    assert_refused("wait task=1 object=car:1\n", "no kind of object called car");
    assert_refused("task id=1 main=perhaps\n", "main of a task cannot be perhaps");
    char many[4096] = "stack s";
    for (int i = 0; i < 300; i++)
        strcat(many, " f@a.c:1");
    assert_refused(many, "more than");
}

static void a_fixture_of_another_version_is_no_fixture(void **state)
{
    (void)state;
    struct error error;
    FILE *file = fopen(path, "w");
    fprintf(file, "ctxtrace-snapshot 2\n");
    fclose(file);
    assert_null(session_open(path, NULL, &error));
    assert_non_null(strstr(error.sentence, "neither a segment nor"));
}

static void the_examples_are_good(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t contexts, tasks;
    } examples[] = {
        {"../programs/fixtures/service.snapshot", 16, 11},
        {"../programs/fixtures/clean.snapshot", 6, 3},
        {"../programs/fixtures/dead.snapshot", 5, 3},
    };
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct error error;
        struct session *session = session_open(examples[i].path, NULL, &error);
        if (!session)
            fail_msg("%s", error.sentence);
        struct snapshot *snapshot = session_take(session, &error);
        if (!snapshot)
            fail_msg("%s", error.sentence);
        assert_int_equal(snapshot->context_count, examples[i].contexts);
        assert_int_equal(snapshot->task_count, examples[i].tasks);
        for (size_t at = 0; at < snapshot->texts_size; at++)
            assert_true(snapshot->texts[at] == 0 || (unsigned char)snapshot->texts[at] >= 0x20);
        char *out;
        assert_false(session_keeps_alive(session, 1, &out, &error));
        snapshot_free(snapshot);
        session_close(session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_fixture_is_a_program),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(mistakes_are_told_with_their_line),
        cmocka_unit_test(a_fixture_of_another_version_is_no_fixture),
        cmocka_unit_test(the_examples_are_good),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
