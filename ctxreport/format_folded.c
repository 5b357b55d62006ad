/*
 * Folded stacks, which flame graphs are drawn from (flamegraph.pl, inferno, speedscope): each line
 * is a stack, outermost function first, with semicolons between, and a count.
 *
 *     tasks;main;serve;handle_request 12
 *
 * There are two graphs beside each other: of tasks, by where they are, and of open contexts, by
 * where they were made.
 */
#include "base/base_name.h"
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/query.h"
#include "ctxreport/stack_samples.h"

#include <inttypes.h>

/* A semicolon would begin another frame. */
static void put_frame(FILE *out, const char *text)
{
    fputc(';', out);
    for (; *text; text++)
        fputc(*text == ';' ? ':' : *text, out);
}

static void put_unnamed_frame(FILE *out, struct query *row)
{
    const char *module = base_name(query_text(row, 1));
    fprintf(out, ";[%s%s0x%" PRIx64 "]", module, module[0] ? "+" : "",
            (uint64_t)(query_is_null(row, 2) ? query_integer(row, 3) : query_integer(row, 2)));
}

static bool put_stack(FILE *out, struct store *store, int64_t stack_id, struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT function, module, module_offset, pc FROM frames WHERE stack_id = ? ORDER "
                "BY position DESC",
                stack_id);
    while (query_next(&row)) {
        if (query_is_null(&row, 0))
            put_unnamed_frame(out, &row);
        else
            put_frame(out, query_text(&row, 0));
    }
    return query_finish(&row, error);
}

static bool put_sample(FILE *out, struct store *store, struct query *row, struct error *error)
{
    bool good = true;
    fputs(query_integer(row, SAMPLE_IS_TASK) ? "tasks" : "contexts", out);
    if (query_is_null(row, SAMPLE_STACK))
        fputs(";[no stack]", out);
    else
        good = put_stack(out, store, query_integer(row, SAMPLE_STACK), error);
    put_frame(out, query_text(row, SAMPLE_DOING));
    fprintf(out, " %" PRId64 "\n", query_integer(row, SAMPLE_COUNT));
    return good;
}

static bool put_program(FILE *out, struct store *store, int64_t program_id, struct error *error)
{
    struct query row;
    bool good = true;
    stack_samples_begin(&row, store, program_id);
    while (good && query_next(&row))
        good = put_sample(out, store, &row, error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

static bool put_run(FILE *out, struct store *store, int64_t run_id, struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, store, "SELECT id FROM programs WHERE run_id = ? ORDER BY id", run_id);
    while (good && query_next(&row))
        good = put_program(out, store, query_integer(&row, 0), error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

static bool write_report(const struct format_request *request, struct error *error)
{
    for (size_t i = 0; i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; k < selection->run_count; k++) {
            if (!put_run(request->out, selection->store, selection->runs[k], error))
                return false;
        }
    }
    return true;
}

const struct format format_folded = {
    .name = "folded",
    .needs_tables = true,
    .write_report = write_report,
};
