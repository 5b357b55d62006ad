#include "golang/model/waits.h"

#include "golang/binary/field.h"
#include "golang/binary/struct_view.h"

#include <string.h>

#define MAX_QUEUE 4096 /* waiters of one list that are looked at */

static bool is_reason(const struct goroutine *goroutine, const char *text)
{
    /* Inside a testing/synctest bubble the reasons end in "(durable)". */
    size_t length = strlen(text);
    return strncmp(goroutine->reason_text, text, length) == 0 &&
           (!goroutine->reason_text[length] ||
            strcmp(goroutine->reason_text + length, " (durable)") == 0);
}

static struct go_wait *add(struct go_waits *waits, uint8_t object, uint8_t operation,
                           uint64_t address)
{
    if (waits->count == MAX_WAITS) {
        waits->truncated = true;
        return NULL;
    }
    struct go_wait *wait = &waits->items[waits->count++];
    *wait = (struct go_wait){.object = object,
                             .operation = operation,
                             .address = address,
                             .signal = address,
                             .descriptor = -1,
                             .until_ns = SNAPSHOT_NEVER};
    return wait;
}

static void note_sudog(struct go_waits *waits, uint64_t sudog)
{
    if (waits->sudog_count < MAX_WAITS)
        waits->sudogs[waits->sudog_count++] = sudog;
    else
        waits->truncated = true;
}

/* ---- channels ---- */

static bool queue_has(const struct go_program *program, uint64_t sudog, uint64_t wanted)
{
    for (unsigned i = 0; sudog && i < MAX_QUEUE; i++) {
        if (sudog == wanted)
            return true;
        sudog = field_word(program, sudog, SUDOG_NEXT);
    }
    return false;
}

static size_t size_of_sudog(const struct go_program *program)
{
    int32_t size = field_offset(program, SUDOG_SIZE);
    return size > 0 ? (size_t)size : 96;
}

/* Up to the last field that is read. */
static size_t size_of_channel(const struct go_program *program)
{
    static const enum layout_field fields[] = {HCHAN_QCOUNT, HCHAN_DATAQSIZ, HCHAN_CLOSED,
                                               HCHAN_TIMER,  HCHAN_ELEMTYPE, HCHAN_RECVQ,
                                               HCHAN_SENDQ};
    int32_t last = 0;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (field_offset(program, fields[i]) > last)
            last = field_offset(program, fields[i]);
    return (size_t)last + 8;
}

/* Of a case of a select: does it send? */
static bool sends(const struct go_program *program, const struct struct_view *channel,
                  uint64_t sudog)
{
    uint64_t senders = view_word(channel, HCHAN_SENDQ);
    uint64_t receivers = view_word(channel, HCHAN_RECVQ);
    if (!senders || !receivers)
        return senders != 0;
    return queue_has(program, senders, sudog);
}

