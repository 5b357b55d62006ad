/*
 * What was suppressed, and which suppressions are of no use any more, as text.
 */
#ifndef CTXREPORT_TEXT_SUPPRESSIONS_H
#define CTXREPORT_TEXT_SUPPRESSIONS_H

#include "base/error.h"
#include "ctxreport/page.h"
#include "ctxreport/store.h"

/* How many findings of a program were suppressed, by each suppression. */
bool text_suppressed(const struct page *page, struct store *store, int64_t program_id,
                     struct error *error);

/* Those of a run that matched nothing, or have expired. */
bool text_useless_suppressions(const struct page *page, struct store *store, int64_t run_id,
                               struct error *error);

#endif
