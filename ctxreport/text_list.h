/* What `list` found, as text. */
#ifndef CTXREPORT_TEXT_LIST_H
#define CTXREPORT_TEXT_LIST_H

#include "ctxreport/format.h"

void text_list(const struct watchables *found, FILE *out);

#endif
