#include "record/capture_rules.h"

#include "base/invariant.h"

_Static_assert(UNWIND_REALIGNED <= RULE_KIND_MASK, "a kind takes three bits");
_Static_assert(UNWIND_MAX_CFA_WORDS == (1 << 17) - 1 && UNWIND_MAX_SAVED_BP_WORDS == (1 << 9) - 1,
               "the widths in the specification");

_Atomic uint64_t rules_table[1 << RULES_BITS];

static _Atomic uint64_t followed_generation;

static packed_rule pack(uint64_t pc, struct unwind_rule rule, bool permanent)
{
    invariant(rule.kind != 0 && rule.kind <= RULE_KIND_MASK);
    invariant(rule.cfa_words <= UNWIND_MAX_CFA_WORDS);
    invariant(rule.saved_bp_words <= UNWIND_MAX_SAVED_BP_WORDS);
    return rule_tag(pc) << RULE_TAG_SHIFT | (permanent ? RULE_PERMANENT : 0) |
           (uint64_t)rule.saved_bp_words << RULE_SAVED_BP_SHIFT |
           (uint64_t)rule.cfa_words << RULE_CFA_SHIFT | rule.kind;
}

/* Into the neighbour if that is free, else in place of what is there. */
static void store(uint64_t pc, packed_rule rule)
{
    uint64_t place = rule_place(pc);
    if (atomic_load_explicit(&rules_table[place], memory_order_relaxed) &&
        !atomic_load_explicit(&rules_table[place ^ 1], memory_order_relaxed))
        place ^= 1;
    atomic_store_explicit(&rules_table[place], rule, memory_order_relaxed);
}

packed_rule rules_learn(uint64_t pc, const struct module_identity *module)
{
    struct unwind_rule rule =
        cfi_rule((const void *)(uintptr_t)module->eh_frame_hdr, module->begin, module->end, pc);
    packed_rule packed = pack(pc, rule, module->permanent);
    if (pc < RULE_ADDRESSES_END)
        store(pc, packed);
    return packed;
}

void rules_follow(uint64_t generation)
{
    if (atomic_load_explicit(&followed_generation, memory_order_acquire) == generation)
        return;
    for (uint64_t place = 0; place < 1 << RULES_BITS; place++) {
        packed_rule rule = atomic_load_explicit(&rules_table[place], memory_order_relaxed);
        if (rule && !(rule & RULE_PERMANENT))
            atomic_compare_exchange_strong_explicit(&rules_table[place], &rule, 0,
                                                    memory_order_relaxed, memory_order_relaxed);
    }
    atomic_store_explicit(&followed_generation, generation, memory_order_release);
}
