/* What is in a segment is in its snapshot. */
#include "base/error.h"
#include "image/command_line.h"
#include "segment/reader.h"
#include "segment_writer.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct segment_writer writer;

static int open_writer(void **state)
{
    (void)state;
    writer_open(&writer);
    return 0;
}

static int close_writer(void **state)
{
    (void)state;
    writer_close(&writer);
    return 0;
}

static struct snapshot *read_segment(void)
{
    struct error error = {{0}};
    struct segment_reader *reader = segment_reader_open(writer.path, &error);
    if (!reader)
        fail_msg("%s", error.sentence);
    struct snapshot_builder *builder = segment_reader_read(reader, &error);
    if (!builder)
        fail_msg("%s", error.sentence);
    segment_reader_close(reader);
    struct snapshot *snapshot = builder_finish(builder);
    assert_non_null(snapshot);
    return snapshot;
}

static uint64_t loss(const struct snapshot *snapshot, const char *what, const char *why)
{
    for (uint32_t i = 0; i < snapshot->loss_count; i++) {
        if (strcmp(snapshot_text(snapshot, snapshot->losses[i].what), what) == 0 &&
            strcmp(snapshot_text(snapshot, snapshot->losses[i].why), why) == 0)
            return snapshot->losses[i].count;
    }
    return 0;
}

static const struct snapshot_task *task_of(const struct snapshot *snapshot, uint64_t id)
{
    uint32_t index = snapshot_find_task(snapshot, id);
    assert_int_not_equal(index, SNAPSHOT_NONE);
    return &snapshot->tasks[index];
}

#define assert_text(snapshot, string, expected)                                                    \
    assert_string_equal(snapshot_text(snapshot, string), expected)

/* ---- the program ---- */

static void the_program_is_described(void **state)
{
    (void)state;
    writer.header->realtime_offset_ns = 77;
    writer.header->forked_from = 12;
    writer.header->contexts_created = 100;
    writer_item(&writer, AREA_RINGS, 1)[RING_CONTEXTS_CREATED] = 5;
    writer_item(&writer, AREA_RINGS, 1)[RING_CONTEXTS_ENDED] = 3;
    struct snapshot *snapshot = read_segment();
    const struct snapshot_program *program = &snapshot->program;
    assert_int_equal(program->pid, getpid());
    assert_int_equal(program->forked_from, 12);
    assert_int_equal(program->state, PROGRAM_ALIVE);
    assert_text(snapshot, program->executable, "/usr/bin/orders");
    char title[PATH_MAX]; /* of the living as it is now: they may have given themselves another */
    assert_true(command_line_read(getpid(), title, sizeof title));
    assert_text(snapshot, program->command, title);
    assert_text(snapshot, program->language, "C");
    assert_text(snapshot, program->source, "segment");
    /* Of the living it is as it is now: the machine may have slept since. */
    struct timespec real, monotonic;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    assert_in_range(real.tv_sec - monotonic.tv_sec - program->realtime_offset_ns / 1000000000 + 2,
                    0, 4);
    assert_true(program->taken_ns > program->started_ns);
    assert_true(program->counts_contexts);
    assert_int_equal(program->contexts_created, 105);
    assert_int_equal(program->contexts_ended, 3);
    assert_true(program->complete);
    assert_false(program->exited);
    snapshot_free(snapshot);
}

static void the_dead_are_told_from_the_living(void **state)
{
    (void)state;
    writer_context(&writer, 0, 9000, 0, CONTEXT_BACKGROUND, 1);
    writer.header->realtime_offset_ns = 77;
    writer_kill(&writer);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->program.state, PROGRAM_DEAD);
    assert_int_equal(snapshot->program.realtime_offset_ns, 77);
    assert_text(snapshot, snapshot->program.command, "orders --port 8080");
    assert_false(snapshot->program.exited);
    assert_int_equal(snapshot->program.taken_ns, writer.header->started_ns + 9000);
    snapshot_free(snapshot);
    writer.header->end = SEGMENT_EXIT;
    snapshot = read_segment();
    assert_int_equal(snapshot->program.state, PROGRAM_DEAD);
    assert_true(snapshot->program.exited);
    snapshot_free(snapshot);
}

static void a_process_that_does_not_map_it_is_another(void **state)
{
    (void)state;
    munmap(writer.base, writer.size);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->program.state, PROGRAM_DEAD);
    snapshot_free(snapshot);
    void *base = mmap(NULL, writer.size, PROT_READ | PROT_WRITE, MAP_SHARED, writer.file, 0);
    writer.base = base;
    writer.header = base;
    snprintf(writer.header->boot_id, sizeof writer.header->boot_id, "another-boot");
    snapshot = read_segment();
    assert_int_equal(snapshot->program.state, PROGRAM_DEAD);
    snapshot_free(snapshot);
}

/* ---- contexts ---- */

