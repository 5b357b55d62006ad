/* Roots other than goroutines: global data, what the runtime holds, threads. */
#include "base/page.h"
#include "golang/capture/threads.h"
#include "golang/proof/marking_state.h"
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

/* ---- threads ---- */

/*
 * A stack that belongs to no goroutine (the scheduler's, a signal handler's, C's) is scanned
 * conservatively.
 */
static void mark_raw_stack(struct marking *marking, uint64_t from, uint64_t end)
{
    uint64_t at = from & ~UINT64_C(7);
    while (at < end) {
        uint64_t page_end = page_round_down(at) + PAGE_BYTES;
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
    size_t count = thread_stacks(marking->program, &marking->model->goroutines, thread, stacks);
    for (size_t i = 0; i < count; i++)
        mark_raw_stack(marking, stacks[i].start, stacks[i].end);
}

static void mark_registers(struct marking *marking, const uint64_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mark_pointer(marking, words[i]);
        note_context_in_use(marking, words[i]);
    }
}

static void mark_threads(struct marking *marking)
{
    const struct go_program *program = marking->program;
    for (size_t i = 0; i < program->thread_count; i++) {
        const struct image_thread *thread = &program->threads[i];
        if (thread_is_idle(program, thread, marking->stack))
            continue;
        marking->origin = (struct origin){.where = i, .kind = ORIGIN_THREAD};
        mark_registers(marking, thread->registers, IMAGE_REGISTERS);
        mark_registers(marking, thread->vectors, IMAGE_VECTOR_WORDS);
        mark_thread_stack(marking, thread);
    }
}

void mark_roots(struct marking *marking)
{
    mark_globals(marking);
    mark_specials_and_queues(marking);
    mark_threads(marking);
}
