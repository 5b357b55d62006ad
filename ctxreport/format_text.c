/*
 * The report as text, for somebody who has been woken up: what was looked at and how it ended, what
 * is wrong and how sure that is, where in the source, and what to do.
 */
#include "base/count.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxreport/format_table.h"
#include "ctxreport/page.h"
#include "ctxreport/query.h"
#include "ctxreport/stack_text.h"
#include "ctxreport/summary.h"
#include "ctxreport/text_census.h"
#include "ctxreport/text_difference.h"
#include "ctxreport/text_findings.h"
#include "ctxreport/text_list.h"
#include "ctxreport/text_suppressions.h"
#include "snapshot/snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    COMMAND_COLUMNS = 90, /* of a command line; longer ones are cut */
    BRIEF_COLUMNS = 60,
    BRIEF_PROGRAMS = 5 /* of which there is nothing to say, but that they were there */
};

/* ---- the header of a program ---- */

static void put_count(const struct page *page, int64_t count, const char *one, const char *many)
{
    char number[COUNT_SIZE];
    page_print(page, STYLE_PLAIN, "%s %s", number_text(number, sizeof number, count),
               count == 1 ? one : many);
}

static const char *ending_of(const char *state, const char *ended)
{
    if (strcmp(state, "dead") == 0)
        return ended;
    return strcmp(state, "core") == 0 ? "core dump" : "running when it was looked at";
}

/* Columns of the query in write_program(). */
enum program_column {
    PROGRAM_COMMAND,
    PROGRAM_EXECUTABLE,
    PROGRAM_PID,
    PROGRAM_FORKED_FROM,
    PROGRAM_STATE,
    PROGRAM_ENDED,
    PROGRAM_LANGUAGE,
    PROGRAM_VERSION,
    PROGRAM_SOURCE,
    PROGRAM_STARTED,
    PROGRAM_TAKEN,
    PROGRAM_AT_LEAST,
    PROGRAM_OFFSET,
    PROGRAM_COMPLETE,
    PROGRAM_FINDINGS,
    PROGRAM_OTHERS_MISSING
};

static void write_title(const struct page *page, struct query *row)
{
    const char *command = query_text(row, PROGRAM_COMMAND);
    page_put_short(page, STYLE_TITLE, command[0] ? command : query_text(row, PROGRAM_EXECUTABLE),
                   COMMAND_COLUMNS);
    fputc('\n', page->out);
    page_print(page, STYLE_PLAIN, "  pid %" PRId64, query_integer(row, PROGRAM_PID));
    if (!query_is_null(row, PROGRAM_FORKED_FROM))
        page_print(page, STYLE_PLAIN, " (forked from %" PRId64 ")",
                   query_integer(row, PROGRAM_FORKED_FROM));
    page_print(page, STYLE_PLAIN, ", %s",
               ending_of(query_text(row, PROGRAM_STATE), query_text(row, PROGRAM_ENDED)));
    page_print(page, STYLE_FAINT, "  [%s%s%s, from a %s]", query_text(row, PROGRAM_LANGUAGE),
               query_text(row, PROGRAM_VERSION)[0] ? " " : "", query_text(row, PROGRAM_VERSION),
               query_text(row, PROGRAM_SOURCE));
    fputc('\n', page->out);
}

static void write_period(const struct page *page, struct query *row)
{
    char from[MOMENT_SIZE], to[MOMENT_SIZE], length[DURATION_SIZE];
    if (query_is_null(row, PROGRAM_STARTED) || query_is_null(row, PROGRAM_TAKEN))
        return;
    bool at_least = query_integer(row, PROGRAM_AT_LEAST);
    int64_t started = query_integer(row, PROGRAM_STARTED),
            taken = query_integer(row, PROGRAM_TAKEN);
    /* Without an offset to real time (fixtures) times count from the start of the machine. */
    if (query_integer(row, PROGRAM_OFFSET) == 0)
        page_print(page, STYLE_PLAIN, "  seen for %s",
                   duration_text(length, sizeof length, time_between(started, taken)));
    else
        page_print(page, STYLE_PLAIN, "  seen from %s to %s%s (%s)",
                   moment_text(from, sizeof from, started), moment_text(to, sizeof to, taken),
                   at_least ? ", when it last told anything" : "",
                   duration_text(length, sizeof length, time_between(started, taken)));
    fputc('\n', page->out);
}

