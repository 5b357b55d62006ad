/* What `inspect --watch` counted at a look, as rows of a report. */
#ifndef CTXREPORT_GROWTH_INGEST_H
#define CTXREPORT_GROWTH_INGEST_H

#include "base/error.h"
#include "ctxreport/store.h"
#include "findings/growth.h"

/* Adds the last look to the tables samples and sample_sites, inside of a transaction. */
bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct error *error);

#endif
