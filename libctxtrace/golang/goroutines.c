#include "golang/goroutines.h"

#include "golang/module.h"
#include "image/ranges.h"

#include <stdlib.h>
#include <string.h>

#define MAX_GOROUTINES UINT64_C(50000000)
#define MAX_STACK      (UINT64_C(1) << 30)
#define SCAN_BIT       UINT32_C(0x1000)

static const char *reason_text(const struct go_program *program, uint8_t reason)
{
    const char *text = reason < LAYOUT_WAIT_REASONS ? program->layout.wait_reasons[reason] : NULL;
    return text ? text : "";
}

/* As the runtime itself tells its own goroutines from the program's. */
static bool is_system(const struct go_program *program, uint64_t startpc)
{
    static const char *const not_system[] = {"runtime.main", "runtime.corostart",
                                             "runtime.handleAsyncEvent"};
    const struct pc_info *info = pc_info(program, startpc);
    if (!info || !info->known || strncmp(info->function.name, "runtime.", 8) != 0)
        return false;
    for (size_t i = 0; i < sizeof not_system / sizeof not_system[0]; i++)
        if (strcmp(info->function.name, not_system[i]) == 0)
            return false;
    return true;
}

static const struct image_thread *thread_of(const struct go_program *program, uint64_t m)
{
    uint64_t tid = field_word(program, m, M_PROCID);
    for (size_t i = 0; i < program->image->thread_count; i++)
        if ((uint64_t)program->image->threads[i].tid == tid)
            return &program->image->threads[i];
    return NULL;
}

/* Where a goroutine on a thread is: by the thread's registers, if it is on its own stack. */
static void locate_running(const struct go_program *program, struct goroutine *goroutine)
{
    const struct image_thread *thread = goroutine->m ? thread_of(program, goroutine->m) : NULL;
    goroutine->sp = goroutine->pc = 0;
    if (!thread)
        return;
    if (thread->sp >= goroutine->low && thread->sp < goroutine->high) {
        goroutine->sp = thread->sp;
        goroutine->pc = thread->pc;
        goroutine->by_registers = true;
        return;
    }
    /* On the scheduler's stack. It is there for a moment only if what is below was saved. */
    uint64_t vdso_sp = field_word(program, goroutine->m, M_VDSO_SP);
    uint64_t g0 = field_word(program, goroutine->m, M_G0);
    bool on_g0 = thread->sp >= field_word(program, g0, G_STACK_LO) &&
                 thread->sp < field_word(program, g0, G_STACK_HI);
    if (vdso_sp >= goroutine->low && vdso_sp < goroutine->high) {
        goroutine->sp = vdso_sp;
        goroutine->pc = field_word(program, goroutine->m, M_VDSO_PC);
    } else if (on_g0) {
        goroutine->sp = field_word(program, goroutine->address, G_SCHED_SP);
        goroutine->pc = field_word(program, goroutine->address, G_SCHED_PC);
    }
}