static bool write_numbers(const struct page *page, struct store *store, int64_t program_id,
                          struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT contexts, contexts_open, tasks_own, tasks_waiting, contexts_created + "
                "contexts_unrecorded, contexts_unheld, contexts_unrecorded, contexts_missing "
                "FROM programs WHERE id = ?",
                program_id);
    if (query_next(&row)) {
        char open[COUNT_SIZE], made[COUNT_SIZE], waiting[COUNT_SIZE];
        fputs(query_integer(&row, 7) > 0 ? "  at least " : "  ", page->out);
        put_count(page, query_integer(&row, 0), "context", "contexts");
        page_print(page, STYLE_PLAIN, " (%s open",
                   number_text(open, sizeof open, query_integer(&row, 1)));
        /* Nobody knows how many had come and gone when recording began. */
        if (query_integer(&row, 4) > 0)
            page_print(page, STYLE_PLAIN, ", %s%s made in all",
                       query_integer(&row, 6) > 0 ? "at least " : "",
                       number_text(made, sizeof made, query_integer(&row, 4)));
        fputs("), ", page->out);
        put_count(page, query_integer(&row, 2), "task", "tasks");
        page_print(page, STYLE_PLAIN, " (%s waiting)",
                   number_text(waiting, sizeof waiting, query_integer(&row, 3)));
        fputc('\n', page->out);
        if (query_integer(&row, 5) > 0) {
            fputs("  not shown: ", page->out);
            put_count(page, query_integer(&row, 5), "ended context", "ended contexts");
            page_print(page, STYLE_PLAIN, " in memory that nothing was seen to hold");
            fputc('\n', page->out);
        }
    }
    return query_finish(&row, error);
}

/* " (12ms at the longest; 1 timed call restarted, at most 5ms late)" */
static void write_cost(const struct page *page, struct query *row)
{
    char longest[DURATION_SIZE], text[RESTARTS_TEXT_SIZE];
    const struct snapshot_restarts restarts = {.count = (uint64_t)query_integer(row, 4),
                                               .unbounded = (uint64_t)query_integer(row, 5),
                                               .latest_ns = query_integer(row, 6)};
    const char *before = " (";
    if (query_integer(row, 1) > 1 && query_integer(row, 2) > 0) {
        page_print(page, STYLE_PLAIN, "%s%s at the longest", before,
                   duration_text(longest, sizeof longest, query_integer(row, 3)));
        before = "; ";
    }
    if (restarts.count > 0) {
        page_print(page, STYLE_PLAIN, "%s%s", before, restarts_text(&restarts, text));
        before = "; ";
    }
    if (*before == ';')
        page_print(page, STYLE_PLAIN, ")");
}

/* What was done to the program, beside reading it. */
static bool write_interventions(const struct page *page, struct store *store, int64_t program_id,
                                struct error *error)
{
    char total[DURATION_SIZE];
    const char *before = "  done to it: ";
    struct query row;
    query_begin(&row, store,
                "SELECT what, count, total_ns, longest_ns, restarts, restarts_unbounded, "
                "restarts_late_ns FROM interventions WHERE program_id = ? ORDER BY rowid",
                program_id);
    for (; query_next(&row); before = ", ") {
        int64_t count = query_integer(&row, 1);
        page_print(page, STYLE_PLAIN, "%s%s", before, query_text(&row, 0));
        if (count > 1)
            page_print(page, STYLE_PLAIN, " %" PRId64 " times", count);
        if (query_integer(&row, 2) > 0)
            page_print(page, STYLE_PLAIN, " for %s",
                       duration_text(total, sizeof total, query_integer(&row, 2)));
        write_cost(page, &row);
    }
    if (*before == ',')
        fputc('\n', page->out);
    return query_finish(&row, error);
}

