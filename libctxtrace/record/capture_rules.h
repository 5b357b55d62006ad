/*
 * The unwinding rules of the return addresses met so far: a table that any number of threads read
 * and fill without a lock, and in signal handlers.
 *
 * An item is one word, so it is never seen half written. It packs the rule with as much of the
 * address as its place in the table does not already tell:
 *
 *     63 ... 30   address bits 46 ... 14, then bit 0
 *     29          permanent: the module is never unloaded
 *     28 ... 20   saved_bp_words
 *     19 ...  3   cfa_words
 *      2 ...  0   kind (enum unwind_kind; 0: the item is empty)
 *
 * The place is the address's low 14 bits; an address may be there or in the neighbour (place ^ 1),
 * hence bit 0. So an item found for an address is that address's. (Place and CFA cost one
 * instruction each, because they are what a walk waits for.)
 *
 * Rules of modules that can be unloaded (not permanent) hold for one module generation. Whoever
 * meets one, or none, must call modules_identify for its address, and then rules_follow with
 * modules_generation(). What the table has then is true to the module that is loaded there:
 * - A thread stores a rule for a frame on its own stack, after it identified the module. Before
 *   that module can be unloaded, that thread's frame is gone, so the rule has been stored.
 * - Of a module that came later to the same place, modules_identify says the identity only when
 *   the generation is one that was published after it came (or when it has the same build id,
 *   hence the same rules). And rules_follow empties all items that are not permanent before it
 *   takes a generation as its own.
 */
#ifndef CTXTRACE_RECORD_CAPTURE_RULES_H
#define CTXTRACE_RECORD_CAPTURE_RULES_H

#include "record/capture_cfi.h"
#include "record/modules.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RULES_BITS 14

#define RULE_TAG_SHIFT      30
#define RULE_PERMANENT      (UINT64_C(1) << 29)
#define RULE_SAVED_BP_SHIFT 20
#define RULE_CFA_SHIFT      3
#define RULE_KIND_MASK      7u
#define RULE_ADDRESSES_END  (UINT64_C(1) << 47)

/*
 * Says so to the code that uses a variable; the option -fvisibility only to the one that defines
 * it.
 */
#define CAPTURE_HIDDEN __attribute__((visibility("hidden")))

typedef uint64_t packed_rule; /* 0: none */

extern _Atomic uint64_t rules_table[1 << RULES_BITS] CAPTURE_HIDDEN;

static inline enum unwind_kind rule_kind(packed_rule rule)
{
    return (enum unwind_kind)(rule & RULE_KIND_MASK);
}

static inline uint64_t rule_cfa_bytes(packed_rule rule)
{
    return rule & (uint64_t)UNWIND_MAX_CFA_WORDS << RULE_CFA_SHIFT;
}

static inline uint64_t rule_saved_bp_bytes(packed_rule rule)
{
    return ((rule >> RULE_SAVED_BP_SHIFT) & UNWIND_MAX_SAVED_BP_WORDS) * 8;
}

static inline uint64_t rule_place(uint64_t pc)
{
    return pc & ((1 << RULES_BITS) - 1);
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

/*
 * Reads the rule for `pc`, a return address on the calling thread's stack, in its module, and
 * stores it. Never 0.
 */
packed_rule rules_learn(uint64_t pc, const struct module_identity *module);

/* Forgets the items that are not permanent if they are not of this generation. */
void rules_follow(uint64_t generation);

#endif