static void contexts_are_read(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, CONTEXT_BACKGROUND, 1);
    uint64_t *words = writer_context(&writer, 3, 20, 1, CONTEXT_DEADLINE, 2);
    words[CTX_REFERENCES] |= UINT64_C(3) << 32;
    words[CTX_NAME] = writer_text(&writer, "GET /orders/\x1b[1m");
    words[CTX_DEADLINE] = 5000;
    words[CTX_REQUESTED] = 6000;
    words[CTX_CREATOR_TASK] = 7;
    words[CTX_ADDRESS] = 0xabc0;
    words = writer_context(&writer, 2, 21, 20, CONTEXT_VALUE, 1);
    words[CTX_DETAIL] = writer_text(&writer, "user");
    words = writer_context(&writer, 1, 22, 20, CONTEXT_CANCEL, 0);
    words[CTX_KIND_AND_STATE] |=
        CONTEXT_CANCELED << 8 | ENDED_BY_OWN_CANCEL << 16 | SEGMENT_BORN_ENDED << 24;
    words[CTX_DETAIL] = writer_text(&writer, "client hung up");
    words[CTX_ENDED] = 4000;
    words[CTX_CANCELLER_TASK] = 7;
    words[CTX_CODE_AND_LOSERS] = (uint32_t)-104 | UINT64_C(2) << 32;
    words = writer_context(&writer, 4, 23, 20, CONTEXT_CANCEL, 1);
    words[CTX_KIND_AND_STATE] |= CONTEXT_TIMED_OUT << 8 | ENDED_BY_PARENT << 16;
    writer_context(&writer, 5, 0, 0, 0, 0); /* free */
    writer_task(&writer, 0, 7, TASK_ORIGIN_MAIN);

    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->context_count, 5);
    const struct snapshot_context *context = &snapshot->contexts[1];
    assert_int_equal(context->id, 20);
    assert_int_equal(context->parent, 0);
    assert_int_equal(context->kind, CONTEXT_DEADLINE);
    assert_int_equal(context->owners, 2);
    assert_int_equal(context->observers, 3);
    assert_text(snapshot, context->name, "GET /orders/\\x1b[1m");
    assert_int_equal(context->deadline_ns, 5000);
    assert_int_equal(context->requested_deadline_ns, 6000);
    assert_int_equal(context->creator_task, 0);
    assert_int_equal(context->address, 0xabc0);
    assert_int_equal(context->cancellable.value, FACT_YES);
    assert_true(context->ended_ns == SNAPSHOT_NEVER);
    assert_int_equal(context->child_count, 3);

    context = &snapshot->contexts[2];
    assert_text(snapshot, context->key, "user");
    assert_text(snapshot, context->cause_text, "");

    context = &snapshot->contexts[3];
    assert_int_equal(context->state, CONTEXT_CANCELED);
    assert_int_equal(context->ended_by, ENDED_BY_OWN_CANCEL);
    assert_true(context->born_ended);
    assert_text(snapshot, context->cause_text, "client hung up");
    assert_int_equal(context->cause_code, -104);
    assert_int_equal(context->losing_cancels, 2);
    assert_int_equal(context->ended_ns, 4000);
    assert_int_equal(context->canceller_task, 0);

    context = &snapshot->contexts[4];
    assert_int_equal(context->state, CONTEXT_TIMED_OUT);
    assert_int_equal(context->ended_by, ENDED_BY_PARENT);
    assert_text(snapshot, context->cause_text, "context deadline exceeded");
    assert_int_equal(snapshot->loss_count, 0);
    snapshot_free(snapshot);
}

static void counts_prove_unless_something_is_missing(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, CONTEXT_BACKGROUND, 1);
    writer_context(&writer, 1, 2, 1, CONTEXT_CANCEL, 0);
    writer.header->unrecorded_contexts = 5; /* do not touch the counts of those that are recorded */
    writer.header->losses[LOSS_CONTEXTS][LOSS_FULL] = 3;
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->contexts[1].cancellable.value, FACT_NO);
    assert_int_equal(snapshot->contexts[1].held_only_by_parent.value, FACT_YES);
    assert_false(snapshot->program.complete);
    assert_int_equal(snapshot->program.contexts_unrecorded, 5);
    assert_int_equal(loss(snapshot, "contexts", "they existed before recording began"), 5);
    assert_int_equal(loss(snapshot, "contexts", "the segment was full"), 3);
    snapshot_free(snapshot);

    writer.header->losses[LOSS_CHANGES][LOSS_INTERRUPTED] = 1;
    snapshot = read_segment();
    assert_int_equal(snapshot->contexts[1].cancellable.value, FACT_UNKNOWN);
    assert_int_equal(snapshot->contexts[1].cancellable.missing, PRECONDITION_NO_LOSSES);
    snapshot_free(snapshot);

    writer.header->losses[LOSS_CHANGES][LOSS_INTERRUPTED] = 0;
    writer.header->stopped_ns = 1;
    snapshot = read_segment();
    assert_int_equal(snapshot->contexts[1].cancellable.value, FACT_UNKNOWN);
    assert_int_equal(loss(snapshot, "changes of everything", "recording was switched off"), 1);
    snapshot_free(snapshot);
}