static bool write_losses(const struct page *page, struct store *store, const char *where,
                         int64_t id, struct error *error)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT what, why, count FROM losses WHERE %s AND NOT expected ORDER BY id", where);
    struct query row;
    query_begin(&row, store, sql, id);
    while (query_next(&row)) {
        char number[COUNT_SIZE];
        int64_t count = query_integer(&row, 2);
        const char *what = query_text(&row, 0);
        int length = (int)strlen(what);
        /* It is a plural noun. */
        if (count == 1 && length > 0 && what[length - 1] == 's')
            length--;
        page_print(page, STYLE_WARNING, "  missing: %s %.*s (%s)",
                   number_text(number, sizeof number, count), length, what, query_text(&row, 1));
        fputc('\n', page->out);
    }
    return query_finish(&row, error);
}

/* ---- what was found ---- */

static bool write_withheld(const struct page *page, struct store *store, int64_t program_id,
                           struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT w.count, p.text FROM withheld AS w JOIN preconditions AS p ON p.id = "
                "w.missing WHERE w.program_id = ? ORDER BY w.count DESC",
                program_id);
    while (query_next(&row)) {
        char number[COUNT_SIZE];
        int64_t count = query_integer(&row, 0);
        page_print(page, STYLE_FAINT, "  %s %s lowered or not made, because %s",
                   number_text(number, sizeof number, count),
                   count == 1 ? "claim was" : "claims were", query_text(&row, 1));
        fputc('\n', page->out);
    }
    return query_finish(&row, error);
}

/* What is missing by design; but who misses old events? */
static bool write_unseen(const struct page *page, struct store *store, int64_t program_id,
                         struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT count, what, why FROM losses WHERE program_id = ? AND expected AND what <> "
                "'events' ORDER BY id",
                program_id);
    while (query_next(&row)) {
        char number[COUNT_SIZE], text[512];
        snprintf(text, sizeof text, "%s (%s): %s", query_text(&row, 1),
                 number_text(number, sizeof number, query_integer(&row, 0)), query_text(&row, 2));
        page_paragraph(page, 2, STYLE_FAINT, "not seen: ", text);
    }
    return query_finish(&row, error);
}

static bool write_summary(const struct page *page, struct store *store,
                          const struct text_program *program, struct error *error)
{
    struct query row;
    query_begin(
        &row, store,
        "SELECT sum(shown AND confidence = 'proved'), sum(shown AND confidence = 'likely'), "
        "sum(shown AND confidence = 'suspect'), coalesce(sum(shown), 0), sum(NOT shown) "
        "FROM (SELECT confidence, suppressed_by_id IS NULL AS shown FROM findings WHERE "
        "program_id = ?)",
        program->id);
    if (query_next(&row)) {
        int64_t count = query_integer(&row, 3);
        fputs("  ", page->out);
        if (count == 0 && program->complete && program->others_missing) {
            page_put(page, STYLE_WARNING,
                     "Nothing found in this program; others were not looked at.");
        } else if (count == 0 && program->complete && query_integer(&row, 4) > 0) {
            page_put(page, STYLE_GOOD, "Nothing found but what is suppressed.");
        } else if (count == 0 && program->complete) {
            page_put(page, STYLE_GOOD, "Nothing found.");
        } else if (count == 0) {
            page_put(page, STYLE_WARNING, "Nothing found in what was recorded; that is not all.");
        } else {
            page_print(page, STYLE_TITLE, "%" PRId64 " %s:", count,
                       count == 1 ? "finding" : "findings");
            page_print(page, STYLE_PLAIN,
                       " %" PRId64 " proved, %" PRId64 " likely, %" PRId64 " suspect.",
                       query_integer(&row, 0), query_integer(&row, 1), query_integer(&row, 2));
            if (!program->complete)
                page_put(page, STYLE_WARNING, " The recording is incomplete.");
        }
        fputc('\n', page->out);
    }
    return query_finish(&row, error);
}

