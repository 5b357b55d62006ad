#include "golang/capture/goroutines.h"

#include "base/clock.h"
#include "golang/binary/field.h"
#include "golang/binary/limits.h"
#include "golang/binary/module.h"
#include "golang/binary/struct_view.h"
#include "image/prefetch.h"
#include "image/reread.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STACK (UINT64_C(1) << 30)
#define SCAN_BIT  UINT32_C(0x1000)
#define USER_END  (UINT64_C(1) << 63) /* no program's own memory is above it */

static size_t size_of_g(const struct go_program *program)
{
    int32_t size = field_offset(program, G_SIZE);
    return size > 0 ? (size_t)size : 512;
}

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
    for (size_t i = 0; i < program->thread_count; i++)
        if ((uint64_t)program->threads[i].own_tid == tid)
            return &program->threads[i];
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

static bool is_alive(const struct goroutine *goroutine)
{
    /* Above: since Go 1.26, one kept ready for a thread that C made. */
    return goroutine->status != GO_IDLE && goroutine->status != GO_DEAD &&
           goroutine->status <= GO_LEAKED && goroutine->id;
}

/* While a stack is replaced, its ends can for a moment be those of two. */
static bool has_stack(const struct goroutine *goroutine)
{
    return goroutine->low < goroutine->high && goroutine->high - goroutine->low <= MAX_STACK &&
           goroutine->high <= USER_END;
}

static bool read_goroutine(const struct go_program *program, uint64_t g,
                           struct goroutine *goroutine)
{
    struct struct_view view;
    view_open(program, g, size_of_g(program), &view);
    uint32_t status = view_u32(&view, G_STATUS);
    *goroutine = (struct goroutine){.address = g,
                                    .id = view_word(&view, G_GOID),
                                    .status = status & ~SCAN_BIT,
                                    .scanned = status & SCAN_BIT,
                                    .reason = view_u8(&view, G_WAITREASON),
                                    .low = view_word(&view, G_STACK_LO),
                                    .high = view_word(&view, G_STACK_HI),
                                    .sp = view_word(&view, G_SCHED_SP),
                                    .pc = view_word(&view, G_SCHED_PC),
                                    .saved_sp = view_word(&view, G_SCHED_SP),
                                    .m = view_word(&view, G_M),
                                    .parent_id = view_word(&view, G_PARENT_GOID),
                                    .gopc = view_word(&view, G_GOPC),
                                    .startpc = view_word(&view, G_STARTPC),
                                    .waiting = view_word(&view, G_WAITING),
                                    .sequence = view_u8(&view, G_TRACKING_SEQUENCE),
                                    .labels = view_word(&view, G_LABELS),
                                    .timer = view_word(&view, G_TIMER),
                                    .ancestors = view_word(&view, G_ANCESTORS),
                                    .locked = view_word(&view, G_LOCKEDM) != 0,
                                    .wait_since = (int64_t)view_word(&view, G_WAITSINCE)};
    if (!is_alive(goroutine) || !has_stack(goroutine))
        return false;
    bool blocked = goroutine->status == GO_WAITING || goroutine->status == GO_LEAKED;
    goroutine->reason_text = blocked ? reason_text(program, goroutine->reason) : "";
    goroutine->system = is_system(program, goroutine->startpc);
    if (!blocked)
        goroutine->wait_since = 0;
    /* One that waits runs on no thread, but may be locked to one. */
    uint64_t m = goroutine->m ? goroutine->m : view_word(&view, G_LOCKEDM);
    if (m)
        goroutine->tid = (uint32_t)field_word(program, m, M_PROCID);
    if (goroutine->status == GO_RUNNING) {
        locate_running(program, goroutine);
    } else if (goroutine->status == GO_SYSCALL) {
        goroutine->sp = view_word(&view, G_SYSCALLSP);
        goroutine->pc = view_word(&view, G_SYSCALLPC);
    }
    return true;
}

static int by_address(const void *a, const void *b)
{
    const struct goroutine *left = a, *right = b;
    return (left->address > right->address) - (left->address < right->address);
}

/* ---- who moved meanwhile ---- */

#define BATCH     256
#define MAX_TRIES 4

/* Go's own leak profile turns waiting into leaked, and back: that is no movement. */
static uint32_t without_verdict(uint32_t status)
{
    return status == GO_LEAKED ? GO_WAITING : status;
}

