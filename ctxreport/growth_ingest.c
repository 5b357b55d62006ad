#include "ctxreport/growth_ingest.h"

#include "base/error.h"
#include "base/times.h"
#include "ctxreport/insert.h"

#include <inttypes.h>
#include <stdio.h>

struct site_rows {
    struct insert *insert;
    int64_t sample_id;
};

static bool add_site(void *state, bool tasks, uint64_t group, uint32_t count)
{
    const struct site_rows *rows = state;
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, group);
    insert_integer(rows->insert, rows->sample_id);
    insert_text_always(rows->insert, tasks ? "tasks" : "contexts");
    insert_text_always(rows->insert, fingerprint);
    insert_integer(rows->insert, count);
    insert_row(rows->insert);
    return true;
}

bool growth_ingest(const struct growth *growth, struct store *store, int64_t run_id,
                   const struct snapshot *snapshot, struct error *error)
{
    struct insert insert;
    struct growth_totals last = growth_last(growth);
    if (snapshot->program.taken_ns == SNAPSHOT_TIME_UNKNOWN)
        return true;
    insert_prepare(&insert, store, "samples");
    insert_null(&insert);
    insert_integer(&insert, run_id);
    insert_integer(&insert,
                   time_plus(snapshot->program.taken_ns, snapshot->program.realtime_offset_ns));
    insert_integer(&insert, last.contexts);
    insert_integer(&insert, last.open);
    insert_integer(&insert, last.tasks);
    insert_integer(&insert, last.waiting);
    insert_row(&insert);
    if (!insert_finish(&insert, error))
        return false;

    int64_t sample_id = sqlite3_last_insert_rowid(store_database(store));
    insert_prepare(&insert, store, "sample_sites");
    growth_each_site(growth, add_site, &(struct site_rows){&insert, sample_id});
    return insert_finish(&insert, error);
}