/* ---- runs ---- */

static void read_program(struct query *row, struct text_program *program)
{
    program->real_time = query_integer(row, PROGRAM_OFFSET) != 0;
    program->taken_known = !query_is_null(row, PROGRAM_TAKEN);
    program->taken_ns = query_integer(row, PROGRAM_TAKEN);
    program->alive = strcmp(query_text(row, PROGRAM_STATE), "alive") == 0;
    program->taken_at_least = query_integer(row, PROGRAM_AT_LEAST);
    program->complete = query_integer(row, PROGRAM_COMPLETE);
    program->findings = query_integer(row, PROGRAM_FINDINGS);
    program->others_missing = query_integer(row, PROGRAM_OTHERS_MISSING);
}

/* One of many processes of a run, of which there is nothing to say. */
static bool write_in_brief(const struct page *page, struct store *store, int64_t id,
                           struct query *row, struct error *error)
{
    page_put_short(page, STYLE_FAINT, query_text(row, PROGRAM_COMMAND), BRIEF_COLUMNS);
    page_print(page, STYLE_FAINT, " (pid %" PRId64 "): ", query_integer(row, PROGRAM_PID));
    page_put(page, STYLE_GOOD, "nothing found");
    bool good = text_census_in_brief(page, store, id, error);
    fputs(".\n", page->out);
    return good;
}

static bool write_body(const struct page *page, struct store *store,
                       const struct text_program *program, struct error *error)
{
    if (!write_numbers(page, store, program->id, error) ||
        !write_interventions(page, store, program->id, error) ||
        !text_census(page, store, program, error) ||
        !write_losses(page, store, "program_id = ?", program->id, error))
        return false;
    if (program->findings > 0)
        fputc('\n', page->out);
    bool good = text_findings(page, store, program, error) &&
                write_summary(page, store, program, error) &&
                text_suppressed(page, store, program->id, error) &&
                write_withheld(page, store, program->id, error) &&
                write_unseen(page, store, program->id, error);
    fputc('\n', page->out);
    return good;
}

static const char program_sql[] =
    "SELECT command, executable, pid, forked_from, state, ended, language, version, source, "
    "started_ns, taken_ns, taken_at_least, realtime_offset_ns, complete, (SELECT "
    "count(*) FROM findings WHERE program_id = programs.id AND suppressed_by_id IS NULL), EXISTS "
    "(SELECT 1 FROM losses WHERE "
    "losses.run_id = programs.run_id AND program_id IS NULL) FROM programs WHERE id = ?";

static bool write_program(const struct page *page, struct store *store, int64_t id, bool in_brief,
                          struct error *error)
{
    struct text_program program = {.id = id};
    bool good = true;
    struct query row;
    query_begin(&row, store, program_sql, id);
    if (query_next(&row)) {
        read_program(&row, &program);
        if (in_brief) {
            good = write_in_brief(page, store, id, &row, error);
        } else {
            write_title(page, &row);
            write_period(page, &row);
        }
    }
    if (!query_finish(&row, error) || !good)
        return false;
    return in_brief || write_body(page, store, &program, error);
}

/*
 * Programs of which there is something to say, then the others in brief. A run of one program has
 * no others: it is what the user asked about.
 */
