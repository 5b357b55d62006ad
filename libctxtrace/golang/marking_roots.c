/* The roots that are no goroutine's: global data, finalizers and their like, threads. */
#include "golang/marking_state.h"
#include "golang/threads.h"

#include <string.h>

#define MAX_BLOCKS 65536

static void mark_global(void *state, uint64_t at, uint64_t pointer)
{
    struct marking *marking = state;
    marking->origin = (struct origin){.where = at, .kind = ORIGIN_GLOBAL};
    mark_pointer(marking, pointer);
}

static void mark_globals(struct marking *marking)
{
    bool complete = true;
    for (size_t i = 0; i < marking->program->module_count; i++) {
        const struct module *module = &marking->program->modules[i];
        bool has_masks = module->data_words == (module->edata - module->data) / 8 &&
                         module->bss_words == (module->ebss - module->bss) / 8;
        complete &= visit_range(marking->program, module->data, module->edata - module->data,
                                has_masks ? module->data_mask : 0, mark_global, marking);
        complete &= visit_range(marking->program, module->bss, module->ebss - module->bss,
                                has_masks ? module->bss_mask : 0, mark_global, marking);
    }
    marking->verdicts->complete &= complete;
}

/* ---- specials: what the runtime notes of single objects ---- */

enum special { SPECIAL_FINALIZER, SPECIAL_WEAK_HANDLE, SPECIAL_CLEANUP, SPECIAL_OTHER };

static enum special special_kind(int minor, uint8_t number)
{
    uint8_t finalizer = minor >= 25 ? 2 : 1;
    if (number == finalizer)
        return SPECIAL_FINALIZER;
    if (minor >= 23 && number == finalizer + 1)
        return SPECIAL_WEAK_HANDLE;
    if ((minor == 24 && number == 6) || (minor >= 25 && number == 7))
        return SPECIAL_CLEANUP;
    return SPECIAL_OTHER;
}

static void mark_words(struct marking *marking, uint64_t address, uint64_t size)
{
    marking->verdicts->complete &=
        visit_range(marking->program, address, size, 0, mark_visited, marking);
}

static void mark_special(struct marking *marking, const struct span *span, uint64_t special)
{
    const struct go_program *program = marking->program;
    int32_t size;
    switch (special_kind(program->minor, field_u8(program, special, SPECIAL_KIND))) {
    case SPECIAL_FINALIZER:
        size = field_offset(program, FINALIZER_SIZE);
        mark_words(marking, special, size > 0 ? (uint64_t)size : 64);
        /* What its object holds stays for the finalizer; the object itself need not. */
        if (!span->noscan) {
            uint64_t offset = field_u16(program, special, SPECIAL_OFFSET);
            visit_object(program, &marking->masks, &marking->picture->heap, span,
                         span_index_of(span, span->start + offset), mark_visited, marking);
        }
        return;
    case SPECIAL_WEAK_HANDLE:
        mark_pointer(marking, field_word(program, special, WEAK_HANDLE));
        return;
    case SPECIAL_CLEANUP:
        size = field_offset(program, CLEANUP_SPECIAL_SIZE);
        mark_words(marking, special, size > 0 ? (uint64_t)size : 64);
        return;
    case SPECIAL_OTHER:
        return;
    }
}

static void mark_specials(struct marking *marking)
{
    for (size_t i = 0; i < marking->picture->heap.count; i++) {
        const struct span *span = &marking->picture->heap.spans[i];
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
        mark_words(marking, block + (uint64_t)first, (count < 101 ? count : 101) * 40);
        block = field_word(program, block, FINBLOCK_ALLLINK);
    }
}

