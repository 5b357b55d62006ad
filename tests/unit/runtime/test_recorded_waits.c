/* What is recorded of tasks, waits, channels and groups: leak proofs rest on it. */
#include "blocked.h"
#include "record/record.h"
#include "runtime/channel.h"
#include "runtime/end_watch.h"
#include "runtime/node.h"
#include "runtime/task.h"
#include "runtime_test.h"
#include "segment/format.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Made before recording began. */
static ctxt_t *early;

static char directory[] = "/tmp/ctxtrace-test-XXXXXX";

/* The segment, mapped as any reader would. */
static struct segment_header *header;
static size_t mapped_size;

static int start_recording(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    unsetenv("CTXTRACE");
    early = ctxt_with_cancel(ctxt_background());
    setenv("CTXTRACE_DIR", directory, 1);
    setenv("CTXTRACE_TASKS", "1024", 1);
    setenv("CTXTRACE_CONTEXTS", "1024", 1);
    if (ctxt_trace_start() != 0)
        return -1;
    int fd = open(ctxt_trace_path(), O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return -1;
    mapped_size = (size_t)status.st_size;
    header = mmap(NULL, mapped_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return header == MAP_FAILED ? -1 : 0;
}

static int remove_segment(void **state)
{
    (void)state;
    ctxt_end_scope(&early);
    munmap(header, mapped_size);
    unlink(ctxt_trace_path());
    ctxt_trace_stop();
    return rmdir(directory);
}

/* ---- looking into the segment ---- */

static uint64_t used_slots(enum segment_area_kind area)
{
    return atomic_load(&header->areas[area].used);
}

static segment_word *slot(enum segment_area_kind area, uint64_t index)
{
    const struct segment_area *it = &header->areas[area];
    return (segment_word *)(void *)((char *)header + it->offset + index * it->item_size);
}

static uint64_t word_get(segment_word *words, unsigned word)
{
    return atomic_load(&words[word]);
}

struct seen {
    uint64_t task, object_id, bounded_by;
    int64_t until_ns;
    uint8_t object, operation;
    uint32_t group, stack;
};

/* A copy of a slot that nobody was writing; see segment/format.h. */
static bool read_wait(uint64_t index, uint64_t copy[WAIT_WORDS])
{
    segment_word *words = slot(AREA_WAITS, index);
    for (unsigned i = 0; i < WAIT_WORDS; i++)
        copy[i] = word_get(words, i);
    return copy[WAIT_SEQUENCE] % 2 == 0 && word_get(words, WAIT_SEQUENCE) == copy[WAIT_SEQUENCE];
}

static size_t open_waits(uint64_t task_id, struct seen *seen, size_t room)
{
    size_t count = 0;
    for (uint64_t i = 0, used = used_slots(AREA_WAITS); i < used; i++) {
        uint64_t words[WAIT_WORDS];
        if (!read_wait(i, words) || words[WAIT_TASK_ID] != task_id)
            continue;
        if (count < room)
            seen[count] = (struct seen){.task = task_id,
                                        .object = (uint8_t)words[WAIT_KINDS],
                                        .operation = (uint8_t)(words[WAIT_KINDS] >> 8),
                                        .group = (uint32_t)(words[WAIT_KINDS] >> 32),
                                        .object_id = words[WAIT_OBJECT_ID],
                                        .bounded_by = words[WAIT_BOUNDED_BY],
                                        .until_ns = (int64_t)words[WAIT_UNTIL],
                                        .stack = (uint32_t)words[WAIT_STACK]};
        count++;
    }
    return count;
}

/* The waits of a task, once it has that many. */
static void await_waits(const ctxt_task_t *task, struct seen *seen, size_t count)
{
    uint64_t id = task->record.id;
    assert_int_not_equal(id, 0);
    while (open_waits(id, seen, count) != count)
        pause_ns(200 * CTXT_MICROSECOND);
}

static struct seen the_wait_of(const ctxt_task_t *task)
{
    struct seen seen = {0};
    await_waits(task, &seen, 1);
    assert_int_not_equal(seen.stack, 0);
    return seen;
}

static uint64_t references(const ctxt_chan_t *channel)
{
    return (uint32_t)word_get(slot(AREA_OBJECTS, channel->record.index), OBJ_REFERENCES);
}

static void assert_no_open_waits(void)
{
    uint64_t used = used_slots(AREA_WAITS);
    for (uint32_t i = 0; i < used; i++)
        assert_int_equal(word_get(slot(AREA_WAITS, i), WAIT_TASK_ID), 0);
}

static void join(ctxt_task_t *task)
{
    assert_int_equal(ctxt_join(ctxt_background(), task, NULL), 0);
}

/* ---- tasks that wait ---- */

struct waiting {
    ctxt_chan_t *channel, *other;
    ctxt_t *second;
    ctxt_task_t *task;
    ctxt_group_t *group;
    ctxt_cond_t condition;
    pthread_mutex_t mutex;
    int descriptor;
};

static int receive(ctxt_t *context, void *argument)
{
    return ctxt_chan_receive(context, ((struct waiting *)argument)->channel, NULL);
}

static int send_zero(ctxt_t *context, void *argument)
{
    int zero = 0;
    return ctxt_chan_send(context, ((struct waiting *)argument)->channel, &zero);
}

static int choose(ctxt_t *context, void *argument)
{
    struct waiting *waiting = argument;
    int value = 0;
    ctxt_case_t cases[] = {ctxt_case_receive(waiting->channel, NULL),
                           ctxt_case_send(waiting->other, &value),
                           ctxt_case_done(context),
                           ctxt_case_done(ctxt_background()),
                           ctxt_case_after(CTXT_HOUR),
                           ctxt_case_receive(NULL, NULL)};
    return ctxt_select(cases, 6);
}

static int join_it(ctxt_t *context, void *argument)
{
    return ctxt_join(context, ((struct waiting *)argument)->task, NULL);
}

static int sleep_an_hour(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_sleep(context, CTXT_HOUR);
}

static int read_it(ctxt_t *context, void *argument)
{
    char byte;
    return (int)ctxt_read(context, ((struct waiting *)argument)->descriptor, &byte, 1);
}

static int poll_two(ctxt_t *context, void *argument)
{
    struct pollfd polled[2] = {{.fd = ((struct waiting *)argument)->descriptor, .events = POLLIN},
                               {.fd = -1}};
    return ctxt_poll(context, polled, 2, CTXT_MINUTE);
}

static int wait_for_condition(ctxt_t *context, void *argument)
{
    struct waiting *waiting = argument;
    pthread_mutex_lock(&waiting->mutex);
    int result = ctxt_cond_wait(context, &waiting->condition, &waiting->mutex);
    pthread_mutex_unlock(&waiting->mutex);
    return result;
}

static int wait_for_group(ctxt_t *context, void *argument)
{
    (void)context;
    return ctxt_group_wait(((struct waiting *)argument)->group);
}

static int until_it_ends(ctxt_t *context, void *argument)
{
    (void)argument;
    return ctxt_wait(context, CTXT_NEVER);
}

static int start_in_full_group(ctxt_t *context, void *argument)
{
    (void)context;
    return ctxt_group_go(((struct waiting *)argument)->group, until_it_ends, NULL);
}

/* ---- waits ---- */

static void channel_waits(void **state)
{
    (void)state;
    struct waiting waiting = {.channel = ctxt_chan_new(sizeof(int), 0)};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_function *functions[] = {receive, send_zero};
    uint8_t operations[] = {WAIT_RECEIVE, WAIT_SEND};
    for (int i = 0; i < 2; i++) {
        ctxt_task_t *bounded = ctxt_go(c, functions[i], &waiting);
        struct seen seen = the_wait_of(bounded);
        assert_int_equal(seen.object, OBJECT_CHANNEL);
        assert_int_equal(seen.operation, operations[i]);
        assert_int_equal(seen.object_id, waiting.channel->record.id);
        assert_int_equal(seen.bounded_by, c->record.id);
        assert_int_equal(seen.until_ns, INT64_MAX);
        assert_int_equal(seen.group, 0);
        ctxt_task_t *unbounded = ctxt_go(ctxt_background(), functions[i], &waiting);
        seen = the_wait_of(unbounded);
        assert_int_equal(seen.bounded_by, 0);
        assert_int_equal(references(waiting.channel), 1);
        int value = 0;
        for (int k = 0; k < 2; k++)
            assert_int_equal(i == 0 ? ctxt_chan_try_send(waiting.channel, &value)
                                    : ctxt_chan_try_receive(waiting.channel, &value),
                             0);
        join(bounded);
        join(unbounded);
        assert_int_equal(references(waiting.channel), 1);
    }
    assert_no_open_waits();
    ctxt_chan_unref(waiting.channel);
    ctxt_cancel(c);
    ctxt_unref(c);
}

static void a_null_channel_is_nothing(void **state)
{
    (void)state;
    struct waiting waiting = {0};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, receive, &waiting);
    struct seen seen = the_wait_of(task);
    assert_int_equal(seen.object, OBJECT_NOTHING);
    assert_int_equal(seen.operation, WAIT_RECEIVE);
    assert_int_equal(seen.bounded_by, c->record.id);
    ctxt_cancel(c);
    join(task);
    ctxt_unref(c);
    assert_no_open_waits();
}

static const struct seen *find(const struct seen *seen, size_t count, uint8_t object)
{
    for (size_t i = 0; i < count; i++)
        if (seen[i].object == object)
            return &seen[i];
    return NULL;
}

static void a_select_is_one_wait_for_each_case(void **state)
{
    (void)state;
    struct waiting waiting = {.channel = ctxt_chan_new(sizeof(int), 0),
                              .other = ctxt_chan_new(sizeof(int), 0)};
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, choose, &waiting);
    struct seen seen[4];
    await_waits(task, seen, 4); /* not: background's end, the NULL channel */
    for (int i = 0; i < 4; i++) {
        assert_int_not_equal(seen[i].group, 0);
        assert_int_equal(seen[i].group, seen[0].group);
        assert_true(seen[i].until_ns < ctxt_now() + CTXT_HOUR);
        if (seen[i].object == OBJECT_CHANNEL) {
            bool sends = seen[i].operation == WAIT_SEND;
            assert_int_equal(seen[i].object_id,
                             sends ? waiting.other->record.id : waiting.channel->record.id);
        }
        if (seen[i].object != OBJECT_CONTEXT)
            assert_int_equal(seen[i].bounded_by, c->record.id);
    }
    assert_int_equal(find(seen, 4, OBJECT_CONTEXT)->object_id, c->record.id);
    assert_int_equal(find(seen, 4, OBJECT_TIMER)->operation, WAIT_SLEEP);
    ctxt_cancel(c);
    join(task);
    ctxt_unref(c);
    ctxt_chan_unref(waiting.channel);
    ctxt_chan_unref(waiting.other);
    assert_no_open_waits();
}

