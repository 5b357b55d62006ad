/* A context that was read has its parent, however fast families come and go meanwhile. */
#include "base/error.h"
#include "segment/reader.h"
#include "segment_writer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

enum { FAMILIES = 60, GENERATIONS = 4, FAMILY_NS = GENERATIONS * 100 };

static struct segment_writer writer;
static atomic_bool stop;

static void write_slot(uint64_t slot, uint64_t id, uint64_t parent)
{
    segment_word *words = (segment_word *)writer_item(&writer, AREA_CONTEXTS, slot);
    uint64_t sequence = atomic_load_explicit(&words[0], memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&words[CTX_ID], id, memory_order_relaxed);
    atomic_store_explicit(&words[CTX_PARENT_ID], parent, memory_order_relaxed);
    atomic_store_explicit(&words[CTX_KIND_AND_STATE], CONTEXT_CANCEL, memory_order_relaxed);
    atomic_store_explicit(&words[CTX_DEADLINE], INT64_MAX, memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 2, memory_order_release);
}

/* As long as the library needs to make and free a family at least. */
static void take_time(void)
{
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < FAMILY_NS);
}

/*
 * A family is a chain of contexts. It is made from the root down and freed from the leaf up, as the
 * library does; its members are far from one another in the table, parents before and behind their
 * children.
 */
static void *make_families(void *unused)
{
    uint64_t id = 1;
    for (uint64_t turn = 0; !atomic_load_explicit(&stop, memory_order_relaxed); turn++) {
        uint64_t family = turn % FAMILIES;
        for (uint64_t i = GENERATIONS; i-- > 0;)
            write_slot((i * 37 + family) % 4 * FAMILIES + family, 0, 0);
        for (uint64_t i = 0; i < GENERATIONS; i++, id++)
            write_slot((i * 37 + family) % 4 * FAMILIES + family, id, i ? id - 1 : 0);
        take_time();
    }
    return unused;
}

static void children_have_parents(void **state)
{
    (void)state;
    pthread_t thread;
    struct error error;
    writer_open(&writer);
    for (uint64_t i = 0; i < FAMILIES * GENERATIONS; i++)
        writer_item(&writer, AREA_CONTEXTS, i);
    assert_int_equal(pthread_create(&thread, NULL, make_families, NULL), 0);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    uint64_t seen = 0, orphans = 0;
    for (int round = 0; round < 1000; round++) {
        struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
        for (uint32_t i = 0; i < snapshot->context_count; i++) {
            const struct snapshot_context *context = &snapshot->contexts[i];
            seen++;
            orphans += context->parent_id != 0 && context->parent == SNAPSHOT_NONE;
        }
        snapshot_free(snapshot);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    segment_reader_close(reader);
    writer_close(&writer);
    print_message("%llu orphans among %llu contexts\n", (unsigned long long)orphans,
                  (unsigned long long)seen);
    /* On a busy machine some families outrun every look. */
    assert_true(orphans * 1000 <= seen);
}

/* ---- ends ---- */

static void end_slot(uint64_t slot)
{
    segment_word *words = (segment_word *)writer_item(&writer, AREA_CONTEXTS, slot);
    uint64_t sequence = atomic_load_explicit(&words[0], memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&words[CTX_KIND_AND_STATE], CONTEXT_CANCEL | CONTEXT_CANCELED << 8,
                          memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 2, memory_order_release);
}

/*
 * Parents in the first slots, their children in the last. The table is read in chunks; what is in
 * one chunk is seen at one instant, so there must be several.
 */
enum { PAIRS = 64, CHILD_SLOTS = WRITER_CONTEXTS - PAIRS };

/*
 * A well-behaved program: an owner lets its child go, but only after the parent has ended. Whoever
 * pairs the parent of before with the child of after sees a cancel that was lost.
 */
static void *end_parents(void *unused)
{
    uint64_t id = 100;
    for (uint64_t turn = 0; !atomic_load_explicit(&stop, memory_order_relaxed); turn++, id += 2) {
        uint64_t parent = turn % PAIRS, child = CHILD_SLOTS + turn % PAIRS;
        segment_word *words = (segment_word *)writer_item(&writer, AREA_CONTEXTS, child);
        write_slot(child, 0, 0);
        write_slot(parent, id, 1);
        atomic_store(&words[CTX_REFERENCES], 1);
        write_slot(child, id + 1, id);
        for (int i = 0; i < 200; i++)
            atomic_thread_fence(memory_order_seq_cst); /* work */
        end_slot(parent);
        atomic_store(&words[CTX_REFERENCES], 0);
    }
    return unused;
}

static void children_of_ended_parents_are_not_called_lost(void **state)
{
    (void)state;
    pthread_t thread;
    struct error error;
    uint64_t let_go = 0;
    writer_open(&writer);
    for (uint64_t i = 0; i < WRITER_CONTEXTS; i++)
        writer_item(&writer, AREA_CONTEXTS, i);
    writer_context(&writer, PAIRS, 1, 0, CONTEXT_BACKGROUND, 1);
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&thread, NULL, end_parents, NULL), 0);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    for (int round = 0; round < 3000; round++) {
        struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
        for (uint32_t i = 0; i < snapshot->context_count; i++) {
            const struct snapshot_context *context = &snapshot->contexts[i];
            bool is_child = context->id >= 100 && context->id % 2 == 1;
            let_go += is_child && context->owners == 0;
            if (is_child && context->state == CONTEXT_OPEN)
                assert_int_not_equal(context->cancellable.value, FACT_NO);
        }
        snapshot_free(snapshot);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    segment_reader_close(reader);
    writer_close(&writer);
    assert_true(let_go > 0);
}

/* A parent that was never recorded is no reason to drop its children. */
static void children_of_the_unrecorded_stay(void **state)
{
    (void)state;
    struct error error;
    writer_open(&writer);
    writer_context(&writer, 0, 10, 5, CONTEXT_CANCEL, 1);
    writer_context(&writer, 1, 11, 10, CONTEXT_CANCEL, 1);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
    assert_int_equal(snapshot->program.state, PROGRAM_ALIVE);
    assert_int_equal(snapshot->context_count, 2);
    assert_int_equal(snapshot->contexts[0].parent_id, 5);
    assert_int_equal(snapshot->contexts[1].parent, 0);
    snapshot_free(snapshot);
    segment_reader_close(reader);
    writer_close(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(children_have_parents),
        cmocka_unit_test(children_of_ended_parents_are_not_called_lost),
        cmocka_unit_test(children_of_the_unrecorded_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
