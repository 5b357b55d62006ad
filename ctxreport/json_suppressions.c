#include "ctxreport/json_suppressions.h"

#include "base/error.h"

bool json_suppressions(struct json_stream *stream, struct store *store, int64_t run_id,
                       struct error *error)
{
    return stream_rows(stream, "suppressions", store,
                       "SELECT file, line, text, reason, until, expired AS 'expired?', matched "
                       "FROM suppressions WHERE run_id = ? ORDER BY id",
                       run_id, error);
}
