/*
 * What the runtime can reach and hand to the program although no marking reaches it.
 *
 * The runtime keeps what it has to do for an object in a list of "specials" outside of the heap.
 * The kinds, and how each is treated:
 *
 *  - A finalizer is called with its object when nothing else reaches the object. So what the object
 *    holds is a root, and so is the finalizer; the object itself is not.
 *  - A cleanup is called when its object is gone: what it is called with is a root.
 *  - Finalizers and cleanups that are due are in queues (on their way there in Go 1.25 and later:
 *    in a block of the P that sweeps, which is in the list of all blocks), until they have
 *    returned. Roots, too. In stripped programs the queues are not found; there all must be at
 *    rest.
 *  - A weak pointer is a pointer to a handle, a small object of its own that holds the address of
 *    its object as a number. The object exists as long as something keeps it alive, perhaps a
 *    goroutine that is blocked for ever; and then whoever reaches the handle reaches the object. So
 *    the object is reached when the handle is, and not before: a handle that nobody can reach is of
 *    no use. Package unique finds its values through such handles, too. (Handles of global data are
 *    ignored: that is a root anyway.)
 *  - The others (profiles, counters of pins and of bubbles, marks of the runtime's own tests) hold
 *    nothing. What a release newer than these may note is unknown, and so is then what is reached.
 */
#include "golang/binary/field.h"
#include "golang/proof/marking_state.h"

#include <string.h>

#define MAX_BLOCKS         65536
#define FINALIZER_SIZE_DUE 40  /* of one that is due */
#define FINALIZERS_DUE     101 /* in a block */
#define CLEANUP_BLOCK_SIZE 512

enum special { SPECIAL_FINALIZER, SPECIAL_WEAK_HANDLE, SPECIAL_CLEANUP, SPECIAL_EMPTY };

/* false: it is none that is known. */
static bool special_kind(const struct special_numbers *numbers, uint8_t number, enum special *kind)
{
    *kind = number == numbers->finalizer     ? SPECIAL_FINALIZER
            : number == numbers->weak_handle ? SPECIAL_WEAK_HANDLE
            : number == numbers->cleanup     ? SPECIAL_CLEANUP
                                             : SPECIAL_EMPTY;
    return number <= numbers->last;
}

static uint64_t special_object(const struct go_program *program, const struct span *span,
                               uint64_t special)
{
    /* Of a part of the object, when that is what was given a weak pointer or a cleanup. */
    uint64_t offset = program->layout.traits.wide_special_offset
                          ? field_word(program, special, SPECIAL_OFFSET)
                          : field_u16(program, special, SPECIAL_OFFSET);
    return offset < span->size ? span->start + offset : 0;
}

static void mark_words(struct marking *marking, uint64_t address, uint64_t size)
{
    marking->verdicts->complete &=
        visit_range(marking->program, address, size, 0, mark_visited, marking);
}

static void mark_special(struct marking *marking, const struct span *span, uint64_t special)
{
    const struct go_program *program = marking->program;
    uint64_t object = special_object(program, span, special);
    enum special kind;
    int32_t size;
    if (!object || !special_kind(&program->layout.traits.specials,
                                 field_u8(program, special, SPECIAL_KIND), &kind)) {
        marking->verdicts->complete = false;
        return;
    }
    switch (kind) {
    case SPECIAL_FINALIZER:
        size = field_offset(program, FINALIZER_SIZE);
        mark_words(marking, special, size > 0 ? (uint64_t)size : 64);
        if (!span->noscan)
            visit_object(&marking->masks, span, span_index_of(span, object), mark_visited, marking);
        return;
    case SPECIAL_WEAK_HANDLE:
        mark_when_reached(marking, field_word(program, special, WEAK_HANDLE), object);
        return;
    case SPECIAL_CLEANUP:
        size = field_offset(program, CLEANUP_SPECIAL_SIZE);
        mark_words(marking, special, size > 0 ? (uint64_t)size : 64);
        return;
    case SPECIAL_EMPTY:
        return;
    }
}