/* An end is recorded once, where it began. */
static void ends_reach_those_below(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, CONTEXT_BACKGROUND, 1);
    uint64_t *words = writer_context(&writer, 1, 2, 1, CONTEXT_CANCEL, 1);
    words[CTX_KIND_AND_STATE] |= CONTEXT_CANCELED << 8 | ENDED_BY_OWN_CANCEL << 16;
    words[CTX_ENDED] = 4000;
    words[CTX_DETAIL] = writer_text(&writer, "shutting down");
    writer_context(&writer, 2, 3, 2, CONTEXT_VALUE, 1);
    writer_context(&writer, 3, 4, 3, CONTEXT_CANCEL, 0);
    writer_context(&writer, 4, 5, 3, CONTEXT_WITHOUT_CANCEL, 1);
    writer_context(&writer, 5, 6, 3, CONTEXT_CUSTOM, 1)[CTX_KIND_AND_STATE] |=
        (uint64_t)SEGMENT_OWN_DONE << 24;
    struct snapshot *snapshot = read_segment();
    for (int i = 2; i <= 3; i++) {
        assert_int_equal(snapshot->contexts[i].state, CONTEXT_CANCELED);
        assert_int_equal(snapshot->contexts[i].ended_by, ENDED_BY_PARENT);
        assert_int_equal(snapshot->contexts[i].ended_ns, 4000);
        assert_text(snapshot, snapshot->contexts[i].cause_text, "shutting down");
    }
    assert_int_equal(snapshot->contexts[4].state, CONTEXT_OPEN);
    assert_int_equal(snapshot->contexts[5].state, CONTEXT_OPEN);
    snapshot_free(snapshot);
}

/* So those whose ancestors are not recorded may have ended with them: nothing is proved of them. */
static void nothing_is_proved_below_the_unrecorded(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, CONTEXT_BACKGROUND, 1);
    writer_context(&writer, 1, 10, 0, CONTEXT_CANCEL, 0); /* its parent had no id */
    writer_context(&writer, 2, 11, 10, CONTEXT_VALUE, 1);
    writer_context(&writer, 3, 12, 11, CONTEXT_CANCEL, 0);
    writer_context(&writer, 4, 13, 99, CONTEXT_CANCEL, 0); /* its parent is gone */
    writer_context(&writer, 5, 14, 10, CONTEXT_WITHOUT_CANCEL, 1);
    writer_context(&writer, 6, 15, 14, CONTEXT_CANCEL, 0); /* cut off from all that */
    writer_context(&writer, 7, 16, 1, CONTEXT_CANCEL, 0);
    for (int unrecorded = 0; unrecorded < 2; unrecorded++) {
        writer.header->unrecorded_contexts = (uint64_t)unrecorded;
        struct snapshot *snapshot = read_segment();
        const uint64_t doubtful[] = {10, 12, 13};
        for (int i = 0; i < 3; i++) {
            uint32_t index = snapshot_find_context(snapshot, doubtful[i]);
            struct fact fact = snapshot->contexts[index].cancellable;
            assert_int_equal(fact.value, FACT_UNKNOWN);
            assert_int_equal(fact.missing, unrecorded ? PRECONDITION_RECORDED_FROM_START
                                                      : PRECONDITION_NO_LOSSES);
            assert_int_equal(snapshot->contexts[index].held_only_by_parent.value, FACT_UNKNOWN);
            assert_int_equal(snapshot_can_end(snapshot, index).value, FACT_UNKNOWN);
        }
        for (uint64_t id = 15; id <= 16; id++) {
            uint32_t index = snapshot_find_context(snapshot, id);
            assert_int_equal(snapshot->contexts[index].cancellable.value, FACT_NO);
            assert_int_equal(snapshot_can_end(snapshot, index).value, FACT_NO);
        }
        snapshot_free(snapshot);
    }
}

/* ---- texts ---- */

static void texts_that_are_gone_are_empty(void **state)
{
    (void)state;
    uint64_t text = writer_text(&writer, "old");
    uint64_t generation = text >> 32;
    writer_context(&writer, 0, 1, 0, CONTEXT_CANCEL, 1)[CTX_NAME] = text;
    writer_context(&writer, 1, 2, 0, CONTEXT_CANCEL, 1)[CTX_NAME] =
        (generation + 1) << 32 | (uint32_t)text;
    writer_context(&writer, 2, 3, 0, CONTEXT_CANCEL, 1)[CTX_NAME] = generation << 32 | 4000000000;
    writer_context(&writer, 3, 4, 0, CONTEXT_CANCEL, 1)[CTX_NAME] = generation << 32;
    for (int dead = 0; dead < 2; dead++) {
        struct snapshot *snapshot = read_segment();
        assert_text(snapshot, snapshot->contexts[0].name, "old");
        for (int i = 1; i < 4; i++)
            assert_text(snapshot, snapshot->contexts[i].name, "");
        snapshot_free(snapshot);
        writer_kill(&writer);
    }
    writer_item(&writer, AREA_TEXTS, 0)[TEXT_LENGTH] = UINT64_MAX;
    struct snapshot *snapshot = read_segment();
    assert_true(strlen(snapshot_text(snapshot, snapshot->contexts[0].name)) >= 3);
    snapshot_free(snapshot);
}

/* ---- stacks ---- */

