#include "record/capture_layout.h"

#include "base/invariant.h"
#include "record/modules.h"

#include <string.h>

_Static_assert(LAYOUT_WAYS == 2, "layouts_find looks at two");

struct layout layouts[1 << LAYOUT_SET_BITS][LAYOUT_WAYS];
_Atomic uint32_t layouts_epoch = 1;

enum layout_result layout_verify_module(struct layout *layout, uint64_t sequence,
                                        struct layout_batch *batch)
{
    uint64_t words[2 * LAYOUT_BATCH];
    for (unsigned i = 0; i < 2 * LAYOUT_BATCH; i++)
        words[i] = layout_read(&batch[i / LAYOUT_BATCH].words[i % LAYOUT_BATCH]);
    if (atomic_load_explicit(&layout->sequence, memory_order_relaxed) != sequence)
        return LAYOUT_CHANGES;
    struct module_identity identity = {.begin = words[LAYOUT_MODULE_BEGIN],
                                       .eh_frame_hdr = words[LAYOUT_MODULE_EH_FRAME_HDR],
                                       .build_id_at = words[LAYOUT_MODULE_BUILD_ID_AT]};
    memcpy(identity.build_id, words + LAYOUT_MODULE_BUILD_ID, sizeof identity.build_id);
    bool live = module_is_live(&identity, words[LAYOUT_MODULE_PC] - 1);
    return live ? LAYOUT_MATCHES : LAYOUT_STALE;
}

/* For each frame of a walk, whether the bp that it saved for its caller matters. */
struct saved_bps {
    bool first; /* the bp at the beginning */
    bool of_frame[WALK_FRAMES];
};

static bool has_caller(const struct walked_frame *frame)
{
    return frame->cfa != 0;
}

static bool saves_bp(packed_rule rule)
{
    return rule_kind(rule) == UNWIND_REALIGNED || rule_saved_bp_bytes(rule) != 0;
}

static bool uses_bp(packed_rule rule)
{
    return rule_kind(rule) == UNWIND_REALIGNED || rule_kind(rule) == UNWIND_BP;
}

static void find_saved_bps(const struct walk *walk, struct saved_bps *matters)
{
    memset(matters, 0, sizeof *matters);
    bool *source = &matters->first;
    for (uint32_t i = 0; i < walk->count && has_caller(&walk->frames[i]); i++) {
        if (uses_bp(walk->frames[i].rule))
            *source = true;
        if (saves_bp(walk->frames[i].rule))
            source = &matters->of_frame[i];
    }
}

/*
 * A layout in the making, its sequence being odd. Stores are release, so that none is seen before
 * the odd sequence.
 */
struct writing {
    struct layout *layout;
    uint64_t sp;
    uint32_t count;
    bool too_many, any_special;
    uint64_t last_word;
    uint32_t last_offset;
};

static void write_word(_Atomic uint64_t *word, uint64_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
}

static void write_check(struct writing *writing, uint32_t index, uint64_t word, uint32_t offset)
{
    invariant(index < LAYOUT_MAX_CHECKS);
    struct layout_batch *batch = &writing->layout->batches[index / LAYOUT_BATCH];
    write_word(&batch->words[index % LAYOUT_BATCH], word);
    atomic_store_explicit(&batch->offsets[index % LAYOUT_BATCH], offset, memory_order_release);
}

static void add_check(struct writing *writing, uint64_t address, uint64_t word, uint32_t relative)
{
    invariant(writing->count <= LAYOUT_MAX_CHECKS);
    uint64_t offset = address - writing->sp;
    if (writing->count == LAYOUT_MAX_CHECKS || offset > UINT32_MAX - 8) {
        writing->too_many = true;
        return;
    }
    writing->any_special |= relative != 0;
    writing->last_word = word - (relative ? writing->sp : 0);
    writing->last_offset = (uint32_t)offset | relative;
    write_check(writing, writing->count++, writing->last_word, writing->last_offset);
}

/* By the last check once more, which does no harm. */
static void fill_batch(struct writing *writing)
{
    while (writing->count % LAYOUT_BATCH)
        write_check(writing, writing->count++, writing->last_word, writing->last_offset);
}

static void add_module(struct writing *writing, uint64_t pc, const struct module_identity *module)
{
    fill_batch(writing);
    invariant(writing->count % LAYOUT_BATCH == 0);
    if (writing->count + 2 * LAYOUT_BATCH > LAYOUT_MAX_CHECKS) {
        writing->too_many = true;
        return;
    }
    uint64_t words[2 * LAYOUT_BATCH] = {[LAYOUT_MODULE_PC] = pc,
                                        [LAYOUT_MODULE_BEGIN] = module->begin,
                                        [LAYOUT_MODULE_EH_FRAME_HDR] = module->eh_frame_hdr,
                                        [LAYOUT_MODULE_BUILD_ID_AT] = module->build_id_at};
    memcpy(words + LAYOUT_MODULE_BUILD_ID, module->build_id, sizeof module->build_id);
    for (unsigned i = 0; i < 2 * LAYOUT_BATCH; i++)
        write_check(writing, writing->count++, words[i], LAYOUT_MODULE);
    writing->any_special = true;
}

CAPTURE_READS_STACK
static uint64_t saved_word(uint64_t address)
{
    return *(const uint64_t *)(uintptr_t)address;
}

