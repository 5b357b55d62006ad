#include "golang/capture/unwind.h"

void unwind(const struct go_program *program, const struct unwind_start *start,
            struct go_stack *stack)
{
    const uint64_t low = start->low, high = start->high;
    uint64_t sp = start->sp, pc = start->pc;
    bool is_call = start->saved;
    stack->count = 0;
    stack->complete = false;
    while (stack->count < UNWIND_MAX_FRAMES && sp >= low && sp < high && sp % 8 == 0) {
        const struct pc_info *here = pc_info(program, pc);
        if (!here || !here->known)
            return;
        /* The frame's size is that at the pc itself; its line is that of the call before. */
        const struct pc_info *line =
            is_call && pc > here->function.entry ? pc_info_of_call(program, here) : here;
        /* In a damaged program what is before the pc may be of another function, or of none. */
        if (!line || !line->known || line->function.address != here->function.address ||
            here->frame_size < 0 || (uint64_t)here->frame_size > UINT64_MAX - 8 - sp)
            return;
        uint64_t top = sp + (uint64_t)here->frame_size;
        stack->frames[stack->count++] =
            (struct go_frame){.pc = pc, .sp = sp, .top = top, .info = line, .is_call = is_call};
        if (here->function.flags & FUNCTION_TOP_FRAME) {
            stack->complete = true;
            return;
        }
        if (top + 8 > high)
            return;
        is_call = !here->interrupts;
        pc = memory_word(program->memory, top);
        sp = top + 8;
    }
}
