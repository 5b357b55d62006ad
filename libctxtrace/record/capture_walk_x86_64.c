#include "base/invariant.h"
#include "record/capture_own.h"
#include "record/capture_walk.h"

#include <pthread.h>
#include <stddef.h>

/* Set by the dynamic loader: the stack pointer that the program was started with. */
extern void *__libc_stack_end __attribute__((weak));

/* An address that no CFA on the stack of `sp` can be above; 0 if there is none. */
static uint64_t stack_end(uint64_t sp)
{
    uint64_t descriptor = (uint64_t)pthread_self();
    if (sp < descriptor)
        return descriptor;
    uint64_t initial = &__libc_stack_end ? (uint64_t)(uintptr_t)__libc_stack_end : 0;
    return sp < initial ? initial : 0;
}

CAPTURE_READS_STACK
static inline uint64_t word_at(uint64_t address)
{
    return *(const uint64_t *)(uintptr_t)address;
}

static const struct module_identity *known_module(const struct walk *walk, uint64_t pc)
{
    for (uint32_t i = 0; i < walk->module_count; i++) {
        const struct module_identity *module = &walk->modules[i].identity;
        if (pc > module->begin && pc <= module->end)
            return module;
    }
    return NULL;
}

static void note_module(struct walk *walk, uint32_t frame, const struct module_identity *module)
{
    invariant(walk->module_count <= WALK_MODULES && frame < WALK_FRAMES);
    if (module->permanent)
        return;
    if (walk->module_count == WALK_MODULES || !module->build_id_at)
        walk->not_verifiable = true;
    if (walk->module_count < WALK_MODULES)
        walk->modules[walk->module_count++] =
            (struct walked_module){.identity = *module, .frame = frame};
}

/*
 * The rule of a frame that the table does not have as permanent; see capture_rules.h. 0: its module
 * is not known.
 */
static packed_rule checked_rule(struct walk *walk, uint32_t frame, uint64_t pc)
{
    struct module_identity identity;
    const struct module_identity *module = known_module(walk, pc);
    if (!module) {
        /* A call that is the last thing in a module returns to its end; hence pc - 1. */
        if (!modules_identify(pc - 1, &identity))
            return 0;
        rules_follow(modules_generation());
        note_module(walk, frame, &identity);
        module = &identity;
    }
    packed_rule rule = rules_get(pc);
    return rule ? rule : rules_learn(pc, module);
}

/*
 * The CFA of a realigned frame, or 0 if its bp cannot be right: that has pushed the caller's bp
 * between the word that holds the CFA and the CFA.
 */
CAPTURE_READS_STACK
static uint64_t realigned_cfa(const struct frame_state *frame, packed_rule rule, uint64_t end)
{
    uint64_t place = frame->bp - rule_cfa_bytes(rule);
    if (place < frame->sp || place >= end || place - frame->sp > UNWIND_MAX_CFA_WORDS * 8 ||
        place % 8)
        return 0;
    uint64_t cfa = word_at(place);
    return frame->bp < cfa ? cfa : 0;
}

/* 0 if there is none. Below `end` is stack. */
CAPTURE_READS_STACK
static inline uint64_t cfa_of(const struct frame_state *frame, packed_rule rule, uint64_t end)
{
    switch (rule_kind(rule)) {
    case UNWIND_SP:
        return frame->sp + rule_cfa_bytes(rule);
    case UNWIND_BP:
        return frame->bp + rule_cfa_bytes(rule);
    case UNWIND_REALIGNED:
        return realigned_cfa(frame, rule, end);
    default:
        return 0;
    }
}

CAPTURE_READS_STACK
static inline uint64_t callers_bp(const struct frame_state *frame, packed_rule rule, uint64_t cfa)
{
    if (rule_kind(rule) == UNWIND_REALIGNED)
        return word_at(frame->bp);
    uint64_t distance = rule_saved_bp_bytes(rule);
    return distance ? word_at(cfa - distance) : frame->bp;
}

CAPTURE_READS_STACK
bool walk_stack(struct walk *walk, const struct frame_state *start, uint32_t max_frames)
{
    struct frame_state frame = *start;
    uint64_t end = stack_end(frame.sp);
    bool own = true;
    uint32_t limit = max_frames + WALK_OWN_FRAMES;
    invariant(limit <= WALK_FRAMES);
    walk->own = 0;
    walk->truncated = false;
    walk->module_count = 0;
    walk->not_verifiable = false;
    for (uint32_t count = 0;; count++) {
        if (own && !(own = is_own(frame.pc))) {
            walk->own = count;
            limit = count + max_frames;
        }
        walk->count = count;
        walk->last_pc = frame.pc;
        if (!frame.pc)
            return true;
        if (count == limit) {
            walk->truncated = true;
            return !own;
        }
        packed_rule rule = rules_get(frame.pc);
        if (!(rule & RULE_PERMANENT))
            rule = checked_rule(walk, count, frame.pc);
        struct walked_frame *walked = &walk->frames[count];
        walked->pc = frame.pc;
        walked->rule = rule;
        walked->cfa = 0;
        if (rule_kind(rule) == UNWIND_END) {
            walk->count = count + 1;
            return true;
        }
        uint64_t cfa = cfa_of(&frame, rule, end);
        if (cfa <= frame.sp || cfa > end || cfa - frame.sp > UNWIND_MAX_CFA_WORDS * 8 || cfa % 8)
            return false;
        walked->cfa = cfa;
        frame.bp = callers_bp(&frame, rule, cfa);
        frame.sp = cfa;
        frame.pc = word_at(cfa - 8);
    }
}
