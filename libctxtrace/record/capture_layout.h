/*
 * Verified layouts: recognising a stack that was seen before, without walking it.
 *
 * ===============================================================================================
 * What is remembered, and why recognising it is sound
 * ===============================================================================================
 *
 * A layout is a stack's reference and a list of checks, "the word at sp + offset is this", in the
 * order in which a walk reads these words. sp is the stack pointer of the first frame, so a layout
 * does not depend on where a stack lies, and serves all threads.
 *
 * Let a frame's state be (pc, sp, bp) as in capture_cfi.h. The rule that applies to it depends on
 * pc alone, as long as the same code is loaded there, and it determines the addresses of the words
 * from which the caller's state is taken: they are sp or bp plus constants (in a realigned frame,
 * plus the word at such an address). The claim: if the checks of a layout hold, then a walk
 * of the present stack would go through the same pcs, with the same sp and bp relative to the first
 * sp wherever they matter. By induction over the frames, innermost first:
 *
 * - The first frame: its pc is compared, sp is the reference point, and bp - sp is compared if it
 *   matters.
 * - From a frame to its caller: pc being the same, the rule is the same. What it takes the CFA from
 *   (sp, or bp, which then matters and was compared) is the same relative to the first sp, so
 *   the CFA is. So the offset at which the layout looks for the caller's return address is where
 *   the present stack really has it, and the comparison tells whether the caller's pc is the same.
 *   The same goes for the saved bp; its word is compared (less the first sp) if it
 *   matters, that is, if some frame takes its CFA from it before another saved one replaces it. In
 *   a realigned frame, the word that holds the CFA is compared in this way, too.
 * - The last frame: that it has no caller is what its rule says, hence its pc; or the word where
 *   its caller's pc would be is 0, and is compared.
 *
 * So no stale word can make a false match: no word is compared that is not, on the present stack,
 * the return address or saved register that the layout takes it for, because all that led to its
 * place was compared before. For the same reason no word is read that a walk would not read, so
 * reading is safe on whatever stack: alloca, variable-length arrays and realigned frames (their
 * frames' sizes are in the compared bp), coroutines, a thread whose stack ends nearer. Frames whose
 * rules are unknown, signal frames among them, are in no layout: their stacks are not remembered.
 *
 * "As long as the same code is loaded there": of a module that can be unloaded, the layout holds
 * the identity, and there is one more kind of check, that the module at a pc is this one. It comes
 * right after the check of the first pc in that module, before the rule there is relied on. At that
 * point the pc is known to be the true one, so the module there has a live frame and can be
 * neither unloaded nor replaced any more until this function returns. (Comparing code bytes in
 * front of each return address instead would be faster, and wrong: a library rebuilt with other
 * names, or other frames, may well have the same bytes at the same place.)
 *
 * ===============================================================================================
 * The cache
 * ===============================================================================================
 *
 * Layouts are in sets of two, chosen by a key. The first key is made of the first pc and the site
 * that the caller names. Stacks that agree in both are told apart by further keys: when check i of
 * the layout under a key fails on a word w, that word is the true one (by the induction), and the
 * search goes on under the key made of the present one, i and w. So the stacks through one
 * site make a tree whose branches are where they differ. Keys only say where to look; what is
 * found there is always verified from its first check.
 *
 * A layout is read and replaced without a lock, under its sequence (odd: being written). A reader
 * compares the sequence after it has read a check and before it uses that check, so it never reads
 * a stack at an offset that is not of the layout it began with. A writer that is interrupted
 * for good (by a fork in another thread) leaves an odd sequence, which makes that one unused.
 *
 * References are forgotten all at once by the epoch, which a layout was made in.
 */
#ifndef CTXTRACE_RECORD_CAPTURE_LAYOUT_H
#define CTXTRACE_RECORD_CAPTURE_LAYOUT_H

#include "base/hash.h"
#include "record/capture_walk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LAYOUT_SET_BITS   10
#define LAYOUT_WAYS       2
#define LAYOUT_MAX_CHECKS 128
#define LAYOUT_BATCH      4 /* layout_verify_batches has them one by one */
#define LAYOUT_MAX_PROBES 12

/*
 * From this probe on, keys depend on how deep the stack is. Otherwise recursion, whose stacks
 * differ from each other where the next one ends, would make a list of the tree. (Not from the
 * first on, because on the stacks of coroutines depth is meaningless and would only keep them
 * apart.)
 */
