/*
 * The unwinding rules of the return addresses met so far: a table that any number of threads read
 * and fill without a lock, and in signal handlers.
 *
 * An item is one word, so it is never seen half written. It packs the rule with as much of the
 * address as its place in the table does not already tell:
 *
 *     63 ... 30   address bits 46 ... 14, then bit 0
 *     29 ... 27   kind (enum unwind_kind; 0: the item is empty)
 *     26          permanent: the module is never unloaded
 *     25 ...  9   cfa_words
 *      8 ...  0   saved_bp_words
 *
 * The place is the address's low bits, exclusive-or its higher ones; an address may be there or in
 * the neighbour (place ^ 1), hence bit 0. So an item found for an address is that address's.
 *
 * Rules of modules that can be unloaded (not permanent) hold for one module generation. Whoever
 * meets one must have called modules_refresh since the frame became live, and rules_follow with
 * what it returned. Then the rule is the right one:
 * - A thread stores a rule for a frame on its own stack, so its module is loaded at that time, and
 *   before the module is unloaded that thread's frame is gone: the rule was stored before.
 * - Unloading moves the loader's counters, so the first refresh after it finds a new generation,
 *   and rules_follow empties all items that are not permanent before it takes that generation as
 *   its own. The refresh by the reader, whose frame is in what was loaded later, comes after.
 */
#ifndef CTXTRACE_RECORD_CAPTURE_RULES_H
#define CTXTRACE_RECORD_CAPTURE_RULES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "record/capture_cfi.h"

#define RULES_BITS 14

#define RULE_TAG_SHIFT      30
#define RULE_KIND_SHIFT     27
#define RULE_PERMANENT      (UINT64_C(1) << 26)
#define RULE_CFA_SHIFT      9
#define RULE_CFA_MASK       UNWIND_MAX_CFA_WORDS
#define RULE_SAVED_BP_MASK  UNWIND_MAX_SAVED_BP_WORDS
#define RULE_ADDRESSES_END  (UINT64_C(1) << 47)

typedef uint64_t packed_rule; /* 0: none */

extern _Atomic uint64_t rules_table[1 << RULES_BITS];

static inline enum unwind_kind rule_kind(packed_rule rule)
{
    return (enum unwind_kind)((rule >> RULE_KIND_SHIFT) & 7);
}

static inline uint64_t rule_cfa_bytes(packed_rule rule)
{
    return ((rule >> RULE_CFA_SHIFT) & RULE_CFA_MASK) * 8;
}

static inline uint64_t rule_saved_bp_bytes(packed_rule rule)
{
    return (rule & RULE_SAVED_BP_MASK) * 8;
}

static inline uint64_t rule_place(uint64_t pc)
{
    return (pc ^ (pc >> RULES_BITS) ^ (pc >> 2 * RULES_BITS)) & ((1 << RULES_BITS) - 1);
}

static inline uint64_t rule_tag(uint64_t pc)
{
    return (pc >> RULES_BITS << 1) | (pc & 1);
}

/* The rule known for `pc`, or 0. */
static inline packed_rule rules_get(uint64_t pc)
{
    uint64_t place = rule_place(pc), tag = rule_tag(pc);
    packed_rule rule = atomic_load_explicit(&rules_table[place], memory_order_relaxed);
    if (rule >> RULE_TAG_SHIFT == tag)
        return rule;
    rule = atomic_load_explicit(&rules_table[place ^ 1], memory_order_relaxed);
    return rule >> RULE_TAG_SHIFT == tag ? rule : 0;
}

/* Finds the rule for `pc`, a return address on the calling thread's stack, in its module, and
 * stores it. Never 0. Takes the loader's lock. */
packed_rule rules_learn(uint64_t pc);

/* The generation that the items which are not permanent belong to. */
uint64_t rules_generation(void);

/* Forgets the items that are not permanent if they are not of this generation. */
void rules_follow(uint64_t generation);

#endif
