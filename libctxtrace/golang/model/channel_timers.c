#include "golang/model/channel_timers.h"

#include "golang/binary/address_map.h"
#include "golang/binary/field.h"
#include "golang/binary/types.h"
#include "golang/heap/processors.h"

#include <stdlib.h>

#define MOST_PROCESSORS   65536
#define MOST_OF_PROCESSOR 65536     /* bytes */
#define MOST_TIMERS       (1 << 22) /* of one P; a list in motion can have any length */

/* Up to Go 1.22, runtime.timer.status of those that will run, and where `nextwhen` counts. */
enum {
    TIMER_WAITING = 1,
    TIMER_RUNNING = 2,
    TIMER_MODIFIED_EARLIER = 7,
    TIMER_MODIFIED_LATER = 8,
    TIMER_MOVING = 9
};

/* Since Go 1.23, a bit of runtime.timer.state: stopped, and not yet taken out of the heap. */
enum { TIMER_ZOMBIE = 4 };

struct timer_search {
    const struct go_program *program;
    struct goroutine_stacks *stacks;
    struct address_map last; /* of the waits for a channel */
    uint32_t *before;        /* the one before, of each wait */
};

/* time.NewTimer and its like make channels of one time.Time. */
static bool may_have_timer(const struct go_program *program, const struct go_wait *wait)
{
    return wait->object == OBJECT_CHANNEL && wait->operation == WAIT_RECEIVE && !wait->timer &&
           wait->capacity == 1 && go_type_is(program, wait->element_type, "time", "time.Time");
}

/* When it will run; 0 if it will not. */
static int64_t end_of(const struct go_program *program, uint64_t timer)
{
    if (field_offset(program, TIMER_STATE) >= 0)
        return field_u8(program, timer, TIMER_STATE) & TIMER_ZOMBIE
                   ? 0
                   : (int64_t)field_word(program, timer, TIMER_WHEN);
    switch (field_u32(program, timer, TIMER_STATUS)) {
    case TIMER_MODIFIED_EARLIER:
    case TIMER_MODIFIED_LATER:
        return (int64_t)field_word(program, timer, TIMER_NEXTWHEN);
    case TIMER_WAITING:
    case TIMER_RUNNING:
    case TIMER_MOVING:
        return (int64_t)field_word(program, timer, TIMER_WHEN);
    default:
        return 0;
    }
}

static void look_at_timer(struct timer_search *search, uint64_t timer)
{
    const struct go_program *program = search->program;
    int32_t argument = field_offset(program, TIMER_ARG);
    uint64_t channel = memory_word(program->memory, timer + (uint64_t)argument + 8);
    uint32_t at = channel ? address_map_get(&search->last, channel) : ADDRESS_MAP_NONE;
    int64_t end = at == ADDRESS_MAP_NONE ? 0 : end_of(program, timer);
    for (; end > 0 && at != ADDRESS_MAP_NONE; at = search->before[at]) {
        search->stacks->waits[at].timer = true;
        search->stacks->waits[at].until_ns = end;
    }
}

/* Since Go 1.23 the heap of a P has pairs of a timer and its time, before it had timers. */
static void look_at_processor(struct timer_search *search, uint64_t processor)
{
    const struct go_program *program = search->program;
    int32_t pairs = field_offset(program, P_TIMER_HEAP), at = field_offset(program, P_TIMERS);
    uint64_t step = pairs >= 0 ? 16 : 8;
    struct slice timers = go_slice(program, processor + (uint64_t)(pairs >= 0 ? pairs : at));
    for (uint64_t i = 0; i < timers.length && i < MOST_TIMERS; i++) {
        uint64_t timer = memory_word(program->memory, timers.data + step * i);
        if (timer)
            look_at_timer(search, timer);
    }
}

static bool can_find(const struct go_program *program)
{
    bool new_ones = field_offset(program, P_TIMER_HEAP) >= 0;
    return field_offset(program, P_TIMERS) >= 0 && field_offset(program, TIMER_ARG) >= 0 &&
           field_offset(program, new_ones ? TIMER_STATE : TIMER_STATUS) >= 0;
}

static bool add_wait(struct timer_search *search, uint32_t index)
{
    uint64_t channel = search->stacks->waits[index].address;
    if (!search->before)
        search->before = calloc(search->stacks->wait_count, sizeof *search->before);
    if (!search->before)
        return false;
    search->before[index] = address_map_get(&search->last, channel);
    return address_map_put(&search->last, channel, index);
}

static bool add_waits(struct timer_search *search, bool has_processors)
{
    bool can = has_processors && can_find(search->program);
    for (size_t i = 0; i < search->stacks->wait_count; i++) {
        struct go_wait *wait = &search->stacks->waits[i];
        if (!may_have_timer(search->program, wait))
            continue;
        if (!can)
            wait->until_ns = SNAPSHOT_TIME_UNKNOWN;
        else if (!add_wait(search, (uint32_t)i))
            return false;
    }
    return true;
}

static void look_at_processors(struct timer_search *search)
{
    const struct go_program *program = search->program;
    struct slice processors = go_slice(program, program->processors);
    for (uint64_t i = 0; i < processors.length && i < MOST_PROCESSORS; i++)
        look_at_processor(search, memory_word(program->memory, processors.data + 8 * i));
}

/* Without symbols the list of Ps cannot be found, but they can be told from other objects. */
static void look_for_processors(struct timer_search *search, const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        const struct span *span = &heap->spans[i];
        if (span->element > MOST_OF_PROCESSOR || !span_may_have_processors(search->program, span))
            continue;
        for (uint32_t n = 0; n < span->count; n++) {
            uint64_t processor = processor_in(search->program, span_object(span, n));
            if (processor)
                look_at_processor(search, processor);
        }
    }
}

bool channel_timers_find(const struct go_program *program, const struct heap *heap,
                         struct goroutine_stacks *stacks)
{
    struct timer_search search = {.program = program, .stacks = stacks};
    bool good = add_waits(&search, program->processors || heap->count);
    if (good && search.last.count && program->processors)
        look_at_processors(&search);
    else if (good && search.last.count)
        look_for_processors(&search, heap);
    address_map_free(&search.last);
    free(search.before);
    return good;
}
