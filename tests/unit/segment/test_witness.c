/* What witnesses write into a segment, and what they leave alone. */
#include "base/error.h"
#include "segment/reader.h"
#include "segment/witness.h"
#include "segment_writer.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct segment_writer writer;

static int open_writer(void **state)
{
    (void)state;
    unsetenv("CTXTRACE_READ_ONLY");
    writer_open(&writer);
    return 0;
}

static int close_writer(void **state)
{
    (void)state;
    writer_close(&writer);
    return 0;
}

static struct snapshot *read_snapshot(void)
{
    struct error error = {{0}};
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    struct snapshot_builder *builder = segment_reader_read(reader, &error);
    assert_non_null(builder);
    segment_reader_close(reader);
    return builder_finish(builder);
}

static int64_t later(int64_t nanoseconds)
{
    return writer.header->started_ns + nanoseconds;
}

static void the_end_is_as_it_was_seen(void **state)
{
    (void)state;
    static const struct {
        int status;
        enum program_end end;
        int32_t detail;
        const char *words;
    } cases[] = {
        {0, PROGRAM_EXITED_WITH, 0, "exited with status 0"},
        {42 << 8, PROGRAM_EXITED_WITH, 42, "exited with status 42"},
        {9, PROGRAM_KILLED_BY, 9, "was killed by signal 9 (SIGKILL)"},
        {11 | 128, PROGRAM_KILLED_BY, 11, "was killed by signal 11 (SIGSEGV)"},
        {40, PROGRAM_KILLED_BY, 40, "was killed by signal 40"},
    };
    writer_kill(&writer);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[PROGRAM_ENDING_SIZE];
        segment_saw_end(writer.path, getpid(), later(26000000000), cases[i].status);
        struct snapshot *snapshot = read_snapshot();
        assert_int_equal(snapshot->program.end, cases[i].end);
        assert_int_equal(snapshot->program.end_detail, cases[i].detail);
        assert_string_equal(program_ending(&snapshot->program, words), cases[i].words);
        assert_int_equal(snapshot->program.taken_ns, later(26000000000));
        assert_false(snapshot->program.taken_at_least);
        snapshot_free(snapshot);
    }
}

static void others_and_the_living_are_left_alone(void **state)
{
    (void)state;
    segment_saw_end(writer.path, getpid(), later(5), 0); /* it is alive: this process */
    segment_saw_end(writer.path, getpid() + 1, later(5), 0);
    assert_int_equal(writer.header->end, SEGMENT_RUNNING);
    assert_int_equal(writer.header->wait_status, 0);
    setenv("CTXTRACE_READ_ONLY", "1", 1);
    writer_kill(&writer);
    segment_saw_end(writer.path, getpid(), later(5), 0);
    segment_saw_alive(writer.path, later(5));
    assert_int_equal(writer.header->end, SEGMENT_RUNNING);
    assert_int_equal(writer.header->alive_ns, 0);
}

static void a_sign_of_life_is_a_bound(void **state)
{
    (void)state;
    segment_saw_alive(writer.path, later(7000));
    segment_saw_alive(writer.path, later(3000)); /* a slower witness */
    writer_kill(&writer);
    struct snapshot *snapshot = read_snapshot();
    assert_int_equal(snapshot->program.end, PROGRAM_END_UNKNOWN);
    assert_int_equal(snapshot->program.taken_ns, later(7000));
    assert_true(snapshot->program.taken_at_least);
    snapshot_free(snapshot);
}

static void what_the_program_told_stays(void **state)
{
    (void)state;
    writer.header->ended_ns = (uint64_t)later(9000);
    writer.header->end = SEGMENT_EXIT;
    writer_kill(&writer);
    segment_saw_end(writer.path, getpid(), later(9500), 3 << 8);
    assert_int_equal(writer.header->end, SEGMENT_EXIT);
    struct snapshot *snapshot = read_snapshot();
    assert_true(snapshot->program.exited);
    assert_int_equal(snapshot->program.end, PROGRAM_EXITED_WITH);
    assert_int_equal(snapshot->program.taken_ns, later(9500));
    snapshot_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_end_is_as_it_was_seen, open_writer, close_writer),
        cmocka_unit_test_setup_teardown(others_and_the_living_are_left_alone, open_writer,
                                        close_writer),
        cmocka_unit_test_setup_teardown(a_sign_of_life_is_a_bound, open_writer, close_writer),
        cmocka_unit_test_setup_teardown(what_the_program_told_stays, open_writer, close_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
