#include "golang/capture/clone_place.h"

#include "golang/binary/pclntab.h"

#define ALIGNMENT UINT64_C(16)

/*
 * Functions that run once, in the first thread and before there is another; the largest first. They
 * have run if a thread waits in the runtime: for a lock or a note, which another thread gives it;
 * or as the monitor, which is a later thread.
 */
#define ONCE 2
static const char *const functions[ONCE + INJECT_WAITS] = {
    "runtime.schedinit", /* 1,500 bytes */
    "runtime.check",     /* 800 */
    "runtime.futex",     /* idle threads; what wakes it without a reason is waited for again */
    "runtime.usleep",    /* the monitor thread, for 20 us to 10 ms */
};

static bool has_room(const struct function_code *code, uint64_t *start)
{
    *start = (code->start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return code->end >= *start && code->end - *start >= INJECT_SIZE;
}

bool clone_place_find(const struct go_program *program, struct inject_place *place)
{
    struct function_code codes[ONCE + INJECT_WAITS];
    functions_named(program, functions, ONCE + INJECT_WAITS, codes);
    place->takes_eintr[0] = true;
    for (size_t i = 0; i < INJECT_WAITS; i++) {
        place->waits[i] = (struct inject_range){codes[ONCE + i].start, codes[ONCE + i].end};
        if (!codes[ONCE + i].end)
            return false;
    }
    for (size_t i = 0; i < ONCE; i++)
        if (has_room(&codes[i], &place->start))
            return elf_file_read(program->image->executable, place->start - program->image->bias,
                                 place->original, INJECT_SIZE);
    return false;
}
