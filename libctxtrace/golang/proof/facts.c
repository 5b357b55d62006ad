/*
 * What is claimed about Go programs, and why each kind of claim holds.
 *
 * "Nothing can wake this goroutine" (wakeable): it waits for channels, locks, groups or conditions
 * in the heap, and the marking did not reach them. To wake it, somebody would have to get hold of
 * one of them. How that could still happen, and where it is excluded:
 *   - a goroutine that can run has it on its stack: such stacks are roots, by the collector's own
 *     maps at safe points, else conservatively (stack_roots.h);
 *   - a thread has it in a register, on the scheduler's stack, a signal's or C's (threads.h);
 *   - global data, finalizers, cleanups and weak pointers lead to it (marking_roots.c,
 *     marking_specials.c); its address is where the collector does not look (marking_hidden.c);
 *   - another goroutine has it that is itself only thought to be blocked: a candidate is live once
 *     what it waits for is reached, and its wait is confirmed from both sides (waits.c);
 *   - timers, descriptors and the runtime itself wake from outside: those who wait for them are no
 *     candidates;
 *   - something was not read: then nothing is claimed; the capture was an accident of its moment: a
 *     second one has to agree, independently of the first (proof.c, progress.h).
 *
 * "Only a parent's end can" (wakeable_without_parent): it was not reached as long as the links from
 * contexts to their children were held back. The argument is the same.
 *
 * "Nobody can cancel this context" (cancellable): no cancel function for it was reached: no closure
 * that captures it, in the heap or on a stack. Besides the above:
 *   - the function was inlined, so that only the context is left in the frame that will call it: a
 *     plain pointer to a context in the frame of a function that creates contexts counts as one;
 *   - it was found by a conservative scan, which cannot recognise closures: the context alone
 *     counts, too;
 *   - its own timer holds one: that is its deadline, and no claim against it;
 *   - it is of a type of the program's own, has ended or is ending: nothing is claimed (see also
 *     snapshot/link_contexts.c).
 *
 * "Only its parent's link knows it" (held_only_by_parent): reached only once the children of
 * contexts were, and no cancel function was. The argument is the same.
 */
#include "golang/proof/facts.h"

#include <stdlib.h>
#include <string.h>

static struct fact known(bool yes)
{
    return (struct fact){yes ? FACT_YES : FACT_NO, PRECONDITION_NONE};
}

static struct fact unknown(enum precondition missing)
{
    return (struct fact){FACT_UNKNOWN, (uint8_t)missing};
}

static bool allocate(const struct model *model, struct facts *facts)
{
    size_t goroutines = model->goroutines.count + 1, contexts = model->contexts.count + 1;
    *facts = (struct facts){.wakeable = calloc(goroutines, sizeof(struct fact)),
                            .wakeable_without_parent = calloc(goroutines, sizeof(struct fact)),
                            .woken_by = calloc(goroutines, sizeof(uint64_t)),
                            .cancellable = calloc(contexts, sizeof(struct fact)),
                            .held_only_by_parent = calloc(contexts, sizeof(struct fact)),
                            .unlinked = calloc(contexts, sizeof(bool)),
                            .garbage = calloc(contexts, sizeof(bool))};
    return facts->wakeable && facts->wakeable_without_parent && facts->woken_by &&
           facts->cancellable && facts->held_only_by_parent && facts->unlinked && facts->garbage;
}

void facts_free(struct facts *facts)
{
    free(facts->wakeable);
    free(facts->wakeable_without_parent);
    free(facts->woken_by);
    free(facts->cancellable);
    free(facts->held_only_by_parent);
    free(facts->unlinked);
    free(facts->garbage);
    *facts = (struct facts){0};
}

bool facts_unknown(const struct model *model, enum precondition missing, struct facts *facts)
{
    if (!allocate(model, facts))
        return false;
    for (size_t i = 0; i < model->goroutines.count; i++)
        facts->wakeable[i] = facts->wakeable_without_parent[i] = unknown(missing);
    for (size_t i = 0; i < model->contexts.count; i++)
        facts->cancellable[i] = facts->held_only_by_parent[i] = unknown(missing);
    return true;
}

