/* A context that was read has its parent, however fast families come and go meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "segment_writer.h"

#include <pthread.h>
#include <stdatomic.h>

#include "segment/reader.h"

enum { FAMILIES = 60, GENERATIONS = 4 };

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
    atomic_store_explicit(&words[CTX_KIND_AND_STATE], SEGMENT_CANCEL, memory_order_relaxed);
    atomic_store_explicit(&words[CTX_DEADLINE], INT64_MAX, memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 2, memory_order_release);
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
    }
    return unused;
}

static void children_have_parents(void **state)
{
    (void)state;
    pthread_t thread;
    struct segment_problem problem;
    writer_open(&writer);
    for (uint64_t i = 0; i < FAMILIES * GENERATIONS; i++)
        writer_item(&writer, AREA_CONTEXTS, i);
    assert_int_equal(pthread_create(&thread, NULL, make_families, NULL), 0);
    struct segment_reader *reader = segment_reader_open(writer.path, &problem);
    assert_non_null(reader);
    uint64_t seen = 0, orphans = 0;
    for (int round = 0; round < 1000; round++) {
        struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &problem));
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
    /* This writer is as fast as can be; some of its families outrun every look. */
    assert_true(orphans * 1000 <= seen);
}

/* A parent that was never recorded is no reason to drop its children. */
static void children_of_the_unrecorded_stay(void **state)
{
    (void)state;
    struct segment_problem problem;
    writer_open(&writer);
    writer_context(&writer, 0, 10, 5, SEGMENT_CANCEL, 1);
    writer_context(&writer, 1, 11, 10, SEGMENT_CANCEL, 1);
    struct segment_reader *reader = segment_reader_open(writer.path, &problem);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &problem));
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
        cmocka_unit_test(children_of_the_unrecorded_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
