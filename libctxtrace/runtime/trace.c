/* The public switch of recording, and annotations. */
#include <ctxtrace/trace.h>

#include "record/capture_own.h"
#include "record/ending.h"
#include "record/record.h"
#include "runtime/end_watch.h"
#include "runtime/node.h"
#include <errno.h>

const char *ctxt_version(void)
{
    return CTXTRACE_VERSION;
}

__attribute__((constructor)) static void introduce(void)
{
    recorder_count_contexts_with(node_count);
}

int ctxt_trace_start(void)
{
    return recorder_start();
}

int ctxt_trace_want(void)
{
    return recorder_want();
}

int ctxt_trace_failure(void)
{
    return recorder_failure();
}

void ctxt_trace_stop(void)
{
    recorder_stop();
}

void ctxt_trace_exits(void)
{
    ending_exit();
}

void ctxt_trace_becomes(void)
{
    ending_exec();
}

void ctxt_trace_goes_on(void)
{
    ending_exec_failed();
}

bool ctxt_trace_is_on(void)
{
    return recording();
}

void ctxt_trace_seal(void)
{
    recorder_seal();
}

void ctxt_trace_unseal(void)
{
    recorder_unseal();
}

const char *ctxt_trace_path(void)
{
    return recorder_path();
}

bool ctxt_trace_skip_module(const void *address)
{
    return capture_add_own_module(address);
}

/* ---- waits ---- */

static uint8_t object_of(enum ctxt_wait_object object)
{
    static const uint8_t kinds[] = {
        [CTXT_WAIT_MUTEX] = SEGMENT_OBJECT_MUTEX,
        [CTXT_WAIT_RWLOCK] = SEGMENT_OBJECT_RWLOCK,
        [CTXT_WAIT_CONDITION] = SEGMENT_OBJECT_CONDITION,
        [CTXT_WAIT_SEMAPHORE] = SEGMENT_OBJECT_SEMAPHORE,
        [CTXT_WAIT_TASK] = SEGMENT_OBJECT_TASK,
        [CTXT_WAIT_DESCRIPTOR] = SEGMENT_OBJECT_DESCRIPTOR,
        [CTXT_WAIT_TIMER] = SEGMENT_OBJECT_TIMER,
    };
    return object < sizeof kinds ? kinds[object] : 0;
}

static uint8_t operation_of(enum ctxt_wait_operation operation)
{
    static const uint8_t operations[] = {
        [CTXT_WAIT_TO_LOCK] = SEGMENT_WAIT_LOCK,
        [CTXT_WAIT_TO_READ_LOCK] = SEGMENT_WAIT_READ_LOCK,
        [CTXT_WAIT_FOR_SIGNAL] = SEGMENT_WAIT_CONDITION,
        [CTXT_WAIT_TO_ACQUIRE] = SEGMENT_WAIT_ACQUIRE,
        [CTXT_WAIT_FOR_EXIT] = SEGMENT_WAIT_JOIN,
        [CTXT_WAIT_TO_READ] = SEGMENT_WAIT_READ,
        [CTXT_WAIT_TO_WRITE] = SEGMENT_WAIT_WRITE,
        [CTXT_WAIT_TO_ACCEPT] = SEGMENT_WAIT_ACCEPT,
        [CTXT_WAIT_TO_CONNECT] = SEGMENT_WAIT_CONNECT,
        [CTXT_WAIT_FOR_EVENTS] = SEGMENT_WAIT_POLL,
        [CTXT_WAIT_FOR_TIME] = SEGMENT_WAIT_SLEEP,
    };
    return operation < sizeof operations ? operations[operation] : 0;
}

/* The bits of the two are the same. */
_Static_assert((unsigned)CTXT_LOCK_OF_LIBC == (unsigned)SEGMENT_LOCK_OF_LIBC &&
                   (unsigned)CTXT_LOCK_RECURSIVE == (unsigned)SEGMENT_LOCK_RECURSIVE &&
                   (unsigned)CTXT_LOCK_ERROR_CHECKING == (unsigned)SEGMENT_LOCK_ERROR_CHECKING &&
                   (unsigned)CTXT_LOCK_ROBUST == (unsigned)SEGMENT_LOCK_ROBUST &&
                   (unsigned)CTXT_LOCK_SHARED == (unsigned)SEGMENT_LOCK_SHARED &&
                   (unsigned)CTXT_LOCK_ANY_UNLOCKS == (unsigned)SEGMENT_LOCK_ANY_UNLOCKS &&
                   (unsigned)CTXT_WAIT_CANCELLABLE == (unsigned)SEGMENT_WAIT_CANCELLABLE &&
                   (unsigned)CTXT_LOCK_OTHERS_UNLOCK == (unsigned)SEGMENT_LOCK_OTHERS_UNLOCK,
               "a property has another bit in the segment");
enum { KNOWN_PROPERTIES = 2 * CTXT_LOCK_OTHERS_UNLOCK - 1 };

static struct record_wait described(const ctxt_wait_description_t *description)
{
    uint64_t object_id = 0;
    if (description->object == CTXT_WAIT_TASK)
        object_id = description->joined;
    else if (description->object == CTXT_WAIT_CONDITION)
        object_id = (uint64_t)(uintptr_t)description->released;
    else if (description->object == CTXT_WAIT_DESCRIPTOR)
        object_id = (uint64_t)(int64_t)description->descriptor;
    return (struct record_wait){
        .object = object_of(description->object),
        .operation = operation_of(description->operation),
        .object_id = object_id,
        .address = description->address,
        .until_ns = description->until_ns,
        .bounded_by_id = end_watch_id(description->bounded_by),
        .owner_task_id = description->owner,
        .flags = description->properties & KNOWN_PROPERTIES,
    };
}

uint32_t ctxt_wait_begin(const ctxt_wait_description_t *description)
{
    if (!recording())
        return 0;
    struct record_wait wait = described(description);
    return record_wait_begin(&wait, 1);
}

uint32_t ctxt_wait_begin_marked(const ctxt_wait_description_t *description, ctxt_wait_mark_t *mark)
{
    struct record_wait_mark recorded = {0, 0};
    uint32_t token = 0;
    if (recording()) {
        struct record_wait wait = described(description);
        token = record_wait_begin_marked(&wait, &recorded);
    }
    *mark = (ctxt_wait_mark_t){recorded.place, recorded.sequence};
    return token;
}

void ctxt_wait_end(uint32_t token)
{
    record_wait_end(token);
}

void ctxt_wait_holders(uint32_t token, const ctxt_wait_holders_t *holders)
{
    struct record_wait_holders record = {
        .owner_task_id = holders->owner,
        .owner_thread = holders->owner_thread,
        .owner_gone = holders->owner_gone,
        .owner_wait = {holders->owner_in.place, holders->owner_in.sequence},
    };
    for (int i = 0; i < CTXT_HELD_LOCKS; i++) {
        if (!holders->held[i].address)
            continue;
        record.held[i] = (uint64_t)(uintptr_t)holders->held[i].address;
        if (holders->held[i].object == CTXT_WAIT_RWLOCK)
            record.held[i] |= SEGMENT_HELD_RWLOCK;
    }
    record_wait_holders(token, &record);
}