static void stacks_have_modules(void **state)
{
    (void)state;
    writer_module(&writer, 0, "/usr/bin/orders", 0x1000, 0x2000)[MODULE_BIAS] = 0x800;
    /* Two libraries that were loaded at one place, one after the other. */
    uint64_t *words = writer_module(&writer, 1, "/usr/lib/first.so", 0x5000, 0x6000);
    words[MODULE_LOADED] = 1;
    words[MODULE_UNLOADED] = 3;
    words = writer_module(&writer, 2, "/usr/lib/second.so", 0x5000, 0x7000);
    words[MODULE_LOADED] = 3;
    const uint64_t addresses[] = {0x5010, 0x1010, 0x9999, 0};
    uint64_t early = writer_stack(&writer, addresses, 2, 0);
    uint64_t late = writer_stack(&writer, addresses, 3, SEGMENT_STACK_TRUNCATED);
    writer_context(&writer, 0, 1, 0, CONTEXT_CANCEL, 1)[CTX_STACKS] = early;
    words = writer_context(&writer, 1, 2, 0, CONTEXT_CANCEL, 1);
    words[CTX_STACKS] = early | late << 32;
    words[CTX_KIND_AND_STATE] |= CONTEXT_CANCELED << 8;

    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->stack_count, 2);
    assert_int_equal(snapshot->contexts[0].creation_stack, snapshot->contexts[1].creation_stack);
    const struct snapshot_stack *stack = &snapshot->stacks[snapshot->contexts[0].creation_stack];
    const struct snapshot_frame *frames = snapshot->frames + stack->first_frame;
    assert_int_equal(stack->frame_count, 3);
    assert_false(stack->truncated);
    assert_int_equal(frames[0].pc, 0x500f); /* the call, not what comes after it */
    assert_int_equal(frames[0].module_offset, 0xf);
    assert_text(snapshot, frames[0].module, "/usr/lib/first.so");
    assert_int_equal(frames[1].module_offset, 0x100f - 0x800);
    assert_text(snapshot, frames[1].module, "/usr/bin/orders");
    assert_text(snapshot, frames[2].module, "");
    stack = &snapshot->stacks[snapshot->contexts[1].cancel_stack];
    frames = snapshot->frames + stack->first_frame;
    assert_true(stack->truncated);
    assert_text(snapshot, frames[0].module, "/usr/lib/second.so");
    snapshot_free(snapshot);
}

static void stacks_that_lead_nowhere_are_counted(void **state)
{
    (void)state;
    const uint64_t addresses[] = {0x5010, 0};
    uint64_t torn = writer_stack(&writer, addresses, 0, 0);
    writer_item(&writer, AREA_STACKS, torn - 1)[STACK_MARK] &= ~SEGMENT_STACK_COMMITTED;
    uint64_t long_one = writer_stack(&writer, addresses, 0, 0);
    writer_item(&writer, AREA_STACKS, long_one - 1)[STACK_MARK] |= SEGMENT_STACK_COUNT;
    const uint64_t references[] = {torn, long_one, 4000000000, WRITER_STACK_WORDS};
    for (uint64_t i = 0; i < 4; i++)
        writer_context(&writer, i, i + 1, 0, CONTEXT_CANCEL, 1)[CTX_STACKS] = references[i];
    struct snapshot *snapshot = read_segment();
    for (int i = 0; i < 4; i++)
        assert_int_equal(snapshot->contexts[i].creation_stack, SNAPSHOT_NONE);
    assert_int_equal(loss(snapshot, "stacks", "references to them led nowhere"), 4);
    snapshot_free(snapshot);
}

/* ---- tasks and waits ---- */