static bool write_programs(const struct page *page, struct store *store, int64_t run_id,
                           int64_t count, struct error *error)
{
    struct query row;
    int64_t brief = 0;
    bool good = true;
    query_begin(&row, store,
                "SELECT id, complete AND NOT EXISTS (SELECT 1 FROM findings WHERE program_id = "
                "programs.id) AS quiet FROM programs WHERE run_id = ? ORDER BY quiet, id",
                run_id);
    while (good && query_next(&row)) {
        bool in_brief = count > 1 && query_integer(&row, 1);
        brief += in_brief;
        if (brief <= BRIEF_PROGRAMS)
            good = write_program(page, store, query_integer(&row, 0), in_brief, error);
    }
    if (brief > BRIEF_PROGRAMS) {
        page_print(page, STYLE_FAINT,
                   "... and %" PRId64 " other programs: ", brief - BRIEF_PROGRAMS);
        page_put(page, STYLE_GOOD, "nothing found");
        fputs(".\n", page->out);
    }
    if (brief > 0)
        fputc('\n', page->out);
    return query_finish(&row, error) && good;
}

static void write_run_title(const struct page *page, const struct selection *selection,
                            struct query *row)
{
    char moment[MOMENT_SIZE];
    page_print(page, STYLE_FAINT, "== run %" PRId64 " of %s, made %s ==", query_integer(row, 0),
               store_path(selection->store),
               moment_text(moment, sizeof moment, query_integer(row, 1)));
    fputc('\n', page->out);
}

static void write_command_end(const struct page *page, struct query *row)
{
    if (strcmp(query_text(row, 2), "run") != 0)
        return;
    page_put(page, STYLE_PLAIN, "The command ");
    page_put_short(page, STYLE_TITLE, query_text(row, 3), COMMAND_COLUMNS);
    if (!query_is_null(row, 5))
        page_print(page, STYLE_WARNING, " was killed by %s", signal_text(query_integer(row, 5)));
    else if (query_integer(row, 4) != 0)
        page_print(page, STYLE_WARNING, " exited with status %" PRId64, query_integer(row, 4));
    else
        page_put(page, STYLE_PLAIN, " exited with status 0");
    fputs(".\n", page->out);
}

static bool write_run(const struct page *page, const struct selection *selection, int64_t run_id,
                      bool titled, struct error *error)
{
    struct query row;
    int64_t programs = 0;
    query_begin(&row, selection->store,
                "SELECT id, made_ns, subcommand, target, exit_status, signal, (SELECT count(*) "
                "FROM programs WHERE run_id = runs.id) FROM runs WHERE id = ?",
                run_id);
    if (query_next(&row)) {
        if (titled)
            write_run_title(page, selection, &row);
        write_command_end(page, &row);
        programs = query_integer(&row, 6);
    }
    if (!query_finish(&row, error) ||
        !write_losses(page, selection->store, "program_id IS NULL AND run_id = ?", run_id, error))
        return false;
    if (programs == 0) {
        page_put(page, STYLE_WARNING, "Nothing was recorded.");
        fputs("\n\n", page->out);
    }
    return write_programs(page, selection->store, run_id, programs, error) &&
           text_useless_suppressions(page, selection->store, run_id, error);
}

/* The last line, for somebody who reads no more of a log than that. */
static void write_last_line(const struct page *page, const struct summary *summary, int exit_status)
{
    char text[SUMMARY_SIZE];
    page_print(page, summary_is_clean(summary) ? STYLE_GOOD : STYLE_WARNING,
               "ctxreport: %s; exit status %d", summary_text(summary, text, sizeof text),
               exit_status);
    fputc('\n', page->out);
}

static bool write_report(const struct format_request *request, struct error *error)
{
    struct page page = page_for(request->out);
    struct summary summary;
    size_t runs = 0;
    if (!summary_read(&summary, request, error))
        return false;
    if (request->is_quiet && summary_is_clean(&summary))
        return true;
    for (size_t i = 0; i < request->selection_count; i++)
        runs += request->selections[i].run_count;
    for (size_t i = 0; i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; k < selection->run_count; k++) {
            if (!write_run(&page, selection, selection->runs[k], runs > 1, error))
                return false;
        }
    }
    write_last_line(&page, &summary, request->exit_status);
    return true;
}

const struct format format_text = {
    .name = "text",
    .write_report = write_report,
    .write_difference = text_difference,
    .write_list = text_list,
};