#define LAYOUT_DEPTH_PROBE 3

/* Set in a check's offset (always a multiple of 8 otherwise): sp is subtracted from the word. */
#define LAYOUT_RELATIVE 1u
/* The first offset of two batches that hold no checks of words but a module's identity. */
#define LAYOUT_MODULE   2u

/* Checks are read by fours, to compare the sequence once for all of them. */
struct layout_batch {
    _Atomic uint64_t words[LAYOUT_BATCH];
    _Atomic uint32_t offsets[LAYOUT_BATCH];
};

struct layout {
    _Alignas(64) _Atomic uint64_t sequence;
    _Atomic uint64_t key;
    _Atomic uint64_t reference_and_epoch; /* reference | epoch << 32 */
    _Atomic uint64_t pc;                  /* the first one */
    _Atomic uint64_t bp_mask;             /* ~0: the first bp matters; 0: it does not */
    _Atomic uint64_t bp_from_sp;          /* bp - sp, by bp_mask */
    _Atomic uint64_t batch_count;         /* the last batch is filled up with its last check */
    _Atomic uint32_t any_special;         /* 1: there are relative or module checks */
    _Atomic uint32_t level;               /* how many probes come before it */
    struct layout_batch batches[LAYOUT_MAX_CHECKS / LAYOUT_BATCH];
};

extern struct layout layouts[1 << LAYOUT_SET_BITS][LAYOUT_WAYS] CAPTURE_HIDDEN;
extern _Atomic uint32_t layouts_epoch CAPTURE_HIDDEN;

static inline uint64_t layout_first_key(uint64_t pc, uint64_t site)
{
    return hash_scatter(pc ^ site << 20 ^ site);
}

static inline uint64_t layout_next_key(uint64_t key, uint64_t check, uint64_t word)
{
    return hash_scatter((key ^ key >> 32) + word + check);
}

static inline struct layout *layout_set(uint64_t key)
{
    return layouts[key >> (64 - LAYOUT_SET_BITS)];
}