static void tasks_and_waits_are_read(void **state)
{
    (void)state;
    writer_context(&writer, 0, 50, 0, CONTEXT_CANCEL, 1);
    uint64_t *words = writer_task(&writer, 0, 1, TASK_ORIGIN_MAIN);
    words[TASK_NAME] = writer_text(&writer, "main");
    words[TASK_CURRENT_CONTEXT] = 50;
    words = writer_task(&writer, 1, 2, TASK_ORIGIN_GO);
    words[TASK_PARENT_ID] = 1;
    words[TASK_START_CONTEXT] = 50;
    words[TASK_THREAD_AND_STATE] |= (uint64_t)SEGMENT_DETACHED << 40;
    words = writer_task(&writer, 2, 3, TASK_ORIGIN_CALLBACK);
    words = writer_task(&writer, 3, 4, TASK_ORIGIN_THREAD);
    words[TASK_THREAD_AND_STATE] |= (uint64_t)SEGMENT_EXITED << 40;
    words[TASK_EXITED_AT] = 4444;
    writer_wait(&writer, 0, 1, OBJECT_TASK, WAIT_JOIN, 2);
    words = writer_wait(&writer, 1, 2, OBJECT_DESCRIPTOR, WAIT_READ, 5);
    words[WAIT_BOUNDED_BY] = 50;
    words[WAIT_KINDS] |= UINT64_C(9) << 32 | 2 << 16;
    words = writer_wait(&writer, 2, 2, OBJECT_CONTEXT, WAIT_DONE, 50);
    words[WAIT_KINDS] |= UINT64_C(9) << 32 | 2 << 16;
    words = writer_wait(&writer, 3, 3, OBJECT_TIMER, WAIT_SLEEP, 0);
    words[WAIT_UNTIL] = 8888;

    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->task_count, 4);
    assert_int_equal(snapshot->wait_count, 4);
    const struct snapshot_task *task = task_of(snapshot, 1);
    assert_true(task->main);
    assert_int_equal(task->tid, 1001);
    assert_int_equal(task->state, TASK_WAITING);
    assert_text(snapshot, task->name, "main");
    assert_int_equal(task->current_context, 0);
    const struct snapshot_wait *wait = &snapshot->waits[task->first_wait];
    assert_int_equal(wait->operation, WAIT_JOIN);
    assert_int_equal(snapshot->objects[wait->object].task, snapshot_find_task(snapshot, 2));
    assert_int_equal(task->wakeable.value, FACT_YES);

    task = task_of(snapshot, 2);
    assert_true(task->detached);
    assert_int_equal(task->wait_count, 2);
    wait = &snapshot->waits[task->first_wait];
    assert_int_equal(wait->group, 9);
    assert_int_equal(wait->bounded_by, 0);
    assert_int_equal(snapshot->objects[wait->object].kind, OBJECT_DESCRIPTOR);
    assert_int_equal(snapshot->objects[wait->object].descriptor, 5);
    assert_int_equal(snapshot->objects[wait[1].object].context, 0);

    task = task_of(snapshot, 3);
    assert_true(task->system);
    assert_int_equal(task->kind, TASK_CALLBACK);
    assert_int_equal(snapshot->waits[task->first_wait].until_ns, 8888);

    task = task_of(snapshot, 4);
    assert_int_equal(task->state, TASK_EXITED);
    assert_int_equal(task->exited_ns, 4444);
    snapshot_free(snapshot);
}

static void channels_that_only_waiters_hold_are_dead(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 5; id++)
        writer_task(&writer, id, id, TASK_ORIGIN_GO);
    uint64_t *words = writer_channel(&writer, 0, 100, 2);
    words[OBJ_NAME] = writer_text(&writer, "results");
    words[OBJ_CAPACITY_AND_LENGTH] = 8 | UINT64_C(3) << 32;
    writer_channel(&writer, 1, 101, 2);
    writer_channel(&writer, 2, 102, 1)[OBJ_KIND_AND_FLAGS] |= SEGMENT_CLOSED << 8;
    writer_wait(&writer, 0, 1, OBJECT_CHANNEL, WAIT_SEND, 100);
    writer_wait(&writer, 1, 2, OBJECT_CHANNEL, WAIT_SEND, 100);
    writer_wait(&writer, 2, 3, OBJECT_CHANNEL, WAIT_RECEIVE, 101);
    writer_wait(&writer, 3, 3, OBJECT_CHANNEL, WAIT_SEND, 101); /* the same task */
    writer_wait(&writer, 4, 4, OBJECT_CHANNEL, WAIT_RECEIVE, 102);
    writer_wait(&writer, 5, 5, OBJECT_CHANNEL, WAIT_RECEIVE, 999); /* not there */
    for (int dead = 0; dead < 2; dead++) {
        struct snapshot *snapshot = read_segment();
        const struct snapshot_object *object =
            &snapshot->objects[snapshot->waits[task_of(snapshot, 1)->first_wait].object];
        assert_text(snapshot, object->name, "results");
        assert_int_equal(object->capacity, 8);
        assert_int_equal(object->length, 3);
        assert_int_equal(object->references, 2);
        assert_int_equal(object->signalable.value, FACT_NO);
        assert_int_equal(task_of(snapshot, 1)->wakeable.value, FACT_NO);
        assert_int_equal(task_of(snapshot, 2)->wakeable.value, FACT_NO);
        assert_int_equal(task_of(snapshot, 3)->wakeable.value, FACT_YES);
        assert_int_equal(task_of(snapshot, 4)->wakeable.value, FACT_YES);
        assert_int_equal(task_of(snapshot, 5)->wakeable.value, FACT_UNKNOWN);
        snapshot_free(snapshot);
        writer_kill(&writer);
    }
    writer.header->losses[LOSS_WAITS][LOSS_FULL] = 1;
    struct snapshot *snapshot = read_segment();
    assert_int_equal(task_of(snapshot, 1)->wakeable.value, FACT_UNKNOWN);
    assert_int_equal(task_of(snapshot, 3)->wakeable.value, FACT_UNKNOWN);
    snapshot_free(snapshot);
}

/*
 * One reference was ever made, its maker still has it, and another task waits: it was lent to that.
 */
