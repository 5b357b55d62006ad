/*
 * What a profile is made of: how many tasks are at one stack, and how many open contexts were made
 * at one.
 */
#ifndef CTXREPORT_STACK_SAMPLES_H
#define CTXREPORT_STACK_SAMPLES_H

#include "base/error.h"
#include "ctxreport/query.h"

/* Columns of what stack_samples_begin() queries. */
enum stack_sample {
    SAMPLE_IS_TASK, /* 1: a task, where it is or waits; 0: an open context, where it was made */
    SAMPLE_COUNT,
    SAMPLE_WAITED_NS, /* all of them together, as far as it is known */
    SAMPLE_STACK,     /* id; NULL: none is known */
    SAMPLE_DOING,     /* what a task waits to do, or its state; the kind of a context */
    SAMPLE_LABELS     /* of Go: as its task has them; or NULL */
};

/*
 * Begins a query over one program; each row is what tasks or contexts with one stack, one thing to
 * do and one set of labels come to. Tasks of the runtime are not among them.
 */
void stack_samples_begin(struct query *query, struct store *store, int64_t program_id);

#endif
