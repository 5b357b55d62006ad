/*
 * What runs come to, in numbers and in one line.
 */
#ifndef CTXREPORT_SUMMARY_H
#define CTXREPORT_SUMMARY_H

#include "base/error.h"
#include "ctxreport/format.h"
#include "findings/rule.h"

enum { SUMMARY_SIZE = 256 };

struct summary {
    int64_t findings[CONFIDENCE_COUNT]; /* neither known nor suppressed */
    int64_t known, suppressed;
    bool incomplete;
};

/* Adds up all runs of the request. */
bool summary_read(struct summary *summary, const struct format_request *request,
                  struct error *error);

int64_t summary_findings(const struct summary *summary); /* of all confidences */

/* Is there nothing to tell? What is known or suppressed is not told of. */
bool summary_is_clean(const struct summary *summary);

/* "2 findings (1 proved, 1 likely), 3 known, 1 suppressed, incomplete". Returns `out`. */
const char *summary_text(const struct summary *summary, char *out, size_t size);

#endif