static void channels_that_are_lent_prove_nothing(void **state)
{
    (void)state;
    writer_task(&writer, 1, 1, TASK_ORIGIN_MAIN);
    writer_task(&writer, 2, 2, TASK_ORIGIN_GO);
    uint64_t *words = writer_channel(&writer, 0, 100, 1);
    words[OBJ_CREATOR_TASK] = 1;
    writer_wait(&writer, 0, 2, OBJECT_CHANNEL, WAIT_RECEIVE, 100);
    for (uint64_t made = 1; made <= 2; made++) {
        words[OBJ_REFERENCES] = 1 | made << 32;
        words[OBJ_RETURNED] = (made - 1) << 32; /* by the maker, who counted one for the waiter */
        struct snapshot *snapshot = read_segment();
        assert_int_equal(task_of(snapshot, 2)->wakeable.value, made == 1 ? FACT_UNKNOWN : FACT_NO);
        snapshot_free(snapshot);
    }
    words[OBJ_RETURNED] = 1; /* by another that it was counted for: so the waiter was lent it */
    struct snapshot *lent = read_segment();
    assert_int_equal(task_of(lent, 2)->wakeable.value, FACT_UNKNOWN);
    snapshot_free(lent);
    words[OBJ_RETURNED] = 0;
    words[OBJ_REFERENCES] = 1 | UINT64_C(1) << 32;
    words[OBJ_CREATOR_TASK] = 2; /* the waiter made it itself: the one reference is its own */
    struct snapshot *snapshot = read_segment();
    assert_int_equal(task_of(snapshot, 2)->wakeable.value, FACT_NO);
    snapshot_free(snapshot);
}

/* It holds the channel and joins a task that waits on it: then neither goes on. */
static void makers_of_channels_are_holders(void **state)
{
    (void)state;
    writer_task(&writer, 1, 1, TASK_ORIGIN_MAIN);
    writer_task(&writer, 2, 2, TASK_ORIGIN_GO);
    uint64_t *words = writer_channel(&writer, 0, 100, 2);
    words[OBJ_REFERENCES] = 2 | UINT64_C(2) << 32;
    words[OBJ_CREATOR_TASK] = 1;
    writer_wait(&writer, 0, 2, OBJECT_CHANNEL, WAIT_RECEIVE, 100);
    uint64_t *join = writer_wait(&writer, 1, 1, OBJECT_TASK, WAIT_JOIN, 2);
    for (int dead = 0; dead < 2; dead++) {
        for (int timed = 0; timed < 2; timed++) {
            join[WAIT_UNTIL] = timed ? 5 : INT64_MAX;
            struct snapshot *snapshot = read_segment();
            for (uint64_t id = 1; id <= 2; id++)
                assert_int_equal(task_of(snapshot, id)->wakeable.value, timed ? FACT_YES : FACT_NO);
            const struct snapshot_object *object =
                &snapshot->objects[snapshot->waits[task_of(snapshot, 2)->first_wait].object];
            assert_int_equal(object->owner_task_id, 1);
            assert_int_equal(object->signalable.value, timed ? FACT_YES : FACT_NO);
            snapshot_free(snapshot);
        }
        writer_kill(&writer);
    }
}

/* A holder whose slot cannot be read may wake in a way that is not seen. */
static void holders_that_are_not_there_do_not_count(void **state)
{
    (void)state;
    writer_task(&writer, 1, 1, TASK_ORIGIN_GO);
    uint64_t *other = writer_task(&writer, 2, 2, TASK_ORIGIN_GO);
    writer_channel(&writer, 0, 100, 2);
    writer_wait(&writer, 0, 1, OBJECT_CHANNEL, WAIT_RECEIVE, 100);
    writer_wait(&writer, 1, 2, OBJECT_CHANNEL, WAIT_RECEIVE, 100);
    writer_kill(&writer);
    for (int torn = 0; torn < 2; torn++) {
        struct snapshot *snapshot = read_segment();
        unsigned wakeable = task_of(snapshot, 1)->wakeable.value;
        assert_true(torn ? wakeable != FACT_NO : wakeable == FACT_NO);
        snapshot_free(snapshot);
        other[0] |= 1;
    }
}

/* ---- what is there and not here ---- */

/* A task that waits for what only itself holds, if nothing bounds the wait. */
static uint64_t *write_lonely_waiter(void)
{
    writer_context(&writer, 0, 1, 0, CONTEXT_BACKGROUND, 1);
    writer_task(&writer, 1, 1, TASK_ORIGIN_GO);
    writer_channel(&writer, 0, 100, 1);
    return writer_wait(&writer, 0, 1, OBJECT_CHANNEL, WAIT_RECEIVE, 100);
}

static struct fact wakeable_of(uint64_t task, uint8_t *bound_missing)
{
    struct snapshot *snapshot = read_segment();
    struct fact fact = task_of(snapshot, task)->wakeable;
    if (bound_missing)
        *bound_missing = snapshot->waits[task_of(snapshot, task)->first_wait].bound_missing;
    snapshot_free(snapshot);
    return fact;
}

