/*
 * The report as JSON: one object, the same for `run`, `inspect`, `show` and `export`.
 * docs/schema.md describes it; JSON_VERSION is raised when a member changes its meaning or goes
 * away.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/json_difference.h"
#include "ctxreport/json_list.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/json_suppressions.h"

enum { JSON_VERSION = 1 };

static bool write_stacks(struct json_stream *stream, struct store *store, int64_t finding_id,
                         struct error *error)
{
    struct query row;
    bool good = true;
    stream_begin(stream, "stacks", '[');
    query_begin(&row, store,
                "SELECT e.stack_id, e.label, e.count, s.top_position, s.truncated AS 'truncated?' "
                "FROM finding_stacks AS e JOIN stacks AS s ON s.id = e.stack_id WHERE e.finding_id "
                "= ? ORDER BY e.position",
                finding_id);
    while (good && query_next(&row)) {
        stream_begin(stream, NULL, '{');
        stream_row_members(stream, &row, 1);
        good = stream_rows(
            stream, "frames", store,
            "SELECT function, linkage, file, line, module, module_offset, module_build, pc, "
            "inlined AS 'inlined?' FROM frames WHERE stack_id = ? ORDER BY position",
            query_integer(&row, 0), error);
        stream_end(stream);
    }
    stream_end(stream);
    return query_finish(&row, error) && good;
}

static bool write_finding(struct json_stream *stream, struct store *store, struct query *row,
                          struct error *error)
{
    int64_t id = query_integer(row, 0);
    stream_begin(stream, NULL, '{');
    stream_row_members(stream, row, 1);
    bool good = write_stacks(stream, store, id, error) &&
                stream_rows(stream, "subjects", store,
                            "SELECT CASE WHEN s.context_id IS NOT NULL THEN 'context' WHEN "
                            "s.task_id IS NOT NULL THEN 'task' ELSE 'object' END AS kind, "
                            "coalesce(c.number, t.number, o.number) AS number, coalesce(c.name, "
                            "t.name, o.name) AS name, s.since_ns FROM finding_subjects AS s LEFT "
                            "JOIN contexts AS c ON c.id = s.context_id LEFT JOIN tasks AS t ON "
                            "t.id = s.task_id LEFT JOIN objects AS o ON o.id = s.object_id WHERE "
                            "s.finding_id = ? ORDER BY s.id",
                            id, error);
    stream_end(stream);
    return good;
}

static bool write_findings(struct json_stream *stream, struct store *store, int64_t program_id,
                           struct error *error)
{
    struct query row;
    bool good = true;
    stream_begin(stream, "findings", '[');
    query_begin(&row, store,
                "SELECT f.id, f.rule, r.title, f.confidence, f.severity, f.count, f.sentence, "
                "r.advice, f.fingerprint, f.identified AS 'identified?', f.since_ns, p.text AS "
                "not_proved_because, f.known AS "
                "'known?', u.file || ':' || u.line AS suppressed_by, s.function, s.file, s.line, "
                "s.fingerprint AS site FROM findings AS f LEFT JOIN suppressions AS u ON u.id = "
                "f.suppressed_by_id JOIN rules AS r ON r.name = f.rule LEFT JOIN preconditions AS "
                "p ON p.id = "
                "f.missing LEFT JOIN sites AS s ON s.id = f.site_id WHERE f.program_id = ? ORDER "
                "BY f.id",
                program_id);
    while (good && query_next(&row))
        good = write_finding(stream, store, &row, error);
    stream_end(stream);
    return query_finish(&row, error) && good;
}

static bool write_tables(struct json_stream *stream, struct store *store, int64_t program_id,
                         struct error *error)
{
    static const struct {
        const char *name, *sql;
    } tables[] = {
        {"contexts", "SELECT * FROM contexts WHERE program_id = ? ORDER BY id"},
        {"tasks", "SELECT * FROM tasks WHERE program_id = ? ORDER BY id"},
        {"ancestors",
         "SELECT ancestors.* FROM tasks JOIN ancestors ON ancestors.task_id = tasks.id "
         "WHERE tasks.program_id = ? ORDER BY task_id, position"},
        {"objects", "SELECT * FROM objects WHERE program_id = ? ORDER BY id"},
        {"waits", "SELECT * FROM waits WHERE program_id = ? ORDER BY id"},
        {"sites", "SELECT * FROM sites WHERE program_id = ? ORDER BY id"},
        {"stacks", "SELECT * FROM stacks WHERE program_id = ? ORDER BY id"},
        {"frames", "SELECT frames.* FROM stacks JOIN frames ON frames.stack_id = stacks.id WHERE "
                   "stacks.program_id = ? ORDER BY stack_id, position"},
        {"events", "SELECT * FROM events WHERE program_id = ? ORDER BY id"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (!stream_rows(stream, tables[i].name, store, tables[i].sql, program_id, error))
            return false;
    }
    return true;
}

static bool write_program(struct json_stream *stream, struct store *store, struct query *row,
                          bool whole_tables, struct error *error)
{
    int64_t id = query_integer(row, 0);
    stream_begin(stream, NULL, '{');
    stream_row_members(stream, row, 1);
    bool good =
        stream_rows(stream, "interventions", store,
                    "SELECT what, count, total_ns, longest_ns, restarts, restarts_unbounded, "
                    "restarts_late_ns FROM interventions WHERE program_id = ? ORDER BY rowid",
                    id, error) &&
        stream_rows(stream, "losses", store,
                    "SELECT what, why, count, expected AS 'expected?' FROM losses WHERE program_id "
                    "= ? ORDER BY id",
                    id, error) &&
        write_findings(stream, store, id, error) &&
        stream_rows(stream, "census", store,
                    "SELECT c.kind, c.count, c.waiting, c.place, c.doing, c.since_ns, "
                    "c.since_at_least AS 'since_at_least?', c.until_ns, s.function, s.file, "
                    "s.line, s.fingerprint AS site FROM census AS c LEFT JOIN sites AS s ON s.id = "
                    "c.site_id WHERE c.program_id = ? ORDER BY c.position",
                    id, error) &&
        stream_rows(stream, "withheld", store,
                    "SELECT p.text AS because, w.count FROM withheld AS w JOIN preconditions AS p "
                    "ON p.id = w.missing WHERE w.program_id = ? ORDER BY w.count DESC, p.id",
                    id, error) &&
        (!whole_tables || write_tables(stream, store, id, error));
    stream_end(stream);
    return good;
}

static bool write_programs(struct json_stream *stream, struct store *store, int64_t run_id,
                           bool whole_tables, struct error *error)
{
    struct query row;
    bool good = true;
    stream_begin(stream, "programs", '[');
    query_begin(
        &row, store,
        "SELECT id, pid, forked_from, state, exited AS 'exited?', ended, executable, command, "
        "language, "
        "version, source, started_ns, taken_ns, taken_at_least AS 'taken_at_least?', "
        "realtime_offset_ns, pause_ns, "
        "contexts_unrecorded, contexts_missing, contexts_unheld, contexts_created, contexts_ended, "
        "complete AS "
        "'complete?', contexts "
        "AS context_count, contexts_open AS open_context_count, tasks AS task_count, tasks_own AS "
        "own_task_count, tasks_waiting AS waiting_task_count, waits AS wait_count FROM programs "
        "WHERE run_id = ? ORDER BY id",
        run_id);
    while (good && query_next(&row))
        good = write_program(stream, store, &row, whole_tables, error);
    stream_end(stream);
    return query_finish(&row, error) && good;
}

static bool write_run(struct json_stream *stream, const struct selection *selection, int64_t run_id,
                      bool whole_tables, struct error *error)
{
    struct store *store = selection->store;
    struct query row;
    stream_begin(stream, NULL, '{');
    stream_value(stream, "report", json_text(store_path(store)));
    query_begin(&row, store,
                "SELECT id AS run, made_ns, made_by, subcommand, target, exit_status, signal, "
                "fingerprint_version FROM runs WHERE id = ?",
                run_id);
    if (query_next(&row))
        stream_row_members(stream, &row, 0);
    bool good =
        query_finish(&row, error) &&
        stream_rows(stream, "thresholds", store,
                    "SELECT name, value FROM thresholds WHERE run_id = ? ORDER BY name", run_id,
                    error) &&
        stream_rows(stream, "losses", store,
                    "SELECT what, why, count, expected AS 'expected?' FROM losses WHERE program_id "
                    "IS NULL AND run_id = ? "
                    "ORDER BY id",
                    run_id, error) &&
        json_suppressions(stream, store, run_id, error) &&
        stream_rows(stream, "samples", store,
                    "SELECT taken_ns, contexts, open, tasks, waiting FROM samples WHERE run_id = ? "
                    "ORDER BY id",
                    run_id, error) &&
        write_programs(stream, store, run_id, whole_tables, error);
    stream_end(stream);
    return good;
}

static bool write_report(const struct format_request *request, struct error *error)
{
    struct json_stream stream = {.out = request->out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_report", json_integer(JSON_VERSION));
    stream_value(&stream, "written_by", json_string("ctxreport " CTXTRACE_VERSION));
    stream_value(&stream, "exit_status", json_integer(request->exit_status));
    stream_begin(&stream, "runs", '[');
    bool good = true;
    for (size_t i = 0; good && i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; good && k < selection->run_count; k++)
            good = write_run(&stream, selection, selection->runs[k], request->whole_tables, error);
    }
    stream_end(&stream);
    stream_end(&stream);
    return good;
}

const struct format format_json = {
    .name = "json",
    .write_report = write_report,
    .write_difference = json_difference,
    .write_list = json_list,
};
