/* What `list` found, as JSON. */
#ifndef CTXREPORT_JSON_LIST_H
#define CTXREPORT_JSON_LIST_H

#include "ctxreport/format.h"

void json_list(const struct watchables *found, FILE *out);

#endif
