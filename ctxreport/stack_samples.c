#include "ctxreport/stack_samples.h"

/* A task that selects has several waits, with one stack; the first of them speaks for it. */
void stack_samples_begin(struct query *query, struct store *store, int64_t program_id)
{
    query_begin(query, store,
                "SELECT 1, count(*), total(waited), stack, doing, labels FROM (SELECT "
                "coalesce(w.stack_id, t.stack_id) AS stack, coalesce(w.operation, t.state) AS "
                "doing, t.labels, max(p.taken_ns - w.since_ns, 0) AS waited FROM tasks AS t JOIN "
                "programs AS p ON p.id = t.program_id LEFT JOIN waits AS w ON w.id = (SELECT "
                "min(id) FROM waits WHERE task_id = t.id) WHERE t.program_id = ?1 AND NOT t.system "
                "AND t.state <> 'exited') GROUP BY stack, doing, labels UNION ALL SELECT 0, "
                "count(*), 0, creation_stack_id, kind, NULL FROM contexts WHERE program_id = ?1 "
                "AND state = 'open' AND kind NOT IN ('background', 'todo') GROUP BY "
                "creation_stack_id, kind ORDER BY 1 DESC, 2 DESC, 4",
                program_id);
}