static bool read_goroutine(const struct go_program *program, uint64_t g,
                           struct goroutine *goroutine)
{
    uint32_t status = field_u32(program, g, G_STATUS);
    *goroutine = (struct goroutine){.address = g,
                                    .id = field_word(program, g, G_GOID),
                                    .status = status & ~SCAN_BIT,
                                    .scanned = status & SCAN_BIT,
                                    .reason = field_u8(program, g, G_WAITREASON),
                                    .low = field_word(program, g, G_STACK_LO),
                                    .high = field_word(program, g, G_STACK_HI),
                                    .sp = field_word(program, g, G_SCHED_SP),
                                    .pc = field_word(program, g, G_SCHED_PC),
                                    .m = field_word(program, g, G_M),
                                    .parent_id = field_word(program, g, G_PARENT_GOID),
                                    .gopc = field_word(program, g, G_GOPC),
                                    .startpc = field_word(program, g, G_STARTPC),
                                    .waiting = field_word(program, g, G_WAITING),
                                    .labels = field_word(program, g, G_LABELS),
                                    .timer = field_word(program, g, G_TIMER),
                                    .locked = field_word(program, g, G_LOCKEDM) != 0,
                                    .wait_since = (int64_t)field_word(program, g, G_WAITSINCE)};
    /* Above: since Go 1.26, one kept ready for a thread that C made. */
    if (goroutine->status == GO_IDLE || goroutine->status == GO_DEAD ||
        goroutine->status > GO_LEAKED || !goroutine->id)
        return false;
    if (goroutine->low >= goroutine->high || goroutine->high - goroutine->low > MAX_STACK)
        return false;
    bool blocked = goroutine->status == GO_WAITING || goroutine->status == GO_LEAKED;
    goroutine->reason_text = blocked ? reason_text(program, goroutine->reason) : "";
    goroutine->system = is_system(program, goroutine->startpc);
    if (!blocked)
        goroutine->wait_since = 0;
    if (goroutine->m)
        goroutine->tid = (uint32_t)field_word(program, goroutine->m, M_PROCID);
    if (goroutine->status == GO_RUNNING) {
        locate_running(program, goroutine);
    } else if (goroutine->status == GO_SYSCALL) {
        goroutine->sp = field_word(program, g, G_SYSCALLSP);
        goroutine->pc = field_word(program, g, G_SYSCALLPC);
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    const struct goroutine *left = a, *right = b;
    return (left->address > right->address) - (left->address < right->address);
}

static void prefetch_all(const struct go_program *program, const struct slice *list)
{
    struct ranges ranges = {0};
    ranges_add(&ranges, list->data, list->length * 8);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    ranges.count = 0;
    int32_t size = field_offset(program, G_SIZE);
    for (uint64_t i = 0; i < list->length; i++)
        ranges_add(&ranges, memory_word(program->memory, list->data + 8 * i),
                   size > 0 ? (uint64_t)size : 512);
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    ranges_free(&ranges);
}

static void prefetch_stacks(const struct go_program *program, const struct goroutines *goroutines)
{
    struct ranges ranges = {0};
    for (size_t i = 0; i < goroutines->count; i++) {
        const struct goroutine *goroutine = &goroutines->items[i];
        if (goroutine->sp >= goroutine->low && goroutine->sp < goroutine->high)
            ranges_add(&ranges, goroutine->sp, goroutine->high - goroutine->sp);
    }
    ranges_join(&ranges);
    memory_prefetch(program->memory, ranges.items, ranges.count);
    ranges_free(&ranges);
}

/* What tells whether a goroutine has moved since it was first read. */
static bool same_place(const struct go_program *program, const struct goroutine *goroutine,
                       const unsigned char *again)
{
    uint64_t sp, id, low;
    uint32_t status;
    memcpy(&sp, again + field_offset(program, G_SCHED_SP), 8);
    memcpy(&id, again + field_offset(program, G_GOID), 8);
    memcpy(&low, again + field_offset(program, G_STACK_LO), 8);
    memcpy(&status, again + field_offset(program, G_STATUS), 4);
    return id == goroutine->id && low == goroutine->low && goroutine->status != GO_RUNNING &&
           (status & ~SCAN_BIT) == goroutine->status &&
           sp == field_word(program, goroutine->address, G_SCHED_SP);
}

#define CHECK_BATCH 256

/* Of a running program: who moved while its stack was being read? */
static void check_moved(const struct go_program *program, struct goroutines *goroutines)
{
    size_t size = (size_t)field_offset(program, G_SIZE);
    if (field_offset(program, G_SIZE) <= 0)
        return;
    unsigned char *bytes = malloc(CHECK_BATCH * size);
    for (size_t done = 0; bytes && done < goroutines->count; done += CHECK_BATCH) {
        uint64_t addresses[CHECK_BATCH];
        void *local[CHECK_BATCH];
        bool good[CHECK_BATCH];
        size_t some =
            goroutines->count - done < CHECK_BATCH ? goroutines->count - done : CHECK_BATCH;
        for (size_t i = 0; i < some; i++) {
            addresses[i] = goroutines->items[done + i].address;
            local[i] = bytes + i * size;
        }
        memory_reread(program->memory, addresses, size, local, good, some);
        for (size_t i = 0; i < some; i++)
            goroutines->items[done + i].moved =
                !good[i] || !same_place(program, &goroutines->items[done + i], local[i]);
    }
    free(bytes);
}

bool goroutines_read(const struct go_program *program, struct goroutines *goroutines)
{
    *goroutines = (struct goroutines){0};
    struct slice list = go_slice(program, program->allgs);
    /* A length that its own memory does not bear out is damage. */
    if (list.length > MAX_GOROUTINES || !memory_at(program->memory, list.data, list.length * 8)) {
        list.length = 0;
        goroutines->unreadable = 1;
    }
    prefetch_all(program, &list);
    goroutines->items = calloc(list.length + 1, sizeof *goroutines->items);
    if (!goroutines->items)
        return false;
    for (uint64_t i = 0; i < list.length; i++) {
        uint64_t g = memory_word(program->memory, list.data + 8 * i);
        if (!g || !memory_at(program->memory, g, 8))
            goroutines->unreadable++;
        else if (read_goroutine(program, g, &goroutines->items[goroutines->count]))
            goroutines->count++;
    }
    qsort(goroutines->items, goroutines->count, sizeof *goroutines->items, by_address);
    prefetch_stacks(program, goroutines);
    if (program->image->live && !program->image->thread_count)
        check_moved(program, goroutines);
    return true;
}

void goroutines_free(struct goroutines *goroutines)
{
    free(goroutines->items);
    *goroutines = (struct goroutines){0};
}

const struct goroutine *goroutine_at(const struct goroutines *goroutines, uint64_t address)
{
    const struct goroutine key = {.address = address};
    return goroutines->count ? bsearch(&key, goroutines->items, goroutines->count,
                                       sizeof *goroutines->items, by_address)
                             : NULL;
}
