/*
 * Stacks in the segment: each different one once.
 *
 * The arena is append-only. Which stacks are in it is known by a hash table in the process's own
 * memory: an array of words, hash << 32 | reference, open addressing, 0 free. Looking up takes no
 * lock: a word is stored after the stack that it refers to is committed, and neither changes any
 * more. Storing takes the lock and looks again. When the table is half full a larger one takes its
 * place; the old one is kept, because somebody may still be looking it up.
 */
#include "record/stacks.h"

#include "base/hash.h"
#include "base/invariant.h"
#include "record/capture.h"
#include "record/modules.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert((int)CAPTURE_MAX_FRAMES == SEGMENT_MAX_FRAMES, "what is captured can be stored");

enum { FIRST_TABLE = 1 << 12 };

struct table {
    uint64_t mask; /* entries - 1 */
    _Atomic uint64_t entries[];
};

static struct table *_Atomic present_table;
static uint64_t stored; /* under the lock, as are the arena's end and the table's growth */
static uint64_t arena_end;
static struct lock stacks_lock;

static struct table *new_table(uint64_t entries)
{
    invariant((entries & (entries - 1)) == 0);
    struct table *table = mmap(NULL, sizeof *table + entries * 8, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        return NULL;
    table->mask = entries - 1;
    return table;
}

static uint32_t hash_of(const struct captured_stack *stack, uint64_t generation)
{
    uint64_t hash = hash_scatter(generation);
    for (uint32_t i = 0; i < stack->count; i++) {
        hash ^= stack->addresses[i];
        hash *= UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    return (uint32_t)hash | 1; /* never 0: an entry is then never 0 either */
}

static segment_word *record_of(uint32_t reference)
{
    invariant(reference != 0);
    return recorder_slot(AREA_STACKS, reference - 1);
}

static bool same(uint32_t reference, const struct captured_stack *stack, uint64_t generation)
{
    const segment_word *record = record_of(reference);
    if ((word_get(record, STACK_MARK) & SEGMENT_STACK_COUNT) != stack->count ||
        word_get(record, STACK_MODULE_GENERATION) != generation)
        return false;
    for (uint32_t i = 0; i < stack->count; i++)
        if (word_get(record, STACK_FIRST_ADDRESS + i) != stack->addresses[i])
            return false;
    return true;
}

static uint32_t look_up(const struct table *table, uint32_t hash,
                        const struct captured_stack *stack, uint64_t generation)
{
    if (!table)
        return 0;
    for (uint64_t at = hash;; at++) {
        uint64_t entry =
            atomic_load_explicit(&table->entries[at & table->mask], memory_order_acquire);
        if (entry == 0)
            return 0;
        if (entry >> 32 == hash && same((uint32_t)entry, stack, generation))
            return (uint32_t)entry;
    }
}

static void enter(struct table *table, uint64_t entry)
{
    uint64_t at = entry >> 32;
    while (atomic_load_explicit(&table->entries[at & table->mask], memory_order_relaxed))
        at++;
    atomic_store_explicit(&table->entries[at & table->mask], entry, memory_order_release);
}

static struct table *grow(void)
{
    struct table *old = atomic_load(&present_table);
    struct table *grown = new_table(old ? (old->mask + 1) * 2 : FIRST_TABLE);
    if (!grown)
        return NULL;
    for (uint64_t i = 0; old && i <= old->mask; i++)
        if (old->entries[i])
            enter(grown, old->entries[i]);
    atomic_store_explicit(&present_table, grown, memory_order_release);
    return grown;
}

/* Writes it behind the last one. 0: no room. */
static uint32_t append(const struct captured_stack *stack, uint64_t generation)
{
    uint64_t words = STACK_FIRST_ADDRESS + stack->count;
    invariant(arena_end + words < UINT32_MAX);
    if (!storage_claim(&recorder.storage, AREA_STACKS, arena_end + words))
        return 0;
    uint32_t reference = (uint32_t)arena_end + 1;
    arena_end += words;
    segment_word *record = record_of(reference);
    word_set(record, STACK_MODULE_GENERATION, generation);
    for (uint32_t i = 0; i < stack->count; i++)
        word_set(record, STACK_FIRST_ADDRESS + i, stack->addresses[i]);
    atomic_store_explicit(&record[STACK_MARK],
                          SEGMENT_STACK_COMMITTED |
                              (stack->truncated ? SEGMENT_STACK_TRUNCATED : 0) | stack->count,
                          memory_order_release);
    return reference;
}

static uint32_t store(uint32_t hash, const struct captured_stack *stack, uint64_t generation)
{
    struct table *table = atomic_load(&present_table);
    uint32_t reference = look_up(table, hash, stack, generation);
    if (reference)
        return reference;
    if (!table || stored * 2 > table->mask)
        table = grow();
    if (!table || (reference = append(stack, generation)) == 0)
        return 0;
    invariant(stored < table->mask); /* a search ends at a free entry */
    stored++;
    enter(table, (uint64_t)hash << 32 | reference);
    return reference;
}

static uint32_t intern(const struct captured_stack *stack, uint64_t generation)
{
    invariant(stack->count <= SEGMENT_MAX_FRAMES);
    if (stack->count == 0)
        return 0;
    uint32_t hash = hash_of(stack, generation);
    uint32_t reference = look_up(atomic_load_explicit(&present_table, memory_order_acquire), hash,
                                 stack, generation);
    if (reference)
        return reference;
    int saved = errno;
    lock_take(&stacks_lock);
    reference = store(hash, stack, generation);
    lock_release(&stacks_lock);
    errno = saved;
    if (!reference)
        recorder_lost(LOSS_STACKS, recorder_why_no_slot(AREA_STACKS));
    return reference;
}

uint32_t stack_here(const void *site)
{
    return capture_stack_reference(site, intern);
}

/* ---- modules ---- */

static void write_module(const struct module *module, void *unused)
{
    invariant(module->number > 0 && module->begin < module->end);
    invariant(module->build_id_length <= SEGMENT_BUILD_ID_BYTES);
    (void)unused;
    uint32_t index = module->number - 1;
    if (!storage_claim(&recorder.storage, AREA_MODULES, index + 1)) {
        recorder_lost(LOSS_MODULES, recorder_why_no_slot(AREA_MODULES));
        return;
    }
    segment_word *slot = recorder_slot(AREA_MODULES, index);
    uint64_t sequence = slot_begin(slot);
    word_set(slot, MODULE_ID, module->number);
    word_set(slot, MODULE_BEGIN, module->begin);
    word_set(slot, MODULE_END, module->end);
    word_set(slot, MODULE_BIAS, module->bias);
    word_set(slot, MODULE_LOADED, module->loaded);
    word_set(slot, MODULE_UNLOADED, module->unloaded);
    word_set(slot, MODULE_BUILD_ID_LENGTH, module->build_id_length);
    for (unsigned i = 0; i < SEGMENT_BUILD_ID_BYTES / 8; i++) {
        uint64_t word;
        memcpy(&word, module->build_id + 8 * i, 8);
        word_set(slot, MODULE_BUILD_ID + i, word);
    }
    for (unsigned i = 0; MODULE_PATH + i < MODULE_WORDS; i++) {
        uint64_t word = 0;
        memcpy(&word, module->path + 8 * i, 8);
        word_set(slot, MODULE_PATH + i, word);
    }
    slot_end(slot, sequence);
}

void stacks_reset(void)
{
    lock_reset(&stacks_lock);
    atomic_store(&present_table, NULL);
    stored = 0;
    arena_end = 0;
    capture_forget_references();
    modules_listen(write_module, NULL);
}
