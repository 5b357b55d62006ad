/* The public switch of recording, and annotations. */
#include "record/capture_own.h"
#include "record/ending.h"
#include "record/record.h"
#include "runtime/end_watch.h"
#include "runtime/node.h"

#include <ctxtrace/trace.h>

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

/* The words of trace.h, where a row of the vocabulary has one. */
static uint8_t object_of(enum ctxt_wait_object object)
{
    static const uint8_t kinds[] = {
#define OBJECT_KIND(value, name, word, recorded, meaning, ...) __VA_OPT__([__VA_ARGS__] = (name), )
#include "vocabulary/words.def"
    };
    return object < sizeof kinds ? kinds[object] : OBJECT_UNKNOWN;
}

static uint8_t operation_of(enum ctxt_wait_operation operation)
{
    static const uint8_t operations[] = {
#define WAIT_OPERATION(value, name, word, phrase, recorded, meaning, ...)                          \
    __VA_OPT__([__VA_ARGS__] = (name), )
#include "vocabulary/words.def"
    };
    return operation < sizeof operations ? operations[operation] : WAIT_UNKNOWN;
}

#define WAIT_PROPERTY(bit, name, public_name)                                                      \
    _Static_assert((unsigned)(name) == (unsigned)(public_name),                                    \
                   "a property has another bit in trace.h");
#include "vocabulary/words.def"
enum { KNOWN_PROPERTIES = 2 * CTXT_LOCK_OTHERS_UNLOCK - 1 };

static inline __attribute__((always_inline)) struct record_wait
described(const ctxt_wait_description_t *description)
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
        .properties = description->properties & KNOWN_PROPERTIES,
        .site = description->site,
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
    *mark = (ctxt_wait_mark_t){0, 0};
    if (!recording())
        return 0;
    struct record_wait wait = described(description);
    return (uint32_t)(mark->place = record_wait_begin_marked(&wait, &mark->sequence));
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
        record.held[i].address = holders->held[i].address;
        record.held[i].is_rwlock = holders->held[i].object == CTXT_WAIT_RWLOCK;
    }
    record_wait_holders(token, &record);
}