struct expected {
    ctxt_task_function *function;
    uint8_t object, operation;
};

static void other_waits(void **state)
{
    (void)state;
    static const struct expected expected[] = {
        {join_it, OBJECT_TASK, WAIT_JOIN},
        {sleep_an_hour, OBJECT_TIMER, WAIT_SLEEP},
        {read_it, OBJECT_DESCRIPTOR, WAIT_READ},
        {wait_for_condition, OBJECT_CONDITION, WAIT_CONDITION},
        {until_it_ends, OBJECT_CONTEXT, WAIT_DONE},
    };
    int fds[2];
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    ctxt_t *joined = ctxt_with_cancel(ctxt_background());
    struct waiting waiting = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                              .task = ctxt_go(joined, until_it_ends, NULL),
                              .descriptor = fds[0]};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ctxt_t *c = ctxt_with_cancel(ctxt_background());
        ctxt_task_t *task = ctxt_go(c, expected[i].function, &waiting);
        struct seen seen = the_wait_of(task);
        assert_int_equal(seen.object, expected[i].object);
        assert_int_equal(seen.operation, expected[i].operation);
        if (expected[i].function == join_it)
            assert_int_equal(seen.object_id, waiting.task->record.id);
        if (expected[i].function == read_it)
            assert_int_equal(seen.object_id, fds[0]);
        if (expected[i].function == until_it_ends)
            assert_int_equal(seen.object_id, c->record.id);
        else
            assert_int_equal(seen.bounded_by, c->record.id);
        ctxt_cancel(c);
        join(task);
        ctxt_unref(c);
    }
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, poll_two, &waiting);
    struct seen seen[2];
    await_waits(task, seen, 2);
    assert_int_equal(seen[0].operation, WAIT_POLL);
    assert_true(seen[0].until_ns < INT64_MAX);
    ctxt_cancel(c);
    join(task);
    ctxt_unref(c);
    ctxt_cancel(joined);
    join(waiting.task);
    ctxt_unref(joined);
    close(fds[0]);
    close(fds[1]);
    assert_no_open_waits();
}