static uint32_t at_most_u32(uint64_t number)
{
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

static void fill_in_channel(const struct go_program *program, const struct struct_view *channel,
                            struct go_wait *wait)
{
    uint64_t timer = view_word(channel, HCHAN_TIMER);
    wait->timer = timer != 0;
    wait->closed = view_u32(channel, HCHAN_CLOSED) != 0;
    wait->length = at_most_u32(view_word(channel, HCHAN_QCOUNT));
    wait->capacity = at_most_u32(view_word(channel, HCHAN_DATAQSIZ));
    wait->element_type = view_word(channel, HCHAN_ELEMTYPE);
    if (timer)
        wait->until_ns = (int64_t)field_word(program, timer, TIMER_WHEN);
}

/*
 * A nil channel, an empty select, or one all of whose channels are nil: select drops nil channels
 * before it waits, and has the others on the goroutine before that is seen to wait.
 */
static void wait_for_nothing(struct go_waits *waits, uint8_t operation)
{
    add(waits, OBJECT_NOTHING, operation, 0);
    waits->confirmed = waits->forever = true;
}

/* A list read in motion can lead back into itself. */
static bool is_ring(const struct go_waits *waits)
{
    for (size_t i = 0; i < waits->sudog_count; i++)
        for (size_t n = i + 1; n < waits->sudog_count; n++)
            if (waits->sudogs[i] == waits->sudogs[n])
                return true;
    return false;
}

static void add_channel(const struct go_program *program, const struct goroutine *goroutine,
                        uint64_t address, uint64_t sudog, struct go_waits *waits)
{
    struct struct_view channel;
    view_open(program, address, size_of_channel(program), &channel);
    bool send = is_reason(goroutine, "chan send") ||
                (is_reason(goroutine, "select") && sends(program, &channel, sudog));
    struct go_wait *wait = add(waits, OBJECT_CHANNEL, send ? WAIT_SEND : WAIT_RECEIVE, address);
    if (wait)
        fill_in_channel(program, &channel, wait);
}

static void channel_waits(const struct go_program *program, const struct goroutine *goroutine,
                          struct go_waits *waits)
{
    uint64_t sudog = goroutine->waiting;
    if (!sudog && is_reason(goroutine, "select")) {
        wait_for_nothing(waits, WAIT_RECEIVE);
        return;
    }
    waits->confirmed = sudog != 0;
    while (sudog && !waits->truncated) {
        struct struct_view of_sudog;
        view_open(program, sudog, size_of_sudog(program), &of_sudog);
        if (view_word(&of_sudog, SUDOG_G) != goroutine->address || !view_word(&of_sudog, SUDOG_C)) {
            waits->confirmed = false;
            return;
        }
        note_sudog(waits, sudog);
        add_channel(program, goroutine, view_word(&of_sudog, SUDOG_C), sudog, waits);
        sudog = view_word(&of_sudog, SUDOG_WAITLINK);
    }
    waits->confirmed &= !sudog && !waits->truncated;
    if (waits->truncated && is_ring(waits)) {
        waits->count = waits->sudog_count = 0;
        waits->truncated = false;
    }
}

/* ---- semaphores and conditions ---- */

static const struct go_frame *frame_of(const struct go_stack *stack, const char *function)
{
    for (size_t i = 0; i < stack->count && i < 8; i++)
        if (strcmp(stack->frames[i].info->function.name, function) == 0)
            return &stack->frames[i];
    return NULL;
}

/* The sudog of this goroutine that the frame has in one of its words. */
static uint64_t sudog_in(const struct go_program *program, const struct go_frame *frame,
                         const struct goroutine *goroutine)
{
    for (uint64_t at = frame->sp; at < frame->top; at += 8) {
        uint64_t sudog = memory_word(program->memory, at);
        if (!sudog || sudog % 8 || (sudog >= goroutine->low && sudog < goroutine->high))
            continue;
        if (field_word(program, sudog, SUDOG_G) == goroutine->address &&
            !field_word(program, sudog, SUDOG_C) && field_word(program, sudog, SUDOG_ELEM))
            return sudog;
    }
    return 0;
}

struct lock_kind {
    const char *reason, *function; /* since Go 1.20; the caller's name tells in older ones */
    uint8_t object, operation;
    uint64_t before; /* the semaphore lies so far behind the beginning of the lock */
};

static const struct lock_kind lock_kinds[] = {
    {"sync.RWMutex.RLock", "(*RWMutex).RLock", OBJECT_RWMUTEX, WAIT_READ_LOCK, 12},
    {"sync.RWMutex.Lock", "(*RWMutex).Lock", OBJECT_RWMUTEX, WAIT_LOCK, 8},
    {"sync.Mutex.Lock", "(*Mutex).", OBJECT_MUTEX, WAIT_LOCK, 4},
    {"sync.WaitGroup.Wait", "(*WaitGroup).Wait", OBJECT_WAIT_GROUP, WAIT_GROUP_EMPTY, 8},
    {"semacquire", "", OBJECT_SEMAPHORE, WAIT_ACQUIRE, 0},
};

static bool stack_names_function(const struct go_program *program, const struct go_stack *stack,
                                 const char *part)
{
    for (size_t i = 0; i < stack->count && i < 8; i++) {
        const struct pc_info *info = stack->frames[i].info;
        pc_info_lines(program, info);
        for (size_t n = 0; n < info->line_count; n++)
            if (strncmp(info->lines[n].function, "sync.", 5) == 0 &&
                strstr(info->lines[n].function, part))
                return true;
    }
    return false;
}

static const struct lock_kind *kind_of_lock(const struct go_program *program,
                                            const struct goroutine *goroutine,
                                            const struct go_stack *stack)
{
    bool by_name = is_reason(goroutine, "semacquire");
    for (size_t i = 0; i < sizeof lock_kinds / sizeof lock_kinds[0]; i++) {
        const struct lock_kind *kind = &lock_kinds[i];
        if (by_name ? !kind->function[0] || stack_names_function(program, stack, kind->function)
                    : is_reason(goroutine, kind->reason))
            return kind;
    }
    return NULL;
}

static void semaphore_wait(const struct go_program *program, const struct goroutine *goroutine,
                           const struct go_stack *stack, struct go_waits *waits)
{
    const struct go_frame *frame = frame_of(stack, "runtime.semacquire1");
    const struct lock_kind *kind = kind_of_lock(program, goroutine, stack);
    uint64_t sudog = frame ? sudog_in(program, frame, goroutine) : 0;
    if (!kind)
        return;
    uint64_t semaphore = sudog ? field_word(program, sudog, SUDOG_ELEM) : 0;
    uint8_t object = kind->object;
    uint64_t before = kind->before;
    /* A writer that waits for another writer waits for the mutex at the RWMutex's beginning. */
    if (kind->operation == WAIT_LOCK && stack_names_function(program, stack, "(*Mutex).") &&
        stack_names_function(program, stack, "(*RWMutex).Lock")) {
        object = OBJECT_RWMUTEX;
        before = 4;
    }
    struct go_wait *wait = add(waits, object, kind->operation, semaphore ? semaphore - before : 0);
    if (wait)
        wait->signal = semaphore;
    if (sudog)
        note_sudog(waits, sudog);
    waits->confirmed = semaphore != 0;
}

/* Where a sync.Cond has its list: behind its Locker. */
#define LIST_OF_COND 16

/*
 * Head and tail tell the list from the place one word further on, where the tail would be the head.
 */
static bool is_list(const struct go_program *program, uint64_t list, uint64_t sudog)
{
    uint64_t head = field_word(program, list, NOTIFY_HEAD);
    int32_t offset = field_offset(program, NOTIFY_HEAD);
    uint64_t tail = memory_word(program->memory, list + (uint64_t)offset + 8);
    return queue_has(program, head, sudog) && tail && queue_has(program, head, tail);
}

static uint64_t list_of(const struct go_program *program, const struct go_stack *stack,
                        const struct go_frame *frame, uint64_t sudog)
{
    uint64_t end = frame + 1 < stack->frames + stack->count ? frame[1].top : frame->top;
    for (uint64_t at = frame->sp; at < end; at += 8) {
        uint64_t list = memory_word(program->memory, at);
        if (list && list % 8 == 0 && is_list(program, list, sudog))
            return list;
    }
    return 0;
}

static void condition_wait(const struct go_program *program, const struct goroutine *goroutine,
                           const struct go_stack *stack, struct go_waits *waits)
{
    const struct go_frame *frame = frame_of(stack, "sync.runtime_notifyListWait");
    uint64_t list = 0;
    /* The frame can also hold remains of an earlier wait: the sudog that is in a list counts. */
    for (uint64_t at = frame ? frame->sp : 0; frame && at < frame->top && !list; at += 8) {
        uint64_t sudog = memory_word(program->memory, at);
        if (!sudog || sudog % 8 || (sudog >= goroutine->low && sudog < goroutine->high) ||
            field_word(program, sudog, SUDOG_G) != goroutine->address)
            continue;
        list = list_of(program, stack, frame, sudog);
        if (list)
            note_sudog(waits, sudog);
    }
    struct go_wait *wait =
        add(waits, OBJECT_CONDITION, WAIT_CONDITION, list ? list - LIST_OF_COND : 0);
    if (wait)
        wait->signal = list;
    waits->confirmed = list != 0;
}

/* ---- the rest ---- */

/* The poll descriptor by which this goroutine waits, if the word leads to it. */
static bool read_poll(const struct go_program *program, const struct goroutine *goroutine,
                      uint64_t poll, struct go_wait *wait)
{
    if (!poll || poll % 8 || (poll >= goroutine->low && poll < goroutine->high))
        return false;
    bool reads = field_word(program, poll, POLL_RG) == goroutine->address;
    bool writes = field_word(program, poll, POLL_WG) == goroutine->address;
    uint64_t descriptor = field_word(program, poll, POLL_FD);
    if ((!reads && !writes) || descriptor > INT32_MAX)
        return false;
    int64_t deadline = (int64_t)field_word(program, poll, reads ? POLL_RD : POLL_WD);
    if (wait->operation == WAIT_POLL)
        wait->operation = reads ? WAIT_READ : WAIT_WRITE;
    wait->descriptor = (int32_t)descriptor;
    wait->until_ns = deadline > 0 ? deadline : SNAPSHOT_NEVER;
    return true;
}

void wait_find_descriptor(const struct go_program *program, const struct goroutine *goroutine,
                          const struct go_stack *stack, struct go_wait *wait)
{
    for (size_t i = 0; i < stack->count && i < 6; i++) {
        const struct go_frame *frame = &stack->frames[i];
        for (uint64_t at = frame->sp; at < frame->top; at += 8)
            if (read_poll(program, goroutine, memory_word(program->memory, at), wait))
                return;
    }
}

static void poll_wait(const struct go_program *program, const struct goroutine *goroutine,
                      const struct go_stack *stack, struct go_waits *waits)
{
    struct go_wait *wait = add(waits, OBJECT_DESCRIPTOR, WAIT_POLL, 0);
    wait->until_ns = SNAPSHOT_TIME_UNKNOWN; /* unless its descriptor is found, which knows */
    wait_find_descriptor(program, goroutine, stack, wait);
}

static void sleep_wait(const struct go_program *program, const struct goroutine *goroutine,
                       struct go_waits *waits)
{
    struct go_wait *wait = add(waits, OBJECT_TIMER, WAIT_SLEEP, goroutine->timer);
    if (goroutine->timer)
        wait->until_ns = (int64_t)field_word(program, goroutine->timer, TIMER_WHEN);
}

/* A poll that is an accept or a connect says so by the functions above it. */
static void refine_poll(const struct go_program *program, const struct go_stack *stack,
                        struct go_waits *waits)
{
    for (size_t i = 0; waits->count && i < stack->count && i < 8; i++) {
        const struct pc_info *info = stack->frames[i].info;
        pc_info_lines(program, info);
        for (size_t n = 0; n < info->line_count; n++) {
            if (strcmp(info->lines[n].function, "internal/poll.(*FD).Accept") == 0)
                waits->items[0].operation = WAIT_ACCEPT;
            else if (strcmp(info->lines[n].function, "net.(*netFD).connect") == 0)
                waits->items[0].operation = WAIT_CONNECT;
        }
    }
}

void waits_of(const struct go_program *program, const struct goroutine *goroutine,
              const struct go_stack *stack, struct go_waits *waits)
{
    waits->count = waits->sudog_count = 0;
    waits->truncated = waits->confirmed = waits->forever = false;
    if (goroutine->status == GO_SYSCALL) {
        add(waits, OBJECT_SYSCALL, WAIT_SYSCALL, 0);
        return;
    }
    if (goroutine->status != GO_WAITING && goroutine->status != GO_LEAKED)
        return;
    if (is_reason(goroutine, "chan receive") || is_reason(goroutine, "chan send") ||
        is_reason(goroutine, "select")) {
        channel_waits(program, goroutine, waits);
    } else if (is_reason(goroutine, "chan receive (nil chan)")) {
        wait_for_nothing(waits, WAIT_RECEIVE);
    } else if (is_reason(goroutine, "chan send (nil chan)")) {
        wait_for_nothing(waits, WAIT_SEND);
    } else if (is_reason(goroutine, "select (no cases)")) {
        wait_for_nothing(waits, WAIT_UNKNOWN);
    } else if (is_reason(goroutine, "sync.Cond.Wait")) {
        condition_wait(program, goroutine, stack, waits);
    } else if (is_reason(goroutine, "IO wait")) {
        poll_wait(program, goroutine, stack, waits);
        refine_poll(program, stack, waits);
    } else if (is_reason(goroutine, "sleep")) {
        sleep_wait(program, goroutine, waits);
    } else if (strncmp(goroutine->reason_text, "sync.", 5) == 0 ||
               is_reason(goroutine, "semacquire")) {
        semaphore_wait(program, goroutine, stack, waits);
    }
}