/* What tells whether a goroutine has moved since it was first read. */
static bool same_place(const struct go_program *program, const struct goroutine *goroutine,
                       const unsigned char *again)
{
    const struct struct_view view = {&program->layout, again, size_of_g(program)};
    return view_word(&view, G_GOID) == goroutine->id &&
           view_word(&view, G_STACK_LO) == goroutine->low && goroutine->status != GO_RUNNING &&
           without_verdict(view_u32(&view, G_STATUS) & ~SCAN_BIT) ==
               without_verdict(goroutine->status) &&
           view_word(&view, G_SCHED_SP) == goroutine->saved_sp &&
           view_word(&view, G_WAITING) == goroutine->waiting &&
           view_u8(&view, G_TRACKING_SEQUENCE) == goroutine->sequence;
}

static void check_batch(const struct go_program *program, struct goroutine *const *items,
                        size_t count, unsigned char *bytes)
{
    size_t size = size_of_g(program);
    uint64_t addresses[BATCH] = {0};
    void *local[BATCH] = {NULL};
    bool good[BATCH] = {false};
    for (size_t i = 0; i < count; i++) {
        addresses[i] = items[i]->address;
        local[i] = bytes + i * size;
    }
    if (bytes)
        memory_reread(program->memory, addresses, size, local, good, count);
    for (size_t i = 0; i < count; i++)
        items[i]->moved = !good[i] || !same_place(program, items[i], local[i]);
}

void goroutines_check(const struct go_program *program, struct goroutine *const *items,
                      size_t count, int64_t deadline_ns)
{
    unsigned char *bytes = malloc(BATCH * size_of_g(program));
    for (size_t done = 0; done < count; done += BATCH) {
        bool late = deadline_ns && now_ns() > deadline_ns;
        check_batch(program, items + done, count - done < BATCH ? count - done : BATCH,
                    late ? NULL : bytes);
    }
    free(bytes);
}

/* ---- batches ---- */

static void add_stack(const struct goroutine *goroutine, struct ranges *ranges)
{
    uint64_t begin = goroutine_stack_begin(goroutine);
    ranges_add(ranges, begin, goroutine->high - begin);
}

void goroutines_add_stacks(const struct goroutines *goroutines, struct ranges *ranges)
{
    for (size_t i = 0; i < goroutines->count; i++)
        add_stack(&goroutines->items[i], ranges);
}

static void have_at_hand(struct memory_pass *pass, struct ranges *ranges)
{
    ranges_join(ranges);
    memory_pass_have(pass, ranges->items, ranges->count);
    ranges->count = 0;
}

/* What is asked about every goroutine. One kind after the other: each kind lies together. */
static void add_parts(const struct go_program *program, struct goroutine *const *items,
                      size_t count, struct ranges *ranges)
{
    int32_t sudog = field_offset(program, SUDOG_SIZE);
    for (size_t i = 0; i < count; i++)
        ranges_add(ranges, items[i]->address, size_of_g(program));
    for (size_t i = 0; i < count && sudog > 0; i++)
        if (items[i]->waiting)
            ranges_add(ranges, items[i]->waiting, (uint64_t)sudog);
    for (size_t i = 0; i < count; i++)
        if (items[i]->sp) /* else it runs, and nobody knows where */
            add_stack(items[i], ranges);
}

static void look_at(const struct go_program *program, struct memory_pass *pass,
                    const struct goroutine_looker *looker, struct goroutine *const *items,
                    size_t count, struct ranges *ranges)
{
    add_parts(program, items, count, ranges);
    have_at_hand(pass, ranges);
    for (size_t i = 0; i < count; i++)
        looker->look(looker->state, items[i]);
}

/* Reads these again; those that still exist stay in the list. */
static size_t read_again(const struct go_program *program, struct memory_pass *pass,
                         struct goroutine **items, size_t count, struct ranges *ranges)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        ranges_add(ranges, items[i]->address, size_of_g(program));
    have_at_hand(pass, ranges);
    for (size_t i = 0; i < count; i++) {
        struct goroutine now;
        if (!read_goroutine(program, items[i]->address, &now))
            continue; /* it ended: what is known of it is that it was there */
        *items[i] = now;
        items[kept++] = items[i];
    }
    return kept;
}

/* Leaves those in the list that moved, and may stand still another time. */
static size_t keep_moved(struct goroutine **items, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (items[i]->moved && items[i]->status != GO_RUNNING)
            items[kept++] = items[i];
    return kept;
}