static void waiting_for_a_place_in_a_group(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    struct waiting waiting = {.group = ctxt_group_new(c)};
    uint64_t context_id = ctxt_group_context(waiting.group)->record.id;
    assert_int_equal(ctxt_group_limit(waiting.group, 1), 0);
    assert_int_equal(ctxt_group_go(waiting.group, until_it_ends, NULL), 0);
    ctxt_task_t *starter = ctxt_go(ctxt_background(), start_in_full_group, &waiting);
    struct seen seen = the_wait_of(starter);
    assert_int_equal(seen.object, OBJECT_GROUP);
    assert_int_equal(seen.operation, WAIT_ACQUIRE);
    assert_int_not_equal(seen.object_id, 0);
    assert_int_equal(seen.bounded_by, context_id);
    ctxt_cancel(c);
    join(starter);
    assert_int_equal(ctxt_group_wait(waiting.group), ECANCELED);
    ctxt_unref(c);
    assert_no_open_waits();
}

static void waiting_for_a_group(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    struct waiting waiting = {.group = ctxt_group_new(c)};
    assert_int_equal(ctxt_group_go(waiting.group, until_it_ends, NULL), 0);
    ctxt_task_t *waiter = ctxt_go(ctxt_background(), wait_for_group, &waiting);
    struct seen seen = the_wait_of(waiter);
    assert_int_equal(seen.object, OBJECT_GROUP);
    assert_int_equal(seen.operation, WAIT_GROUP_EMPTY);
    assert_int_not_equal(seen.object_id, 0);
    assert_int_equal(seen.bounded_by, 0);
    ctxt_cancel(c);
    join(waiter);
    ctxt_unref(c);
    assert_no_open_waits();
}