static void bounds_that_are_not_here_are_unknown(void **state)
{
    (void)state;
    uint8_t missing;
    uint64_t *wait = write_lonely_waiter();
    assert_int_equal(wakeable_of(1, &missing).value, FACT_NO);
    assert_int_equal(missing, PRECONDITION_NONE);
    const uint64_t ids[] = {ID_UNRECORDED, 77};
    for (int i = 0; i < 2; i++) {
        wait[WAIT_BOUNDED_BY] = ids[i];
        for (int forked = 0; forked < 2; forked++) {
            writer.header->forked_from = forked ? 12 : 0;
            enum precondition expected =
                forked ? PRECONDITION_RECORDED_FROM_START : PRECONDITION_NO_LOSSES;
            struct fact fact = wakeable_of(1, &missing);
            assert_int_equal(fact.value, FACT_UNKNOWN);
            assert_int_equal(fact.missing, expected);
            assert_int_equal(missing, expected);
        }
    }
    /* Its slot is being written at that moment, or was when the program died. */
    uint64_t *context = writer_context(&writer, 1, 77, 1, CONTEXT_CANCEL, 1);
    wait[WAIT_BOUNDED_BY] = 77;
    assert_int_equal(wakeable_of(1, NULL).value, FACT_YES);
    context[CTX_SEQUENCE] |= 1;
    assert_int_equal(wakeable_of(1, NULL).value, FACT_UNKNOWN);
    writer_kill(&writer);
    assert_int_equal(wakeable_of(1, NULL).value, FACT_UNKNOWN);
}

static void contexts_that_are_not_here_are_not_absent(void **state)
{
    (void)state;
    writer_context(&writer, 0, 5, 0, CONTEXT_CANCEL, 1);
    writer_context(&writer, 1, 6, ID_UNRECORDED, CONTEXT_CUSTOM, 1);
    uint64_t *words = writer_task(&writer, 1, 1, TASK_ORIGIN_GO);
    words[TASK_START_CONTEXT] = 5;
    words[TASK_CURRENT_CONTEXT] = ID_UNRECORDED;
    struct snapshot *snapshot = read_segment();
    assert_true(task_of(snapshot, 1)->current_context_unknown);
    assert_int_equal(task_of(snapshot, 1)->start_context, 0);
    assert_true(snapshot->contexts[1].parent_id == ID_UNRECORDED);
    assert_int_equal(snapshot_can_end(snapshot, 1).value, FACT_UNKNOWN);
    snapshot_free(snapshot);
}

/* The waits of a select are filled and freed one by one. */
static void selects_that_are_not_whole_prove_nothing(void **state)
{
    (void)state;
    uint64_t *first = write_lonely_waiter();
    writer_channel(&writer, 1, 101, 1);
    uint64_t *second = writer_wait(&writer, 1, 1, OBJECT_CHANNEL, WAIT_SEND, 101);
    first[WAIT_KINDS] |= UINT64_C(3) << 32 | 2 << 16;
    second[WAIT_KINDS] |= UINT64_C(3) << 32 | 2 << 16;
    for (int dead = 0; dead < 2; dead++) {
        second[WAIT_TASK_ID] = 1;
        assert_int_equal(wakeable_of(1, NULL).value, FACT_NO);
        second[WAIT_TASK_ID] = 0;
        assert_int_equal(wakeable_of(1, NULL).value, FACT_UNKNOWN);
        assert_int_equal(wakeable_of(1, NULL).missing, PRECONDITION_NO_LOSSES);
        writer_kill(&writer);
    }
}

static void old_owners_of_mutexes_prove_nothing(void **state)
{
    (void)state;
    for (uint64_t id = 1; id <= 2; id++) {
        writer_task(&writer, id, id, TASK_ORIGIN_GO);
        uint64_t *words = writer_wait(&writer, id, id, OBJECT_MUTEX, WAIT_LOCK, 0);
        words[WAIT_ADDRESS] = 0x1000 * id;
        words[WAIT_OWNER_TASK] = 3 - id;
        words[WAIT_SINCE] += id;
    }
    writer_kill(&writer);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->object_count, 2);
    assert_int_equal(task_of(snapshot, 1)->wakeable.value, FACT_UNKNOWN);
    assert_int_equal(task_of(snapshot, 2)->wakeable.value, FACT_UNKNOWN);
    snapshot_free(snapshot);
}

/* While the program lives, the mutex itself says who holds it. */
static void owners_of_mutexes_are_asked_for(void **state)
{
    (void)state;
    pthread_mutex_t mutexes[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
    writer_module(&writer, 0, "/lib/x86_64-linux-gnu/libc.so.6", 0x1000, 0x2000);
    pthread_mutex_lock(&mutexes[0]); /* by task 1, this very thread */
    for (uint64_t id = 1; id <= 3; id++)
        writer_task(&writer, id, id, TASK_ORIGIN_THREAD)[TASK_THREAD_AND_STATE] =
            (id == 1 ? (uint64_t)gettid() : id) | (uint64_t)TASK_ORIGIN_THREAD << 32;
    for (uint64_t i = 0; i < 2; i++) {
        uint64_t *words = writer_wait(&writer, i, i + 2, OBJECT_MUTEX, WAIT_LOCK, 0);
        words[WAIT_ADDRESS] = (uint64_t)(uintptr_t)&mutexes[i];
        words[WAIT_OWNER_TASK] = 3; /* as it was when the wait began */
        words[WAIT_FLAGS] = LOCK_OF_LIBC;
    }
    struct snapshot *snapshot = read_segment();
    const struct snapshot_object *object =
        &snapshot->objects[snapshot->waits[task_of(snapshot, 2)->first_wait].object];
    assert_int_equal(object->owner_task_id, 1);
    assert_int_equal(object->owner_seen_ns, 0);
    object = &snapshot->objects[snapshot->waits[task_of(snapshot, 3)->first_wait].object];
    assert_int_equal(object->owner_task_id, 0); /* nobody holds it at this moment */
    snapshot_free(snapshot);
    pthread_mutex_unlock(&mutexes[0]);
}

/* ---- events ---- */

static void events_come_sorted_from_all_rings(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 10; i++) {
        writer_event(&writer, i % 3, EVENT_CONTEXT_CREATED, 1000 - i, i);
    }
    uint64_t *event = writer_event(&writer, 3, EVENT_CONTEXT_ENDED, 5, 77);
    event[EVENT_KIND_AND_CODE] |= ENDED_BY_DEADLINE << 8 | UINT64_C(110) << 32;
    event[EVENT_TASK] = 4;
    event[EVENT_TEXT] = writer_text(&writer, "too slow");
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->event_count, 11);
    const struct snapshot_event *first = &snapshot->events[0];
    assert_int_equal(first->kind, EVENT_CONTEXT_ENDED);
    assert_int_equal(first->ended_by, ENDED_BY_DEADLINE);
    assert_int_equal(first->code, 110);
    assert_int_equal(first->task_id, 4);
    assert_text(snapshot, first->text, "too slow");
    for (uint32_t i = 1; i < 11; i++)
        assert_int_equal(snapshot->events[i].subject_id, 10 - i);
    snapshot_free(snapshot);
}

