/* Who holds a lock is asked while its waiters come and go: no edge is made of two moments. */
#include "base/error.h"
#include "segment/reader.h"
#include "segment_writer.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { QUEUE = 3, LOOKS = 2000 };

static struct segment_writer writer;
static atomic_bool stop;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void set_task(segment_word *words, uint64_t task)
{
    uint64_t sequence = atomic_load_explicit(&words[0], memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(&words[WAIT_TASK_ID], task, memory_order_relaxed);
    atomic_store_explicit(&words[0], sequence + 2, memory_order_release);
}

static void *stand_in_line(void *argument)
{
    uint64_t number = (uint64_t)(uintptr_t)argument;
    segment_word *wait = (segment_word *)writer_item(&writer, AREA_WAITS, number);
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        set_task(wait, number);
        pthread_mutex_lock(&lock);
        set_task(wait, 0);
        usleep(100); /* work, of about as long as a look takes */
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void *begin_to_stand(void *argument)
{
    uint64_t number = (uint64_t)(uintptr_t)argument;
    uint64_t *task = writer_item(&writer, AREA_TASKS, number);
    task[TASK_THREAD_AND_STATE] = (uint64_t)gettid() | (uint64_t)TASK_ORIGIN_THREAD << 32;
    return stand_in_line(argument);
}

/* One lock, and nothing else is ever held: nothing can be deadlocked. */
static void a_queue_for_one_lock_is_no_circle(void **state)
{
    (void)state;
    pthread_t threads[QUEUE];
    struct error error;
    writer_open(&writer);
    writer_module(&writer, 0, "/lib/x86_64-linux-gnu/libc.so.6", 0x1000, 0x2000);
    for (uint64_t i = 1; i <= QUEUE; i++) {
        writer_task(&writer, i, i, TASK_ORIGIN_THREAD);
        uint64_t *words = writer_wait(&writer, i, 0, OBJECT_MUTEX, WAIT_LOCK, 0);
        words[WAIT_ADDRESS] = (uint64_t)(uintptr_t)&lock;
        words[WAIT_FLAGS] = LOCK_OF_LIBC;
    }
    for (uintptr_t i = 1; i <= QUEUE; i++)
        assert_int_equal(pthread_create(&threads[i - 1], NULL, begin_to_stand, (void *)i), 0);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    uint64_t owners = 0;
    for (int look = 0; look < LOOKS; look++) {
        struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
        for (uint32_t i = 0; i < snapshot->object_count; i++)
            owners += snapshot->objects[i].owner_task_id != 0;
        for (uint32_t i = 0; i < snapshot->wait_count; i++) {
            const struct snapshot_wait *wait = &snapshot->waits[i];
            if (!wait->may_be_over)
                assert_int_not_equal(snapshot->objects[wait->object].owner_task, wait->task);
            assert_int_not_equal(snapshot->tasks[wait->task].wakeable.value, FACT_NO);
        }
        snapshot_free(snapshot);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < QUEUE; i++)
        pthread_join(threads[i], NULL);
    segment_reader_close(reader);
    writer_close(&writer);
    assert_true(owners > 0);
}

/* Writes it down that this thread waits for a lock which it holds; `told`: who held it then. */
static void assert_own_lock(uint64_t told, bool may_be_over)
{
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    struct error error;
    writer_open(&writer);
    writer_module(&writer, 0, "/lib/x86_64-linux-gnu/libc.so.6", 0x1000, 0x2000);
    writer_task(&writer, 1, 1, TASK_ORIGIN_THREAD);
    uint64_t *task = writer_item(&writer, AREA_TASKS, 1);
    task[TASK_THREAD_AND_STATE] = (uint64_t)gettid() | (uint64_t)TASK_ORIGIN_THREAD << 32;
    uint64_t *words = writer_wait(&writer, 1, 1, OBJECT_MUTEX, WAIT_LOCK, 0);
    words[WAIT_ADDRESS] = (uint64_t)(uintptr_t)&held;
    words[WAIT_FLAGS] = LOCK_OF_LIBC;
    words[WAIT_OWNER_TASK] = told;
    pthread_mutex_lock(&held);
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
    assert_int_equal(snapshot->waits[0].may_be_over, may_be_over);
    assert_int_equal(snapshot->objects[snapshot->waits[0].object].owner_task_id,
                     may_be_over ? 0 : 1);
    snapshot_free(snapshot);
    segment_reader_close(reader);
    pthread_mutex_unlock(&held);
    writer_close(&writer);
}

/* It was not its turn yet to write that down; unlike who locks what it has locked already. */
static void who_has_got_the_lock_waits_no_more(void **state)
{
    (void)state;
    assert_own_lock(0, true);
    assert_own_lock(1, false);
}

static uint64_t owner_of_held_lock(int pid)
{
    struct error error;
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    assert_non_null(reader);
    if (pid)
        segment_reader_is_of(reader, pid);
    struct snapshot *snapshot = builder_finish(segment_reader_read(reader, &error));
    uint64_t owner = snapshot->objects[snapshot->waits[0].object].owner_task_id;
    snapshot_free(snapshot);
    segment_reader_close(reader);
    return owner;
}

/* Of a process in another PID namespace the segment tells a number that is somebody else's here. */
static void a_process_of_another_namespace_is_not_asked(void **state)
{
    (void)state;
    static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    writer_open(&writer);
    writer_module(&writer, 0, "/lib/x86_64-linux-gnu/libc.so.6", 0x1000, 0x2000);
    writer_task(&writer, 1, 1, TASK_ORIGIN_THREAD);
    writer_task(&writer, 2, 2, TASK_ORIGIN_THREAD);
    uint64_t *task = writer_item(&writer, AREA_TASKS, 2);
    task[TASK_THREAD_AND_STATE] = (uint64_t)gettid() | (uint64_t)TASK_ORIGIN_THREAD << 32;
    uint64_t *words = writer_wait(&writer, 1, 1, OBJECT_MUTEX, WAIT_LOCK, 0);
    words[WAIT_ADDRESS] = (uint64_t)(uintptr_t)&held;
    words[WAIT_FLAGS] = LOCK_OF_LIBC;
    pthread_mutex_lock(&held);
    assert_int_equal(owner_of_held_lock(0), 2);
    writer.header->pid_namespace = 1;
    assert_int_equal(owner_of_held_lock(0), 0);
    assert_int_equal(owner_of_held_lock(getpid()), 2);
    pthread_mutex_unlock(&held);
    writer_close(&writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_queue_for_one_lock_is_no_circle),
        cmocka_unit_test(who_has_got_the_lock_waits_no_more),
        cmocka_unit_test(a_process_of_another_namespace_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
