/*
 * What the pieces of the marking share. They call only downwards:
 *
 *     marking                             the steps
 *     roots  ─▶ specials      follow      where it begins; until nothing new is reached
 *                               trail     what is left for last
 *     candidates ─▶ cancel                goroutines and their stacks; cancel functions
 *     reach                               the marks, and the lists of what is to be followed
 */
#ifndef CTXTRACE_GOLANG_PROOF_MARKING_STATE_H
#define CTXTRACE_GOLANG_PROOF_MARKING_STATE_H

#include "golang/heap/pointers.h"
#include "golang/proof/hidden.h"
#include "golang/proof/marking.h"
#include "golang/proof/trail.h"

struct work_item {
    uint32_t span, object;
};

/* "When this object is reached, that goroutine is live, or that one is, too": a list per object. */
struct watch {
    uint64_t object;
    uint64_t other;  /* object; 0: it is the goroutine */
    uint64_t signal; /* of a goroutine: what it waits for, in the object */
    uint32_t goroutine, next;
};

/* What a trail comes to last, see marking_trail.c. */
struct postponed {
    struct work_item *objects;
    uint32_t *goroutines;
    size_t object_count, object_capacity, goroutine_count, goroutine_capacity;
    bool goroutines_released, objects_released;
};

struct marking {
    const struct go_program *program;
    const struct context_types *types;
    const struct model *model;
    struct verdicts *verdicts;
    enum reached step;
    uint8_t *live_since;        /* enum reached, by goroutine: when its stack became a root */
    uint64_t *marked, *watched; /* one bit per heap object */
    bool *special;              /* by span: holds goroutines, sudogs or contexts */
    struct address_map sudogs;  /* to the candidate that waits by it */
    struct address_map watches; /* object to the first of its watches */
    struct watch *watch_list;
    size_t watch_count, watch_capacity;
    struct address_map makers; /* entry of a function: does it make contexts? 0 or 1 */
    struct masks masks;
    struct work_item *work;
    size_t work_count, work_capacity;
    uint32_t *live; /* goroutines whose stacks are to be looked at */
    size_t live_count;
    bool *held; /* goroutines of context's own that watch a parent */
    struct go_stack *stack;
    struct origin origin;              /* of what is being followed */
    struct trail *trail;               /* NULL: not asked for */
    struct postponed postponed;        /* for a trail */
    bool main_is_root;                 /* whatever it waits for */
    struct hidden *hidden;             /* NULL: not looked for, or the roots: */
    const struct hidden *hidden_roots; /* what was found; NULL: none */
    uint64_t *first, *second;          /* `marked` after these steps, for looking */
    bool failed;
};

/* marking_reach.c: marks what the pointer points to. */
void mark_pointer(struct marking *marking, uint64_t pointer);
/* What does not lie in the heap counts as marked. */
bool is_marked(const struct marking *marking, uint64_t pointer);
/* For visit_range() and visit_object(): state is the marking. */
void mark_visited(void *state, uint64_t at, uint64_t pointer);
/* Puts an object that is marked on the list of those that are to be followed. */
void push(struct marking *marking, uint32_t span, uint32_t object);
/* The goroutine can run: its stack and its g are to be followed. */
void make_live(struct marking *marking, uint32_t goroutine);
/* What it waits for was reached. */
void wake(struct marking *marking, const struct watch *watch);

/*
 * marking_cancel.c: a word pair; is it a cancel function with a context? `from` is where the
 * function lies.
 */
void note_closure(struct marking *marking, uint64_t from, uint64_t entry, uint64_t captured);
void note_context_in_use(struct marking *marking, uint64_t pointer);
/* Is the closure the one that the context's own timer will call? */
bool is_own_timer(const struct marking *marking, const struct go_context *context,
                  uint64_t closure);
/*
 * Index of the context that the pointer leads to: also into the middle of it, as to the part of it
 * that is embedded, and, in Go 1.20, by way of a deadline context that was not found to its cancel
 * context. ADDRESS_MAP_NONE for none.
 */
uint32_t context_led_to(const struct marking *marking, uint64_t pointer);

/* marking_candidates.c */
void find_candidates(struct marking *marking);
void mark_stack(struct marking *marking, uint32_t goroutine);
/* When the object that `pointer` points to is reached, so is `other`. */
void mark_when_reached(struct marking *marking, uint64_t pointer, uint64_t other);

/* marking_specials.c */
void mark_specials_and_queues(struct marking *marking);

/* marking_roots.c: everything but the goroutines. */
void mark_roots(struct marking *marking);

/* marking_hidden.c: between the steps, and when all are done. */
bool keep_marks(const struct marking *marking, uint64_t **kept);
void find_hidden(struct marking *marking);
void mark_hidden_roots(struct marking *marking);

/* marking_trail.c: is it left for later? And once nothing else is left to do: is there such? */
bool trail_postpones_object(struct marking *marking, const struct work_item *item);
bool trail_postpones_goroutine(struct marking *marking, uint32_t goroutine);
bool trail_releases(struct marking *marking);

/* marking_follow.c: follows everything until nothing new is reached. */
void settle(struct marking *marking);

static inline bool bit_at(const uint64_t *bits, uint64_t number)
{
    return bits[number / 64] >> (number % 64) & 1;
}

static inline void set_bit(uint64_t *bits, uint64_t number)
{
    bits[number / 64] |= UINT64_C(1) << (number % 64);
}

#endif
