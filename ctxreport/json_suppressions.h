/* The suppressions of a run as JSON: the member "suppressions" of runs and differences. */
#ifndef CTXREPORT_JSON_SUPPRESSIONS_H
#define CTXREPORT_JSON_SUPPRESSIONS_H

#include "base/error.h"
#include "ctxreport/json_stream.h"

bool json_suppressions(struct json_stream *stream, struct store *store, int64_t run_id,
                       struct error *error);

#endif
