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
 *   the CFA is. So the offset at which the layout looks for the caller's return address is the place
 *   where the present stack really has it, and the comparison tells whether the caller's pc is
 *   the same. The same goes for the saved bp; its word is compared (less the first sp) if it
 *   matters, that is, if some frame takes its CFA from it before another saved one replaces it. In
 *   a realigned frame, the word that holds the CFA is compared in this way, too.
 * - The last frame: that it has no caller is what its rule says, hence its pc.
 *
 * So no stale word can make a false match: no word is compared that is not, on the present stack,
 * the return address or saved register that the layout takes it for, because all that led to its
 * place was compared before. For the same reason no word is read that a walk would not read, so
 * reading is safe on whatever stack: alloca, variable-length arrays and realigned frames (their
 * frames' sizes are in the compared bp), coroutines, a thread whose stack ends nearer. Frames whose
 * rules are unknown, signal frames among them, are in no layout: their stacks are not remembered.
 *
 * "As long as the same code is loaded there": a layout all of whose frames are in modules that are
 * never unloaded needs no more. Any other holds the module generation at which it was made, and is
 * used only if modules_refresh, called before its checks, returns that generation. The modules of
 * frames that are live cannot be unloaded or replaced between the two. (Comparing code bytes in
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

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/capture_walk.h"

#define LAYOUT_SET_BITS   9
#define LAYOUT_WAYS       2
#define LAYOUT_MAX_CHECKS 128
#define LAYOUT_MAX_PROBES 12

/* Set in a check's offset (always a multiple of 8 otherwise): sp is subtracted from the word. */
#define LAYOUT_RELATIVE 1u

struct layout {
    _Alignas(64) _Atomic uint64_t sequence;
    _Atomic uint64_t key;
    _Atomic uint64_t reference_and_epoch; /* reference | epoch << 32 */
    _Atomic uint64_t generation;          /* 0: only permanent modules */
    _Atomic uint64_t bp_mask;             /* ~0: the first bp matters; 0: it does not */
    _Atomic uint64_t bp_from_sp;          /* bp - sp, by bp_mask */
    _Atomic uint64_t check_count;
    _Atomic uint32_t offsets[LAYOUT_MAX_CHECKS];
    _Atomic uint64_t words[LAYOUT_MAX_CHECKS];
};

extern struct layout layouts[1 << LAYOUT_SET_BITS][LAYOUT_WAYS];
extern _Atomic uint32_t layouts_epoch;

static inline uint64_t layout_mix(uint64_t value)
{
    return value * UINT64_C(0x9e3779b97f4a7c15);
}

static inline uint64_t layout_first_key(uint64_t pc, uint64_t site)
{
    return layout_mix(pc ^ site << 20 ^ site);
}

static inline uint64_t layout_next_key(uint64_t key, uint64_t check, uint64_t word)
{
    return layout_mix((key ^ key >> 32) + word + check);
}

static inline struct layout *layout_set(uint64_t key)
{
    return layouts[key >> (64 - LAYOUT_SET_BITS)];
}

static inline uint64_t layout_read(_Atomic uint64_t *word)
{
    return atomic_load_explicit(word, memory_order_acquire);
}

enum layout_result { LAYOUT_MATCHES, LAYOUT_DIFFERS, LAYOUT_CHANGES };

/* Which check failed on what, when a layout differs. check_count: the first bp. */
struct layout_difference {
    uint64_t check, word;
};

CAPTURE_READS_STACK
static inline enum layout_result layout_verify(struct layout *layout, uint64_t sequence,
                                               const struct frame_state *frame,
                                               struct layout_difference *difference)
{
    uint64_t count = layout_read(&layout->check_count);
    uint64_t bp_from_sp = frame->bp - frame->sp;
    if ((bp_from_sp ^ layout_read(&layout->bp_from_sp)) & layout_read(&layout->bp_mask)) {
        *difference = (struct layout_difference){.check = LAYOUT_MAX_CHECKS, .word = bp_from_sp};
        return LAYOUT_DIFFERS;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t offset = atomic_load_explicit(&layout->offsets[i], memory_order_acquire);
        uint64_t expected = layout_read(&layout->words[i]);
        if (atomic_load_explicit(&layout->sequence, memory_order_relaxed) != sequence)
            return LAYOUT_CHANGES;
        uint64_t relative = offset & LAYOUT_RELATIVE;
        uint64_t word = *(const uint64_t *)(uintptr_t)(frame->sp + offset - relative);
        word -= frame->sp & (0 - relative);
        if (word != expected) {
            *difference = (struct layout_difference){.check = i, .word = word};
            return LAYOUT_DIFFERS;
        }
    }
    bool same = atomic_load_explicit(&layout->sequence, memory_order_relaxed) == sequence;
    return same ? LAYOUT_MATCHES : LAYOUT_CHANGES;
}

/* The present generation, for a layout that depends on it; 0 if that cannot be known now. */
uint64_t layout_present_generation(void);

/*
 * The reference of the stack that begins with `frame`, or 0 if it is not recognised. Then *miss is
 * the key under which to remember it, or 0 if it should not be.
 */
CAPTURE_READS_STACK
static inline uint32_t layouts_find(const struct frame_state *frame, uint64_t site, uint64_t *miss)
{
    uint64_t key = layout_first_key(frame->pc, site);
    uint32_t epoch = atomic_load_explicit(&layouts_epoch, memory_order_acquire);
    for (unsigned probe = 0; probe < LAYOUT_MAX_PROBES; probe++) {
        struct layout *layout = layout_set(key);
        *miss = key;
        if (atomic_load_explicit(&layout->key, memory_order_relaxed) != key) {
            layout++;
            if (atomic_load_explicit(&layout->key, memory_order_relaxed) != key)
                return 0;
        }
        uint64_t sequence = layout_read(&layout->sequence);
        uint64_t reference = layout_read(&layout->reference_and_epoch);
        if (sequence & 1 || reference >> 32 != epoch)
            return 0;
        uint64_t generation = layout_read(&layout->generation);
        if (generation && generation != layout_present_generation())
            return 0;
        struct layout_difference difference;
        switch (layout_verify(layout, sequence, frame, &difference)) {
        case LAYOUT_MATCHES:
            return (uint32_t)reference;
        case LAYOUT_CHANGES:
            *miss = 0;
            return 0;
        case LAYOUT_DIFFERS:
            key = layout_next_key(key, difference.check, difference.word);
        }
    }
    *miss = 0;
    return 0;
}

/* Remembers a walked stack under `key`. `epoch` is layouts_epoch from before `reference` was made.
 * Does nothing if the layout does not fit. */
void layouts_remember(uint64_t key, const struct frame_state *frame, const struct walk *walk,
                      uint32_t reference, uint32_t epoch);

#endif