/* ---- tasks ---- */

static segment_word *task_words(const ctxt_task_t *task)
{
    return slot(AREA_TASKS, task->record.index);
}

static void tasks_are_recorded(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, until_it_ends, NULL);
    the_wait_of(task);
    segment_word *words = task_words(task);
    uint64_t id = task->record.id, packed = word_get(words, TASK_THREAD_AND_STATE);
    assert_int_equal(word_get(words, TASK_ID), id);
    assert_int_equal(word_get(words, TASK_PARENT_ID), record_self_id());
    assert_int_equal(packed >> 32 & 0xff, TASK_ORIGIN_GO);
    assert_int_not_equal((uint32_t)packed, 0);
    assert_int_equal(word_get(words, TASK_START_CONTEXT), c->record.id);
    assert_int_equal(word_get(words, TASK_CURRENT_CONTEXT), c->record.id);
    assert_int_equal(word_get(words, TASK_START_FUNCTION), (uint64_t)(uintptr_t)until_it_ends);
    assert_int_equal(word_get(words, TASK_HANDLE), (uint64_t)task->thread);
    assert_int_equal(word_get(words, TASK_NAME), 0);
    ctxt_task_set_name(task, "worker");
    assert_int_not_equal(word_get(words, TASK_NAME), 0);
    ctxt_cancel(c);
    while (!(word_get(words, TASK_THREAD_AND_STATE) >> 40 & SEGMENT_EXITED))
        pause_ns(CTXT_MILLISECOND);
    assert_int_equal(word_get(words, TASK_ID), id); /* until somebody joins it */
    join(task);
    assert_int_not_equal(word_get(words, TASK_ID), id);
    ctxt_unref(c);
}

static void references_of_the_task_are_gone_when_it_is_joined(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    ctxt_task_t *task = ctxt_go(c, until_it_ends, NULL);
    the_wait_of(task);
    segment_word *words = slot(AREA_CONTEXTS, c->record.index);
    assert_int_equal(word_get(words, CTX_REFERENCES), 1 | UINT64_C(1) << 32);
    ctxt_cancel(c);
    join(task);
    assert_int_equal(word_get(words, CTX_REFERENCES), 1);
    ctxt_unref(c);
}

static int do_nothing(ctxt_t *context, void *argument)
{
    (void)context;
    (void)argument;
    return 0;
}

static uint64_t live(enum segment_area_kind area, unsigned id_word)
{
    uint64_t used = used_slots(area), count = 0;
    for (uint32_t i = 0; i < used; i++)
        count += word_get(slot(area, i), id_word) != 0;
    return count;
}

