/*
 * The findings of a program as text: how sure, what, since when, where, and what to do.
 */
#ifndef CTXREPORT_TEXT_FINDINGS_H
#define CTXREPORT_TEXT_FINDINGS_H

#include "base/error.h"
#include "ctxreport/page.h"
#include "ctxreport/store.h"

/* What is said of a program in several places. */
struct text_program {
    int64_t id, taken_ns;
    bool taken_known, complete, alive;
    bool others_missing; /* programs of the same run that were not looked at */
    bool taken_at_least; /* it may have lived on: ages are at least */
    bool real_time;      /* its times can be told as dates */
    int64_t findings;    /* that are not suppressed */
};

bool text_findings(const struct page *page, struct store *store, const struct text_program *program,
                   struct error *error);

#endif
