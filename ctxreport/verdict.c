#include "ctxreport/verdict.h"

#include "base/error.h"
#include "ctxreport/query.h"
#include "findings/rule.h"

int verdict_status(const struct verdict *verdict)
{
    if (verdict->signal != 0)
        return STATUS_SIGNAL + verdict->signal;
    if (verdict->exit_status != 0)
        return verdict->exit_status;
    if (verdict->findings > 0)
        return verdict->found_status ? verdict->found_status : STATUS_FOUND;
    return verdict->incomplete ? STATUS_INCOMPLETE : STATUS_NOTHING_FOUND;
}

static bool count_findings(struct verdict *verdict, struct store *store, int64_t run_id,
                           const struct gate *gate, struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT f.confidence, f.severity FROM findings AS f JOIN programs AS p ON p.id = "
                "f.program_id WHERE p.run_id = ? AND NOT f.known AND f.suppressed_by_id IS NULL",
                run_id);
    while (query_next(&row))
        verdict->findings +=
            gate_stops(gate, confidence_of(query_text(&row, 0)), severity_of(query_text(&row, 1)));
    return query_finish(&row, error);
}

bool verdict_add(struct verdict *verdict, const struct selection *selection,
                 const struct gate *gate, struct error *error)
{
    for (size_t i = 0; i < selection->run_count; i++) {
        int64_t incomplete;
        /*
         * A run without programs recorded nothing; a loss of the run is a program that is missing.
         */
        if (!count_findings(verdict, selection->store, selection->runs[i], gate, error) ||
            !query_number(selection->store,
                          "SELECT NOT EXISTS (SELECT 1 FROM programs WHERE run_id = ?1) OR EXISTS "
                          "(SELECT 1 FROM programs WHERE run_id = ?1 AND NOT complete) OR EXISTS "
                          "(SELECT 1 FROM losses WHERE run_id = ?1 AND program_id IS NULL)",
                          selection->runs[i], 1, &incomplete, error))
            return false;
        verdict->incomplete = verdict->incomplete || incomplete;
    }
    return true;
}
