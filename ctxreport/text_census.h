/* The part of the text that says how many tasks and contexts each place has. */
#ifndef CTXREPORT_TEXT_CENSUS_H
#define CTXREPORT_TEXT_CENSUS_H

#include "base/error.h"
#include "ctxreport/text_findings.h"

/* The largest groups, a line each; small ones are left out. */
bool text_census(const struct page *page, struct store *store, const struct text_program *program,
                 struct error *error);

/* The largest group alone, without a line's end: ": 600 tasks in serve (server.c:17)". */
bool text_census_in_brief(const struct page *page, struct store *store, int64_t program_id,
                          struct error *error);

#endif
