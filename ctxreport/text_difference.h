/* What `diff` found, as text. */
#ifndef CTXREPORT_TEXT_DIFFERENCE_H
#define CTXREPORT_TEXT_DIFFERENCE_H

#include "ctxreport/format.h"

bool text_difference(const struct format_difference *difference, FILE *out, struct error *error);

#endif