/*
 * The checks that lead from a frame to its caller, whose pc is `caller`; bp is the frame's if it
 * matters. Returns the caller's bp, likewise.
 */
static uint64_t add_frame(struct writing *writing, const struct walked_frame *frame,
                          uint64_t caller, uint64_t bp, bool saved_bp_matters)
{
    uint64_t saved_at = frame->cfa - rule_saved_bp_bytes(frame->rule);
    if (rule_kind(frame->rule) == UNWIND_REALIGNED) {
        add_check(writing, bp - rule_cfa_bytes(frame->rule), frame->cfa, LAYOUT_RELATIVE);
        saved_at = bp;
    }
    if (saves_bp(frame->rule)) {
        bp = saved_word(saved_at);
        if (saved_bp_matters)
            add_check(writing, saved_at, bp, LAYOUT_RELATIVE);
    }
    add_check(writing, frame->cfa - 8, caller, 0);
    return bp;
}

static void add_frames(struct writing *writing, const struct frame_state *start,
                       const struct walk *walk, const struct saved_bps *matters)
{
    uint64_t bp = start->bp;
    const struct walked_module *module = walk->modules, *end = module + walk->module_count;
    for (uint32_t i = 0; i < walk->count; i++) {
        for (; module < end && module->frame == i; module++)
            add_module(writing, walk->frames[i].pc, &module->identity);
        if (!has_caller(&walk->frames[i]))
            return;
        uint64_t caller = i + 1 < walk->count ? walk->frames[i + 1].pc : walk->last_pc;
        bp = add_frame(writing, &walk->frames[i], caller, bp, matters->of_frame[i]);
    }
}

static bool is_free(struct layout *layout, uint32_t epoch)
{
    return layout_read(&layout->reference_and_epoch) >> 32 != epoch &&
           !(layout_read(&layout->sequence) & 1);
}

static uint32_t level_of(struct layout *layout)
{
    return atomic_load_explicit(&layout->level, memory_order_relaxed);
}

/*
 * The layout of a set to replace: the one that has the key, or a free one, or the one of the higher
 * level. All that is below a layout in the tree is lost with it, so one of a higher level takes the
 * place of one of a lower level only now and then, lest the cache never forget.
 */
static struct layout *choose_victim(struct layout_place place)
{
    enum { NOW_AND_THEN = 16 };
    static _Atomic uint32_t turn;
    struct layout *set = layout_set(place.key);
    uint32_t epoch = atomic_load_explicit(&layouts_epoch, memory_order_relaxed);
    for (unsigned way = 0; way < LAYOUT_WAYS; way++) {
        if (atomic_load_explicit(&set[way].key, memory_order_relaxed) == place.key)
            return &set[way];
    }
    for (unsigned way = 0; way < LAYOUT_WAYS; way++) {
        if (is_free(&set[way], epoch))
            return &set[way];
    }
    uint32_t now = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed);
    uint32_t levels[LAYOUT_WAYS] = {level_of(&set[0]), level_of(&set[1])};
    unsigned way = levels[0] == levels[1] ? now / NOW_AND_THEN % 2 : levels[1] > levels[0];
    return place.level <= levels[way] || now % NOW_AND_THEN == 0 ? &set[way] : NULL;
}

/* NULL if it is being written already. */
static struct layout *begin_writing(struct layout_place place, uint64_t *sequence)
{
    struct layout *layout = choose_victim(place);
    if (!layout)
        return NULL;
    *sequence = atomic_load_explicit(&layout->sequence, memory_order_relaxed);
    if (*sequence & 1 ||
        !atomic_compare_exchange_strong_explicit(&layout->sequence, sequence, *sequence + 1,
                                                 memory_order_acq_rel, memory_order_relaxed))
        return NULL;
    return layout;
}

void layouts_remember(struct layout_place place, const struct frame_state *frame,
                      const struct walk *walk, uint32_t reference, uint32_t epoch)
{
    invariant(reference != 0 && place.level < LAYOUT_MAX_PROBES);
    uint64_t sequence;
    struct layout *layout =
        place.key && !walk->not_verifiable ? begin_writing(place, &sequence) : NULL;
    if (!layout)
        return;
    struct saved_bps matters;
    find_saved_bps(walk, &matters);
    struct writing writing = {.layout = layout, .sp = frame->sp};
    add_frames(&writing, frame, walk, &matters);
    fill_batch(&writing);
    bool complete = !writing.too_many && writing.count;
    write_word(&layout->pc, frame->pc);
    write_word(&layout->bp_mask, matters.first ? ~UINT64_C(0) : 0);
    write_word(&layout->bp_from_sp, frame->bp - frame->sp);
    write_word(&layout->batch_count, writing.count / LAYOUT_BATCH);
    atomic_store_explicit(&layout->any_special, writing.any_special, memory_order_release);
    atomic_store_explicit(&layout->level, place.level, memory_order_release);
    write_word(&layout->key, complete ? place.key : 0);
    write_word(&layout->reference_and_epoch, complete ? reference | (uint64_t)epoch << 32 : 0);
    invariant(layout_read(&layout->sequence) == sequence + 1); /* no other has written meanwhile */
    write_word(&layout->sequence, sequence + 2);
}
