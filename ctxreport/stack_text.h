/*
 * Stacks and signals as text.
 */
#ifndef CTXREPORT_STACK_TEXT_H
#define CTXREPORT_STACK_TEXT_H

#include "base/error.h"
#include "ctxreport/page.h"
#include "ctxreport/store.h"

/* The stacks that a finding rests on: per label the most frequent ones, with their counts. */
bool stack_text_of_finding(const struct page *page, struct store *store, int64_t finding_id,
                           struct error *error);

/* "SIGKILL", "signal 40". Valid until the next call; one thread only. */
const char *signal_text(int64_t number);

#endif
