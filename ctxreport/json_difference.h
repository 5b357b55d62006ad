/* What `diff` found, as JSON. */
#ifndef CTXREPORT_JSON_DIFFERENCE_H
#define CTXREPORT_JSON_DIFFERENCE_H

#include "ctxreport/format.h"

bool json_difference(const struct format_difference *difference, FILE *out, struct error *error);

#endif