/* Of a running program those that moved meanwhile are tried again. */
static void look_at_batch(const struct go_program *program, struct memory_pass *pass,
                          const struct goroutine_looker *looker, struct goroutine *first,
                          size_t count, struct ranges *ranges)
{
    struct goroutine *items[BATCH];
    for (size_t i = 0; i < count; i++)
        items[i] = &first[i];
    for (unsigned tries = 0; tries < MAX_TRIES && count; tries++) {
        if (tries) {
            /* What they wait for may be something else now. */
            memory_begin_reading(program->memory);
            count = read_again(program, pass, items, count, ranges);
        }
        look_at(program, pass, looker, items, count, ranges);
        if (!program->image->live)
            return;
        goroutines_check(program, items, count, 0);
        count = keep_moved(items, count);
    }
}

static size_t read_batch(const struct go_program *program, const uint64_t *list, size_t count,
                         struct goroutines *goroutines)
{
    size_t before = goroutines->count;
    for (size_t i = 0; i < count; i++) {
        struct goroutine *next = &goroutines->items[goroutines->count];
        if (!list[i] || !memory_at(program->memory, list[i], 8))
            goroutines->unreadable++;
        else if (read_goroutine(program, list[i], next))
            goroutines->count++;
        else
            goroutines->unreadable += is_alive(next); /* its stack is a root all the same */
    }
    return goroutines->count - before;
}

/* A copy of the runtime's list of all goroutines, and room for as many. false without memory. */
static bool open_list(const struct go_program *program, struct goroutines *goroutines,
                      uint64_t **list, uint64_t *length)
{
    struct slice all = go_slice(program, program->allgs);
    *goroutines = (struct goroutines){0};
    /* A length that its own memory does not bear out is damage. */
    const uint64_t *there = all.length > MAX_GOROUTINES || all.data % 8
                                ? NULL
                                : memory_at(program->memory, all.data, all.length * 8);
    *length = there ? all.length : 0;
    goroutines->unreadable = there ? 0 : 1;
    *list = malloc((*length + 1) * sizeof **list);
    goroutines->items = calloc(*length + 1, sizeof *goroutines->items);
    if (*list && there)
        memcpy(*list, there, *length * sizeof **list);
    if (*list && goroutines->items)
        return true;
    free(*list);
    return false;
}

static void sort(struct goroutines *goroutines)
{
    qsort(goroutines->items, goroutines->count, sizeof *goroutines->items, by_address);
}

bool goroutines_read(const struct go_program *program, struct memory_pass *pass,
                     const struct goroutine_looker *looker, struct goroutines *goroutines)
{
    uint64_t *list, length;
    struct ranges ranges = {0};
    if (!open_list(program, goroutines, &list, &length))
        return false;
    for (uint64_t done = 0; done < length; done += BATCH) {
        size_t some = length - done < BATCH ? (size_t)(length - done) : BATCH;
        struct goroutine *first = &goroutines->items[goroutines->count];
        memory_begin_reading(program->memory); /* what they wait for is read as late as they are */
        for (size_t i = 0; i < some; i++)
            ranges_add(&ranges, list[done + i], size_of_g(program));
        have_at_hand(pass, &ranges);
        size_t count = read_batch(program, list + done, some, goroutines);
        if (looker)
            look_at_batch(program, pass, looker, first, count, &ranges);
    }
    memory_pass_have(pass, NULL, 0);
    ranges_free(&ranges);
    free(list);
    sort(goroutines);
    return true;
}

bool goroutines_copy(const struct go_program *program, struct goroutines *goroutines)
{
    uint64_t *list, length;
    struct ranges ranges = {0};
    if (!open_list(program, goroutines, &list, &length))
        return false;
    for (uint64_t i = 0; i < length; i++)
        ranges_add(&ranges, list[i], size_of_g(program));
    ranges_join(&ranges);
    bool good = !ranges.failed;
    if (memory_prefetch(program->memory, ranges.items, ranges.count))
        goroutines->unreadable++;
    ranges_free(&ranges);
    read_batch(program, list, length, goroutines);
    free(list);
    return good;
}

void goroutines_look(struct goroutines *goroutines, const struct goroutine_looker *looker)
{
    sort(goroutines);
    for (size_t i = 0; i < goroutines->count; i++)
        looker->look(looker->state, &goroutines->items[i]);
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