/* A no is a claim; it is made only if everything was read. */
static struct fact claim(bool yes, bool complete)
{
    return yes || complete ? known(yes) : unknown(PRECONDITION_ALL_ROOTS_READ);
}

static void judge_goroutine(const struct model *model, const struct verdicts *verdicts, size_t i,
                            struct facts *facts)
{
    const struct goroutine *goroutine = &model->goroutines.items[i];
    struct fact *wakeable = &facts->wakeable[i];
    struct fact *without_parent = &facts->wakeable_without_parent[i];
    if (goroutine->status != GO_WAITING && goroutine->status != GO_LEAKED) {
        *wakeable = *without_parent = known(true);
    } else if (!verdicts->candidates[i]) {
        /* Timers and descriptors wake from outside; of the rest nothing is known. */
        bool outside = strcmp(goroutine->reason_text, "sleep") == 0 ||
                       strcmp(goroutine->reason_text, "IO wait") == 0;
        *wakeable = *without_parent = outside ? known(true) : unknown(PRECONDITION_NOT_OBSERVABLE);
    } else {
        uint8_t reached = verdicts->goroutines[i];
        *wakeable = claim(reached <= REACHED_BY_PARENT && reached, verdicts->complete);
        *without_parent = claim(reached == REACHED_FIRST, verdicts->complete);
    }
    facts->woken_by[i] = verdicts->woken_by[i];
}

static void judge_context(const struct go_context *context, const struct context_type *type,
                          const struct verdicts *verdicts, size_t i, struct facts *facts)
{
    bool can_cancel = verdicts->can_cancel[i], complete = verdicts->complete;
    facts->unlinked[i] = !verdicts->linked[i];
    facts->garbage[i] = complete && verdicts->contexts[i] == REACHED_NEVER;
    facts->cancellable[i] = facts->held_only_by_parent[i] =
        unknown(context->error.type ? PRECONDITION_OPEN_CONTEXT : PRECONDITION_NOT_OBSERVABLE);
    if (!context->core || context->error.type || type->kind == CONTEXT_CUSTOM)
        return;
    facts->cancellable[i] = claim(can_cancel, complete);
    bool only = verdicts->contexts[i] == REACHED_BY_PARENT && !can_cancel;
    facts->held_only_by_parent[i] = complete ? known(only) : unknown(PRECONDITION_ALL_ROOTS_READ);
}

bool facts_from(const struct model *model, const struct context_types *types,
                const struct verdicts *verdicts, struct facts *facts)
{
    if (!allocate(model, facts))
        return false;
    for (size_t i = 0; i < model->goroutines.count; i++)
        judge_goroutine(model, verdicts, i, facts);
    for (size_t i = 0; i < model->contexts.count; i++) {
        const struct go_context *context = &model->contexts.items[i];
        judge_context(context, &types->items[context->type], verdicts, i, facts);
    }
    return true;
}

bool facts_claim_of_goroutine(const struct facts *facts, size_t goroutine)
{
    return facts->wakeable[goroutine].value == FACT_NO ||
           facts->wakeable_without_parent[goroutine].value == FACT_NO;
}

bool facts_claim_of_contexts(const struct model *model, const struct facts *facts)
{
    for (size_t i = 0; i < model->contexts.count; i++)
        if (facts->cancellable[i].value == FACT_NO && !facts->garbage[i])
            return true;
    return false;
}

/* A claim that is not made there, too, is no claim. */
static void lower_to(struct fact *fact, uint8_t claimed, const struct fact *other,
                     enum precondition missing)
{
    if (fact->value == claimed && (!other || other->value != claimed))
        *fact = unknown(missing);
}

