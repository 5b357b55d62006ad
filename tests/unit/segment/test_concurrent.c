/* A segment that is being written while it is read: whatever is taken from it is consistent. */
#include "base/error.h"
#include "segment/reader.h"
#include "segment/slot_chunk.h"
#include "segment_writer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Few, so that each is nearly always being written. */
enum { SLOTS = 4 };

static struct segment_writer writer;
static atomic_bool stop;

static void set(segment_word *words, int word, uint64_t value)
{
    atomic_store_explicit(&words[word], value, memory_order_relaxed);
}

/* Everything in a context is made of one number, so that a mixture of two shows. */
static void write_context(segment_word *words, uint64_t number)
{
    uint64_t sequence = atomic_load_explicit(&words[0], memory_order_relaxed);
    set(words, CTX_SEQUENCE, sequence + 1);
    atomic_thread_fence(memory_order_release);
    set(words, CTX_ID, number % 5 == 0 ? 0 : number);
    set(words, CTX_KIND_AND_STATE, CONTEXT_CANCEL);
    set(words, CTX_CREATED, number);
    set(words, CTX_DEADLINE, INT64_MAX);
    set(words, CTX_REQUESTED, INT64_MAX);
    set(words, CTX_CREATOR_TASK, number);
    set(words, CTX_REFERENCES, number & 0xffffffff);
    set(words, CTX_ADDRESS, number);
    atomic_store_explicit(&words[CTX_SEQUENCE], sequence + 2, memory_order_release);
}

static void write_event(segment_word *ring, uint64_t number)
{
    segment_word *words = ring + RING_FIRST_EVENT + number % WRITER_RING_EVENTS * EVENT_WORDS;
    set(words, EVENT_SEQUENCE, 2 * number + 1);
    atomic_thread_fence(memory_order_release);
    set(words, EVENT_TIME, number);
    set(words, EVENT_KIND_AND_CODE, EVENT_TASK_CREATED);
    set(words, EVENT_TASK, number);
    set(words, EVENT_SUBJECT, number);
    set(words, EVENT_PARENT, number);
    atomic_store_explicit(&words[EVENT_SEQUENCE], 2 * number + 2, memory_order_release);
    atomic_store_explicit(&ring[RING_HEAD], number + 1, memory_order_release);
}

static void *write_all_the_time(void *unused)
{
    segment_word *slots[SLOTS];
    segment_word *ring = (segment_word *)writer_item(&writer, AREA_RINGS, 0);
    for (uint64_t i = 0; i < SLOTS; i++)
        slots[i] = (segment_word *)writer_item(&writer, AREA_CONTEXTS, i);
    for (uint64_t number = 1; !atomic_load_explicit(&stop, memory_order_relaxed); number++) {
        write_context(slots[number % SLOTS], number);
        write_event(ring, number - 1);
    }
    return unused;
}

static void check(const struct snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->context_count; i++) {
        const struct snapshot_context *context = &snapshot->contexts[i];
        assert_int_not_equal(context->id % 5, 0);
        assert_int_equal(context->id, (uint64_t)context->created_ns);
        assert_int_equal(context->id, context->creator_task_id);
        assert_int_equal(context->id, context->address);
        assert_int_equal((uint32_t)context->id, context->owners);
    }
    for (uint32_t i = 0; i < snapshot->event_count; i++) {
        const struct snapshot_event *event = &snapshot->events[i];
        assert_int_equal(event->subject_id, (uint64_t)event->time_ns);
        assert_int_equal(event->subject_id, event->task_id);
        assert_int_equal(event->subject_id, event->parent_id);
    }
}

static int start_writing(void **state)
{
    static pthread_t thread;
    writer_open(&writer);
    writer_item(&writer, AREA_CONTEXTS, SLOTS - 1);
    writer_item(&writer, AREA_RINGS, 0);
    atomic_store(&stop, false);
    *state = &thread;
    return pthread_create(&thread, NULL, write_all_the_time, NULL);
}

static int stop_writing(void **state)
{
    pthread_t *thread = *state;
    atomic_store(&stop, true);
    pthread_join(*thread, NULL);
    writer_close(&writer);
    return 0;
}

static void slots_are_never_torn(void **state)
{
    (void)state;
    struct segment_file file;
    struct error error;
    struct slot_chunk chunk;
    assert_true(segment_file_open(&file, writer.path, &error));
    assert_true(slot_chunk_init(&chunk, CTX_WORDS * 8));
    uint64_t valid = 0;
    for (int round = 0; round < 300000; round++) {
        slot_chunk_read(&chunk, &file, file.areas[AREA_CONTEXTS].offset, SLOTS);
        for (int i = 0; i < SLOTS; i++) {
            const uint64_t *words = chunk.words + i * CTX_WORDS;
            if (chunk.sequences[i] == SEQUENCE_UNSTABLE || words[CTX_CREATED] == 0)
                continue;
            valid++;
            uint64_t number = words[CTX_CREATED];
            assert_int_equal(words[CTX_ID], number % 5 == 0 ? 0 : number);
            assert_int_equal(words[CTX_CREATOR_TASK], number);
            assert_int_equal(words[CTX_REFERENCES], number & 0xffffffff);
            assert_int_equal(words[CTX_ADDRESS], number);
        }
    }
    slot_chunk_free(&chunk);
    segment_file_close(&file);
    assert_true(valid > 1000);
}

static void snapshots_are_never_torn(void **state)
{
    (void)state;
    struct error error;
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    uint64_t events = 0;
    for (int round = 0; round < 500; round++) {
        struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
        assert_non_null(snapshot);
        assert_int_equal(snapshot->program.state, PROGRAM_ALIVE);
        check(snapshot);
        events += snapshot->event_count;
        snapshot_free(snapshot);
    }
    segment_reader_close(reader);
    assert_true(events > 0);
}

int main(void)
{
#define WRITING_TEST(name) cmocka_unit_test_setup_teardown(name, start_writing, stop_writing)
    const struct CMUnitTest tests[] = {
        WRITING_TEST(slots_are_never_torn),
        WRITING_TEST(snapshots_are_never_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