static void mark_specials(struct marking *marking)
{
    for (size_t i = 0; i < marking->model->heap.count; i++) {
        const struct span *span = &marking->model->heap.spans[i];
        uint64_t special = span->specials;
        for (uint64_t n = 0; special; n++) {
            if (n == span_max_specials(span)) { /* a ring */
                marking->verdicts->complete = false;
                break;
            }
            marking->verdicts->complete &= memory_at(marking->program->memory, special, 16) != NULL;
            mark_special(marking, span, special);
            special = field_word(marking->program, special, SPECIAL_NEXT);
        }
    }
}

/* ---- queues of finalizers and cleanups that are due ---- */

static void mark_finalizer_queue(struct marking *marking)
{
    const struct go_program *program = marking->program;
    uint64_t block =
        program->last_finalizers ? memory_word(program->memory, program->last_finalizers) : 0;
    int32_t first = field_offset(program, FINBLOCK_FIN);
    for (unsigned i = 0; block && first >= 0 && i < MAX_BLOCKS; i++) {
        uint64_t count = field_u32(program, block, FINBLOCK_COUNT);
        if (count > FINALIZERS_DUE)
            count = FINALIZERS_DUE;
        mark_words(marking, block + (uint64_t)first, count * FINALIZER_SIZE_DUE);
        block = field_word(program, block, FINBLOCK_ALLLINK);
    }
}

static void mark_cleanup_queue(struct marking *marking)
{
    const struct go_program *program = marking->program;
    int32_t all = field_offset(program, CLEANUP_QUEUE_ALL);
    int32_t first = field_offset(program, CLEANUP_BLOCK_FIRST);
    int32_t size = field_offset(program, CLEANUP_FN_SIZE);
    if (!program->cleanup_blocks || all < 0 || first < 0 || first >= CLEANUP_BLOCK_SIZE)
        return;
    if (size <= 0)
        size = 8; /* plain functions, in Go 1.25 */
    uint64_t room = (CLEANUP_BLOCK_SIZE - (uint64_t)first) / (uint64_t)size;
    uint64_t block = memory_word(program->memory, program->cleanup_blocks + (uint64_t)all);
    for (unsigned i = 0; block && i < MAX_BLOCKS; i++) {
        uint64_t count = field_u32(program, block, CLEANUP_BLOCK_COUNT);
        mark_words(marking, block + (uint64_t)first,
                   (count < room ? count : room) * (uint64_t)size);
        block = field_word(program, block, CLEANUP_BLOCK_ALLLINK);
    }
}

/* ---- where the queues cannot be found, in stripped programs ---- */

enum workers { NO_WORKERS, WORKERS_WAIT, WORKERS_WORK };

/* Those that work off a queue wait for more only while it is empty. */
static enum workers look_at_workers(const struct marking *marking, const char *function,
                                    const char *reason)
{
    const struct goroutines *goroutines = &marking->model->goroutines;
    enum workers found = NO_WORKERS;
    for (size_t i = 0; i < goroutines->count; i++) {
        const struct goroutine *goroutine = &goroutines->items[i];
        const struct pc_info *info =
            goroutine->system ? pc_info(marking->program, goroutine->startpc) : NULL;
        if (!info || !info->known || strcmp(info->function.name, function) != 0)
            continue;
        if (strcmp(goroutine->reason_text, reason) != 0)
            return WORKERS_WORK;
        found = WORKERS_WAIT;
    }
    return found;
}

/* Cleanups get from the P that sweeps into the queue when all is swept. */
static bool all_is_swept(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++)
        if (!heap->spans[i].swept)
            return false;
    return true;
}

static void check_queues(struct marking *marking)
{
    const struct go_program *program = marking->program;
    bool empty = true;
    if (!program->last_finalizers)
        empty = look_at_workers(marking, "runtime.runfinq", "finalizer wait") != WORKERS_WORK &&
                look_at_workers(marking, "runtime.runFinalizers", "finalizer wait") != WORKERS_WORK;
    if (!program->cleanup_blocks) {
        enum workers workers = look_at_workers(marking, "runtime.runCleanups", "cleanup wait");
        empty = empty && workers != WORKERS_WORK &&
                (workers == NO_WORKERS || all_is_swept(&marking->model->heap));
    }
    marking->verdicts->complete &= empty;
}

void mark_specials_and_queues(struct marking *marking)
{
    marking->origin = (struct origin){.kind = ORIGIN_RUNTIME};
    mark_specials(marking);
    mark_finalizer_queue(marking);
    mark_cleanup_queue(marking);
    check_queues(marking);
}