static void lower(struct fact *fact, uint8_t claimed, const struct fact *earlier)
{
    lower_to(fact, claimed, earlier, PRECONDITION_TWO_SNAPSHOTS_AGREE);
}

bool facts_doubt(const struct model *model, const struct context_types *types,
                 const struct verdicts *if_hidden, struct facts *facts)
{
    struct facts other;
    bool good = facts_from(model, types, if_hidden, &other);
    for (size_t i = 0; good && i < model->goroutines.count; i++) {
        const struct goroutine *goroutine = &model->goroutines.items[i];
        if (goroutine->stack.forever || goroutine->id == MAIN_GOROUTINE)
            continue; /* roots in both, whatever they wait for */
        lower_to(&facts->wakeable[i], FACT_NO, &other.wakeable[i], PRECONDITION_NOTHING_HIDDEN);
        lower_to(&facts->wakeable_without_parent[i], FACT_NO, &other.wakeable_without_parent[i],
                 PRECONDITION_NOTHING_HIDDEN);
    }
    for (size_t i = 0; good && i < model->contexts.count; i++) {
        lower_to(&facts->cancellable[i], FACT_NO, &other.cancellable[i],
                 PRECONDITION_NOTHING_HIDDEN);
        lower_to(&facts->held_only_by_parent[i], FACT_YES, &other.held_only_by_parent[i],
                 PRECONDITION_NOTHING_HIDDEN);
    }
    facts_free(&other);
    return good;
}

void facts_withhold(struct facts *facts, size_t goroutine)
{
    lower(&facts->wakeable[goroutine], FACT_NO, NULL);
    lower(&facts->wakeable_without_parent[goroutine], FACT_NO, NULL);
}

void facts_withhold_all(const struct model *model, struct facts *facts, enum precondition missing)
{
    for (size_t i = 0; i < model->goroutines.count; i++) {
        lower_to(&facts->wakeable[i], FACT_NO, NULL, missing);
        lower_to(&facts->wakeable_without_parent[i], FACT_NO, NULL, missing);
    }
    for (size_t i = 0; i < model->contexts.count; i++) {
        lower_to(&facts->cancellable[i], FACT_NO, NULL, missing);
        lower_to(&facts->held_only_by_parent[i], FACT_YES, NULL, missing);
    }
}

/* Claims are made of blocked ones only; Go's own leak profile turns waiting to leaked and back. */
static const struct goroutine *same_goroutine(const struct goroutine *goroutine,
                                              const struct model *earlier)
{
    const struct goroutine *found = goroutine_at(&earlier->goroutines, goroutine->address);
    return found && found->id == goroutine->id && found->sp == goroutine->sp ? found : NULL;
}

void facts_agree(const struct model *model, struct facts *facts, const struct model *earlier_model,
                 const struct facts *earlier)
{
    for (size_t i = 0; i < model->goroutines.count; i++) {
        const struct goroutine *same = same_goroutine(&model->goroutines.items[i], earlier_model);
        size_t index = same ? (size_t)(same - earlier_model->goroutines.items) : 0;
        lower(&facts->wakeable[i], FACT_NO, same ? &earlier->wakeable[index] : NULL);
        lower(&facts->wakeable_without_parent[i], FACT_NO,
              same ? &earlier->wakeable_without_parent[index] : NULL);
    }
    for (size_t i = 0; i < model->contexts.count; i++) {
        const struct go_context *context = &model->contexts.items[i];
        uint32_t index = address_map_get(&earlier_model->contexts.by_address, context->address);
        bool same = index != ADDRESS_MAP_NONE &&
                    earlier_model->contexts.items[index].type == context->type &&
                    earlier_model->contexts.items[index].parent_data == context->parent_data;
        lower(&facts->cancellable[i], FACT_NO, same ? &earlier->cancellable[index] : NULL);
        lower(&facts->held_only_by_parent[i], FACT_YES,
              same ? &earlier->held_only_by_parent[index] : NULL);
    }
}