static void mark_cleanup_queue(struct marking *marking)
{
    const struct go_program *program = marking->program;
    int32_t all = field_offset(program, CLEANUP_QUEUE_ALL);
    int32_t first = field_offset(program, CLEANUP_BLOCK_FIRST);
    int32_t size = field_offset(program, CLEANUP_FN_SIZE);
    if (!program->cleanup_blocks || all < 0 || first < 0 || size <= 0)
        return;
    uint64_t block = memory_word(program->memory, program->cleanup_blocks + (uint64_t)all);
    for (unsigned i = 0; block && i < MAX_BLOCKS; i++) {
        uint64_t count = field_u32(program, block, CLEANUP_BLOCK_COUNT);
        mark_words(marking, block + (uint64_t)first, (count < 64 ? count : 64) * (uint64_t)size);
        block = field_word(program, block, CLEANUP_BLOCK_ALLLINK);
    }
}

/* ---- threads ---- */

/* A stack that is no goroutine's: the scheduler's, a signal's, or C's. Every word counts. */
static void mark_raw_stack(struct marking *marking, uint64_t from, uint64_t end)
{
    uint64_t at = from & ~UINT64_C(7);
    while (at < end) {
        uint64_t page_end = (at & ~UINT64_C(4095)) + 4096;
        uint64_t size = (page_end < end ? page_end : end) - at;
        const uint64_t *words = memory_at(marking->program->memory, at, (size_t)size);
        if (!words)
            return; /* the stack ends here */
        for (uint64_t i = 0; i < size / 8; i++) {
            mark_pointer(marking, words[i]);
            note_context_in_use(marking, words[i]);
        }
        at = page_end;
    }
}

static void mark_thread_stack(struct marking *marking, const struct image_thread *thread)
{
    struct memory_range stacks[THREAD_STACKS];
    size_t count = thread_stacks(marking->program, &marking->picture->goroutines, thread, stacks);
    for (size_t i = 0; i < count; i++)
        mark_raw_stack(marking, stacks[i].start, stacks[i].end);
}

static void mark_threads(struct marking *marking)
{
    const struct image *image = marking->program->image;
    for (size_t i = 0; i < image->thread_count; i++) {
        const struct image_thread *thread = &image->threads[i];
        if (thread_is_idle(marking->program, thread, marking->stack))
            continue;
        marking->origin = (struct origin){.where = i, .kind = ORIGIN_THREAD};
        for (size_t n = 0; n < IMAGE_REGISTERS; n++) {
            mark_pointer(marking, thread->registers[n]);
            note_context_in_use(marking, thread->registers[n]);
        }
        mark_thread_stack(marking, thread);
    }
}

/*
 * Where the queues cannot be found (in stripped programs) they are known to be empty only while the
 * goroutines that work them off wait for more.
 */
static bool queue_is_empty(const struct marking *marking, const char *worker, const char *reason)
{
    const struct goroutines *goroutines = &marking->picture->goroutines;
    for (size_t i = 0; i < goroutines->count; i++) {
        const struct goroutine *goroutine = &goroutines->items[i];
        const struct pc_info *info =
            goroutine->system ? pc_info(marking->program, goroutine->startpc) : NULL;
        bool is_worker = info && info->known && strcmp(info->function.name, worker) == 0;
        if (is_worker && strcmp(goroutine->reason_text, reason) != 0)
            return false;
    }
    return true;
}

static void check_queues(struct marking *marking)
{
    const struct go_program *program = marking->program;
    if (!program->last_finalizers)
        marking->verdicts->complete &=
            queue_is_empty(marking, "runtime.runfinq", "finalizer wait") &&
            queue_is_empty(marking, "runtime.runFinalizers", "finalizer wait");
    if (!program->cleanup_blocks)
        marking->verdicts->complete &=
            queue_is_empty(marking, "runtime.runCleanups", "cleanup wait");
}

void mark_roots(struct marking *marking)
{
    mark_globals(marking);
    marking->origin = (struct origin){.kind = ORIGIN_RUNTIME};
    mark_specials(marking);
    mark_finalizer_queue(marking);
    mark_cleanup_queue(marking);
    check_queues(marking);
    mark_threads(marking);
}