static void lapped_events_are_counted(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < WRITER_RING_EVENTS + 5; i++)
        writer_event(&writer, 0, EVENT_TASK_CREATED, i, i);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->event_count, WRITER_RING_EVENTS);
    assert_int_equal(snapshot->events[0].subject_id, 5);
    assert_int_equal(loss(snapshot, "events", "newer ones were written over them"), 5);
    assert_true(snapshot->losses[0].expected);
    snapshot_free(snapshot);
}

/* ---- what a kill leaves ---- */

static void torn_items_are_counted(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, CONTEXT_CANCEL, 1);
    writer_context(&writer, 1, 2, 0, CONTEXT_CANCEL, 1)[CTX_SEQUENCE] = 5;
    writer_task(&writer, 0, 1, TASK_ORIGIN_MAIN);
    writer_wait(&writer, 0, 1, OBJECT_NOTHING, WAIT_RECEIVE, 0)[0] = 7;
    writer_event(&writer, 0, EVENT_TASK_CREATED, 1, 1);
    writer_event(&writer, 0, EVENT_TASK_CREATED, 2, 2)[EVENT_SEQUENCE] = 3;
    writer_kill(&writer);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->context_count, 1);
    assert_int_equal(snapshot->event_count, 1);
    assert_int_equal(loss(snapshot, "contexts", "the program died while it wrote them"), 1);
    assert_int_equal(loss(snapshot, "waits", "the program died while it wrote them"), 1);
    assert_int_equal(loss(snapshot, "events", "the program died while it wrote them"), 1);
    assert_false(snapshot->program.complete);
    snapshot_free(snapshot);
}

static void values_that_the_format_does_not_know_are_counted(void **state)
{
    (void)state;
    writer_context(&writer, 0, 1, 0, 99, 1);
    writer_context(&writer, 1, 2, 0, CONTEXT_CANCEL | 7 << 8, 1);
    writer_event(&writer, 0, 200, 1, 1);
    struct snapshot *snapshot = read_segment();
    assert_int_equal(snapshot->contexts[0].kind, CONTEXT_UNKNOWN_KIND);
    assert_int_equal(snapshot->event_count, 0);
    assert_int_equal(loss(snapshot, "values", "the format does not know them"), 3);
    snapshot_free(snapshot);
}

int main(void)
{
#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, open_writer, close_writer)
    const struct CMUnitTest tests[] = {
        READER_TEST(the_program_is_described),
        READER_TEST(the_dead_are_told_from_the_living),
        READER_TEST(a_process_that_does_not_map_it_is_another),
        READER_TEST(contexts_are_read),
        READER_TEST(counts_prove_unless_something_is_missing),
        READER_TEST(ends_reach_those_below),
        READER_TEST(nothing_is_proved_below_the_unrecorded),
        READER_TEST(texts_that_are_gone_are_empty),
        READER_TEST(stacks_have_modules),
        READER_TEST(stacks_that_lead_nowhere_are_counted),
        READER_TEST(tasks_and_waits_are_read),
        READER_TEST(channels_that_only_waiters_hold_are_dead),
        READER_TEST(channels_that_are_lent_prove_nothing),
        READER_TEST(makers_of_channels_are_holders),
        READER_TEST(holders_that_are_not_there_do_not_count),
        READER_TEST(bounds_that_are_not_here_are_unknown),
        READER_TEST(contexts_that_are_not_here_are_not_absent),
        READER_TEST(selects_that_are_not_whole_prove_nothing),
        READER_TEST(owners_of_mutexes_are_asked_for),
        READER_TEST(old_owners_of_mutexes_prove_nothing),
        READER_TEST(events_come_sorted_from_all_rings),
        READER_TEST(lapped_events_are_counted),
        READER_TEST(torn_items_are_counted),
        READER_TEST(values_that_the_format_does_not_know_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
