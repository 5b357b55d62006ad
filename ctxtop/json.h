/*
 * Samples as JSON: one document for each sample, on one line.
 *
 * Documents are written piece by piece, so that a snapshot of a million contexts is never in
 * memory a second time. The fields are described in ctxtop(1).
 */
#ifndef CTXTOP_JSON_H
#define CTXTOP_JSON_H

#include "ctxtop/view.h"

#include <stdio.h>

/*
 * `views` says which sections there are; NULL-terminated, NULL for all. False when memory ran out;
 * whether writing worked is what ferror(out) says.
 */
bool json_print_sample(FILE *out, const struct model *model, const struct view *const *views);

/* The list of what can be watched. */
struct target_list;
bool json_print_targets(FILE *out, const struct target_list *targets);

#endif
