/* Files of version 1 of the format, written from its specification, are read as they ever were. */
#include "base/error.h"
#include "segment/header_v1.h"
#include "segment/reader.h"
#include "segment_writer.h"
#include "snapshot/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CAPACITY = 64, STACK_WORDS = 512, OLD_TASK_WORDS = 12, OLD_WAIT_WORDS = 12 };

static const uint64_t item_sizes[SEGMENT_V1_AREAS] = {
    [AREA_CONTEXTS] = 128, [AREA_TASKS] = OLD_TASK_WORDS * 8,
    [AREA_WAITS] = 96,     [AREA_OBJECTS] = 96,
    [AREA_TEXTS] = 128,    [AREA_STACKS] = 8,
    [AREA_MODULES] = 512,  [AREA_RINGS] = 64 + 16 * 64,
};

static char path[] = "/tmp/segment-v1-test-XXXXXX";
static struct segment_header_v1 header;
static int file;

static void put(enum segment_area_kind area, uint64_t index, const uint64_t *words, size_t count)
{
    struct segment_area *place = &header.areas[area];
    off_t offset = (off_t)(place->offset + index * place->item_size);
    writer_check(pwrite(file, words, count * 8, offset) == (ssize_t)(count * 8), "pwrite");
    if (place->used <= index)
        place->used = index + 1;
}

static void write_header(void)
{
    writer_check(pwrite(file, &header, sizeof header, 0) == (ssize_t)sizeof header, "pwrite");
}

static int make(void **state)
{
    (void)state;
    snprintf(path + sizeof path - 7, 7, "XXXXXX");
    file = mkstemp(path);
    writer_check(file >= 0, "mkstemp");
    header = (struct segment_header_v1){.magic = SEGMENT_MAGIC,
                                        .version = 1,
                                        .byte_order = SEGMENT_BYTE_ORDER,
                                        .header_size = 4096,
                                        .pid = 4711,
                                        .process_start_time = 1,
                                        .started_ns = 1000,
                                        .ring_events = 16,
                                        .executable = "/usr/bin/orders",
                                        .command = "orders --port 8080"};
    uint64_t offset = 4096;
    for (int i = 0; i < SEGMENT_V1_AREAS; i++) {
        uint64_t capacity = i == AREA_STACKS ? STACK_WORDS : CAPACITY;
        header.areas[i] = (struct segment_area){
            .offset = offset, .item_size = item_sizes[i], .capacity = capacity};
        offset += (item_sizes[i] * capacity + 4095) / 4096 * 4096;
    }
    header.file_size = offset;
    writer_check(ftruncate(file, (off_t)offset) == 0, "ftruncate");
    return 0;
}

static int drop(void **state)
{
    (void)state;
    close(file);
    unlink(path);
    return 0;
}

static struct snapshot *read_snapshot(void)
{
    struct error error = {{0}};
    write_header();
    struct segment_reader *reader = segment_reader_open(path, &error);
    if (!reader)
        fail_msg("%s", error.sentence);
    struct snapshot_builder *builder = segment_reader_read(reader, &error);
    assert_non_null(builder);
    segment_reader_close(reader);
    return builder_finish(builder);
}

static void tables_and_header_are_read(void **state)
{
    (void)state;
    const uint64_t context[CTX_WORDS] = {[CTX_SEQUENCE] = 2,
                                         [CTX_ID] = 5,
                                         [CTX_KIND_AND_STATE] = CONTEXT_CANCEL,
                                         [CTX_CREATED] = 2000,
                                         [CTX_DEADLINE] = INT64_MAX,
                                         [CTX_REQUESTED] = INT64_MAX,
                                         [CTX_REFERENCES] = 1};
    put(AREA_CONTEXTS, 0, context, CTX_WORDS);
    for (uint64_t i = 0; i < 3; i++) {
        const uint64_t task[OLD_TASK_WORDS] = {
            2, 10 + i, 0, (100 + i) | (uint64_t)TASK_ORIGIN_THREAD << 32, 3000};
        put(AREA_TASKS, i, task, OLD_TASK_WORDS);
    }
    header.exited = 1;
    header.losses[AREA_TASKS] = 4;
    struct snapshot *snapshot = read_snapshot();
    assert_int_equal(snapshot->program.pid, 4711);
    assert_int_equal(snapshot->program.state, PROGRAM_DEAD);
    assert_true(snapshot->program.exited);
    assert_int_equal(snapshot->context_count, 1);
    assert_int_equal(snapshot->task_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(snapshot->tasks[i].tid, 100 + i);
    assert_int_equal(snapshot->loss_count, 1);
    assert_int_equal(snapshot->losses[0].count, 4);
    snapshot_free(snapshot);
}

/* 0 was both: no bound, and one that is not recorded; and how large a select is was not told. */
static void what_it_does_not_say_is_unknown(void **state)
{
    (void)state;
    enum { FORKED = 1, SELECT = 2 };
    const uint64_t root[CTX_WORDS] = {[CTX_SEQUENCE] = 2,
                                      [CTX_ID] = 5,
                                      [CTX_KIND_AND_STATE] = CONTEXT_BACKGROUND,
                                      [CTX_DEADLINE] = INT64_MAX,
                                      [CTX_REQUESTED] = INT64_MAX};
    const uint64_t task[OLD_TASK_WORDS] = {2, 10, 0, 100 | (uint64_t)TASK_ORIGIN_THREAD << 32,
                                           3000};
    put(AREA_CONTEXTS, 0, root, CTX_WORDS);
    put(AREA_TASKS, 0, task, OLD_TASK_WORDS);
    for (int what = 0; what <= SELECT; what++) {
        const uint64_t wait[OLD_WAIT_WORDS] = {
            [WAIT_SEQUENCE] = 2,
            [WAIT_TASK_ID] = 10,
            [WAIT_KINDS] =
                OBJECT_CONTEXT | WAIT_DONE << 8 | (what == SELECT ? UINT64_C(1) << 32 : 0),
            [WAIT_OBJECT_ID] = 5,
            [WAIT_SINCE] = 3000,
            [WAIT_UNTIL] = INT64_MAX,
        };
        put(AREA_WAITS, 0, wait, OLD_WAIT_WORDS);
        header.forked_from = what == FORKED ? 12 : 0;
        struct snapshot *snapshot = read_snapshot();
        assert_int_equal(snapshot->tasks[0].wakeable.value, what == 0 ? FACT_NO : FACT_UNKNOWN);
        snapshot_free(snapshot);
    }
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct error error = {{0}};
    header.header_size = 8192;
    write_header();
    assert_null(segment_reader_open(path, &error));
    assert_non_null(strstr(error.sentence, "damaged"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_and_header_are_read, make, drop),
        cmocka_unit_test_setup_teardown(what_it_does_not_say_is_unknown, make, drop),
        cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