static inline uint64_t layout_read(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

enum layout_result {
    LAYOUT_MATCHES,
    LAYOUT_DIFFERS,
    LAYOUT_STALE,  /* one of its modules is not there any more */
    LAYOUT_CHANGES /* it is being replaced */
};

/* Which check failed on what, when a layout differs. */
struct layout_difference {
    uint64_t check, word;
};

/* In place of a check. */
#define LAYOUT_FIRST_PC LAYOUT_MAX_CHECKS
#define LAYOUT_FIRST_BP (LAYOUT_MAX_CHECKS + 1)

struct layout_check {
    uint64_t offset, word;
};

static inline struct layout_check layout_check(struct layout_batch *batch, unsigned k)
{
    return (struct layout_check){.offset =
                                     atomic_load_explicit(&batch->offsets[k], memory_order_acquire),
                                 .word = layout_read(&batch->words[k])};
}

__attribute__((always_inline)) CAPTURE_READS_STACK static inline bool
layout_fails(struct layout_check check, uint64_t sp, bool any_special, uint64_t *word)
{
    uint64_t relative = any_special ? check.offset & LAYOUT_RELATIVE : 0;
    *word = *(const uint64_t *)(uintptr_t)(sp + (check.offset - relative));
    *word -= sp & (0 - relative);
    return __builtin_expect(*word != check.word, 0);
}

/* Words of the two batches of a module check. */
enum layout_module_word {
    LAYOUT_MODULE_PC,
    LAYOUT_MODULE_BEGIN,
    LAYOUT_MODULE_EH_FRAME_HDR,
    LAYOUT_MODULE_BUILD_ID_AT,
    LAYOUT_MODULE_BUILD_ID /* 3 words */
};

/* Checks the module whose check is at `batch`: LAYOUT_MATCHES, LAYOUT_STALE or LAYOUT_CHANGES. */
enum layout_result layout_verify_module(struct layout *layout, uint64_t sequence,
                                        struct layout_batch *batch);

/* The next check is looked at only when the one before holds, or else its place could be wrong. */
__attribute__((always_inline)) CAPTURE_READS_STACK static inline enum layout_result
layout_verify_batches(struct layout *layout, uint64_t sequence, uint64_t sp, bool any_special,
                      struct layout_difference *difference)
{
    struct layout_batch *end = layout->batches + layout_read(&layout->batch_count);
    for (struct layout_batch *batch = layout->batches; batch < end; batch++) {
        struct layout_check first = layout_check(batch, 0), second = layout_check(batch, 1);
        struct layout_check third = layout_check(batch, 2), fourth = layout_check(batch, 3);
        if (atomic_load_explicit(&layout->sequence, memory_order_relaxed) != sequence)
            return LAYOUT_CHANGES;
        if (any_special && (first.offset & LAYOUT_MODULE)) {
            enum layout_result result = layout_verify_module(layout, sequence, batch);
            if (result != LAYOUT_MATCHES)
                return result;
            batch++;
            continue;
        }
        uint64_t index = 0;
        if (layout_fails(first, sp, any_special, &difference->word))
            index = 0;
        else if (layout_fails(second, sp, any_special, &difference->word))
            index = 1;
        else if (layout_fails(third, sp, any_special, &difference->word))
            index = 2;
        else if (layout_fails(fourth, sp, any_special, &difference->word))
            index = 3;
        else
            continue;
        difference->check = (uint64_t)(batch - layout->batches) * LAYOUT_BATCH + index;
        return LAYOUT_DIFFERS;
    }
    bool same = atomic_load_explicit(&layout->sequence, memory_order_relaxed) == sequence;
    return same ? LAYOUT_MATCHES : LAYOUT_CHANGES;
}

CAPTURE_READS_STACK
static inline enum layout_result layout_verify(struct layout *layout, uint64_t sequence,
                                               struct frame_state frame,
                                               struct layout_difference *difference)
{
    uint64_t sp = frame.sp, bp_from_sp = frame.bp - sp;
    if (frame.pc != layout_read(&layout->pc)) {
        *difference = (struct layout_difference){.check = LAYOUT_FIRST_PC, .word = frame.pc};
        return LAYOUT_DIFFERS;
    }
    if ((bp_from_sp ^ layout_read(&layout->bp_from_sp)) & layout_read(&layout->bp_mask)) {
        *difference = (struct layout_difference){.check = LAYOUT_FIRST_BP, .word = bp_from_sp};
        return LAYOUT_DIFFERS;
    }
    /* Two loops, as most code is compiled without frame pointers and has nothing relative. */
    if (atomic_load_explicit(&layout->any_special, memory_order_acquire))
        return layout_verify_batches(layout, sequence, sp, true, difference);
    return layout_verify_batches(layout, sequence, sp, false, difference);
}

/* Where to remember a stack that was not recognised. */
struct layout_place {
    uint64_t key; /* 0: nowhere */
    uint32_t level;
};

/*
 * The reference of the stack that begins with `frame`, or 0 if it is not recognised; then *place
 * says where to remember it.
 */
CAPTURE_READS_STACK
static inline uint32_t layouts_find(struct frame_state frame, uint64_t site,
                                    struct layout_place *place)
{
    uint64_t key = layout_first_key(frame.pc, site);
    uint32_t epoch = atomic_load_explicit(&layouts_epoch, memory_order_acquire);
    for (unsigned probe = 0; probe < LAYOUT_MAX_PROBES; probe++) {
        struct layout *layout = layout_set(key);
        *place = (struct layout_place){.key = key, .level = probe};
        if (atomic_load_explicit(&layout->key, memory_order_relaxed) != key) {
            layout++;
            if (atomic_load_explicit(&layout->key, memory_order_relaxed) != key)
                return 0;
        }
        uint64_t sequence = layout_read(&layout->sequence);
        uint64_t reference = layout_read(&layout->reference_and_epoch);
        if (sequence & 1 || reference >> 32 != epoch)
            return 0;
        struct layout_difference difference = {0, 0};
        switch (layout_verify(layout, sequence, frame, &difference)) {
        case LAYOUT_MATCHES:
            return (uint32_t)reference;
        case LAYOUT_STALE:
            return 0;
        case LAYOUT_CHANGES:
            place->key = 0;
            return 0;
        case LAYOUT_DIFFERS:
            if (probe == LAYOUT_DEPTH_PROBE)
                difference.word += (uint64_t)pthread_self() - frame.sp;
            key = layout_next_key(key, difference.check, difference.word);
        }
    }
    place->key = 0;
    return 0;
}

/*
 * Remembers a walked stack. `epoch` is layouts_epoch from before `reference` was made. Does nothing
 * if the layout does not fit.
 */
void layouts_remember(struct layout_place place, const struct frame_state *frame,
                      const struct walk *walk, uint32_t reference, uint32_t epoch);

#endif