static void nothing_is_left_in_the_tables(void **state)
{
    (void)state;
    uint64_t tasks = live(AREA_TASKS, TASK_ID), objects = live(AREA_OBJECTS, OBJ_ID);
    for (int round = 0; round < 20; round++) {
        ctxt_group_t *group = ctxt_group_new(ctxt_background());
        for (int i = 0; i < 10; i++)
            assert_int_equal(ctxt_group_go(group, do_nothing, NULL), 0);
        assert_int_equal(ctxt_group_wait(group), 0);
        join(ctxt_go(ctxt_background(), do_nothing, NULL));
        ctxt_detach(ctxt_go(ctxt_background(), do_nothing, NULL));
        ctxt_chan_t *channel = ctxt_chan_ref(ctxt_chan_new(0, 1));
        ctxt_chan_set_name(channel, "number %d", round);
        assert_int_equal(ctxt_chan_close(channel), 0);
        ctxt_chan_unref(channel);
        ctxt_chan_unref(channel);
    }
    while (live(AREA_TASKS, TASK_ID) > tasks) /* the detached ones end when they like */
        pause_ns(CTXT_MILLISECOND);
    assert_int_equal(live(AREA_TASKS, TASK_ID), tasks);
    assert_int_equal(live(AREA_OBJECTS, OBJ_ID), objects);
    for (int loss = 0; loss < LOSS_COUNT; loss++) {
        for (int reason = 0; reason < LOSS_REASON_COUNT; reason++)
            assert_int_equal(atomic_load(&header->losses[loss][reason]), 0);
    }
}

static int give_back(ctxt_t *context, void *channel)
{
    (void)context;
    ctxt_chan_unref(channel);
    return 0;
}

static void channels_are_recorded(void **state)
{
    (void)state;
    ctxt_chan_t *channel = ctxt_chan_new(sizeof(int), 3);
    segment_word *words = slot(AREA_OBJECTS, channel->record.index);
    int value = 1;
    assert_int_equal(word_get(words, OBJ_KIND_AND_FLAGS), OBJECT_CHANNEL);
    assert_int_not_equal(word_get(words, OBJ_STACK), 0);
    assert_int_equal(word_get(words, OBJ_CAPACITY_AND_LENGTH), 3);
    assert_int_equal(ctxt_chan_try_send(channel, &value), 0);
    assert_int_equal(ctxt_chan_try_send(channel, &value), 0);
    assert_int_equal(word_get(words, OBJ_CAPACITY_AND_LENGTH), 3 | UINT64_C(2) << 32);
    assert_int_equal(ctxt_chan_try_receive(channel, &value), 0);
    assert_int_equal(word_get(words, OBJ_CAPACITY_AND_LENGTH), 3 | UINT64_C(1) << 32);
    ctxt_chan_ref(channel);
    ctxt_chan_ref(channel);
    assert_int_equal(references(channel), 3);
    ctxt_chan_unref(channel);
    assert_int_equal(references(channel), 2);
    assert_true(word_get(words, OBJ_RETURNED) == UINT64_C(1) << 32); /* by the one that made it */
    join(ctxt_go(ctxt_background(), give_back, channel));
    assert_int_equal(references(channel), 1);
    assert_true(word_get(words, OBJ_RETURNED) == (1 | UINT64_C(1) << 32));
    assert_int_equal(ctxt_chan_close(channel), 0);
    assert_int_equal(word_get(words, OBJ_KIND_AND_FLAGS) >> 8, SEGMENT_CLOSED);
    ctxt_chan_unref(channel);
    assert_int_equal(word_get(words, OBJ_ID), 0);
}

static void enter_again(void *context)
{
    ctxt_enter(context);
    ctxt_leave(context);
}

static pthread_key_t late_key;

static int leave_work_for_later(ctxt_t *context, void *argument)
{
    (void)argument;
    return pthread_setspecific(late_key, context);
}

/* What a thread does after its task has ended must not touch the task that has got its slot. */
static void late_work_of_a_thread_touches_no_other_task(void **state)
{
    (void)state;
    ctxt_t *c = ctxt_with_cancel(ctxt_background());
    assert_int_equal(pthread_key_create(&late_key, enter_again), 0);
    ctxt_group_t *group = ctxt_group_new(c);
    ctxt_task_t *tasks[20];
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ctxt_group_go(group, leave_work_for_later, NULL), 0);
        tasks[i] = ctxt_go(c, until_it_ends, NULL);
    }
    assert_int_equal(ctxt_group_wait(group), 0);
    for (int i = 0; i < 20; i++) {
        the_wait_of(tasks[i]);
        assert_int_equal(word_get(task_words(tasks[i]), TASK_CURRENT_CONTEXT), c->record.id);
    }
    ctxt_cancel(c);
    for (int i = 0; i < 20; i++)
        join(tasks[i]);
    ctxt_unref(c);
    pthread_key_delete(late_key);
}

