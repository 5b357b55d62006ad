/*
 * Sentences: text into a buffer of fixed size, and the phrases that rules have in common.
 *
 * Nothing here fails: what does not fit is cut off, and the result is always NUL-terminated.
 */
#ifndef CTXTRACE_FINDINGS_TEXT_H
#define CTXTRACE_FINDINGS_TEXT_H

#include "snapshot/snapshot.h"

struct finding;

struct text {
    char *out;
    size_t size;
    size_t length;
};

/* `size` counts the NUL and must not be 0. */
struct text text_into(char *out, size_t size);

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);

/*
 * Names are the target's, so a text that did not fit can end inside a character: cuts that off.
 */
void text_cut_broken_character(char *text);

/* "1 context", "128 contexts". */
void text_count(struct text *text, uint64_t count, const char *singular, const char *plural);

/* The same for contexts: "at least" where the program has more than were found. */
void text_contexts(struct text *text, const struct snapshot *snapshot, uint64_t count,
                   const char *singular, const char *plural);

/* As duration_text() writes it; negative durations count as 0. */
void text_duration(struct text *text, int64_t nanoseconds);
/* How long something has lasted: "at least" if nobody saw when its program ended. */
void text_age(struct text *text, const struct snapshot *snapshot, int64_t nanoseconds);

/*
 * " in handle_request (orders.c:212)", with the leading space and the given word, for the first
 * frame of the stack that a person would recognise. Adds nothing when the stack is unknown.
 */
void text_place(struct text *text, const char *preposition, const struct snapshot *snapshot,
                uint32_t stack);

/* "thread 4711 (worker)", "goroutine 17", "a task" when it is unknown. */
void text_task(struct text *text, const struct snapshot *snapshot, uint32_t task);

/* The same for a task of which only the id may be known: "thread 12, which is gone". */
void text_task_id(struct text *text, const struct snapshot *snapshot, uint32_t task, uint64_t id);

/* 'cancel context 17 ("db query")', "background". */
void text_context(struct text *text, const struct snapshot *snapshot, uint32_t context);

/* A sentence on the context under which a task works, where that is not recorded but likely. */
void text_likely_context(struct text *text, const struct snapshot *snapshot, uint32_t task);

/*
 * Of a finding about tasks whose context ended, for `age_ns` or up to that long: " although its
 * context ended 5.0s ago (client hung up)".
 */
void text_ended_context(struct text *text, const struct snapshot *snapshot,
                        const struct finding *finding, int64_t age_ns);

/* What a wait is for: "the mutex 0x55d0", "channel 4 (jobs)", "the end of thread 12". */
void text_object(struct text *text, const struct snapshot *snapshot, uint32_t object);

/*
 * "receive from channel 4 (jobs)", "lock mutex 0x55d0": what a waiting task is trying to do. Of a
 * select that and its other cases: "receive from channel 4 (jobs) or wait for the end of cancel
 * context 7 (a select of 2 cases)".
 */
void text_wait(struct text *text, const struct snapshot *snapshot, uint32_t wait);

/* "one" is right for a single subject, "many" for several. */
const char *singular_or_plural(uint64_t count, const char *one, const char *many);

#endif