/* ---- a wake-up that is on its way ---- */

static int to_handler[2], from_handler[2];

static void hold_up(int signal)
{
    char byte = (char)signal;
    if (write(from_handler[1], &byte, 1) != 1 || read(to_handler[0], &byte, 1) != 1)
        abort();
}

/*
 * The receiver is served, but does not get to run, while the sender gives back its reference. In
 * the segment it looks blocked; the reference of the wake-up keeps that from being taken for a
 * leak.
 */
static void a_wake_up_on_its_way_counts_as_a_reference(void **state)
{
    (void)state;
    if (UNDER_THREAD_SANITIZER)
        skip();
    assert_int_equal(pipe(to_handler), 0);
    assert_int_equal(pipe(from_handler), 0);
    struct sigaction action = {.sa_handler = hold_up, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    struct waiting waiting = {.channel = ctxt_chan_new(sizeof(int), 0)};
    ctxt_chan_t *senders = ctxt_chan_ref(waiting.channel);
    ctxt_task_t *task = ctxt_go(ctxt_background(), receive, &waiting);
    the_wait_of(task);
    assert_int_equal(references(senders), 2);
    pthread_kill(task->thread, SIGUSR1);
    char byte;
    assert_int_equal(read(from_handler[0], &byte, 1), 1);
    int value = 1;
    assert_int_equal(ctxt_chan_try_send(senders, &value), 0);
    assert_int_equal(references(senders), 3);
    ctxt_chan_unref(senders);
    assert_int_equal(references(waiting.channel), 2);
    struct seen seen;
    assert_int_equal(open_waits(task->record.id, &seen, 1), 1);
    assert_int_equal(write(to_handler[1], &byte, 1), 1);
    join(task);
    assert_int_equal(references(waiting.channel), 1);
    ctxt_chan_unref(waiting.channel);
    for (int i = 0; i < 2; i++) {
        close(to_handler[i]);
        close(from_handler[i]);
    }
}

/* What is there and not recorded is told from what is not there. */
static void what_is_not_recorded_is_said(void **state)
{
    (void)state;
    struct waiting waiting = {.channel = ctxt_chan_new(sizeof(int), 0)};
    ctxt_task_t *task = ctxt_go(early, receive, &waiting);
    assert_true(the_wait_of(task).bounded_by == ID_UNRECORDED);
    assert_true(word_get(slot(AREA_TASKS, task->record.index), TASK_START_CONTEXT) ==
                ID_UNRECORDED);
    ctxt_t *child = ctxt_with_cancel(early);
    assert_true(word_get(slot(AREA_CONTEXTS, child->record.index), CTX_PARENT_ID) == ID_UNRECORDED);
    ctxt_end_scope(&child);
    ctxt_enter(early);
    segment_word *self = slot(AREA_TASKS, 0);
    for (uint32_t i = 0; word_get(self, TASK_ID) != record_self_id(); i++)
        self = slot(AREA_TASKS, i);
    assert_true(word_get(self, TASK_CURRENT_CONTEXT) == ID_UNRECORDED);
    ctxt_leave(early);
    ctxt_chan_close(waiting.channel);
    join(task);
    task = ctxt_go(ctxt_background(), receive, &waiting);
    join(task);
    ctxt_chan_unref(waiting.channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channel_waits),
        cmocka_unit_test(a_null_channel_is_nothing),
        cmocka_unit_test(a_select_is_one_wait_for_each_case),
        cmocka_unit_test(other_waits),
        cmocka_unit_test(waiting_for_a_place_in_a_group),
        cmocka_unit_test(waiting_for_a_group),
        cmocka_unit_test(tasks_are_recorded),
        cmocka_unit_test(references_of_the_task_are_gone_when_it_is_joined),
        cmocka_unit_test(what_is_not_recorded_is_said),
        cmocka_unit_test(nothing_is_left_in_the_tables),
        cmocka_unit_test(channels_are_recorded),
        cmocka_unit_test(late_work_of_a_thread_touches_no_other_task),
        cmocka_unit_test(a_wake_up_on_its_way_counts_as_a_reference),
    };
    return cmocka_run_group_tests(tests, start_recording, remove_segment);
}
