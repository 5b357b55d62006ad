#include "ctxreport/text_census.h"

#include "base/count.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/times.h"
#include "ctxreport/query.h"

#include <inttypes.h>
#include <string.h>

/* So many groups of each kind are shown, and none that is too small to be remarkable. */
#define GROUPS_SHOWN  3
#define LEAST_MEMBERS "10"

enum census_column {
    CENSUS_KIND,
    CENSUS_COUNT,
    CENSUS_PLACE,
    CENSUS_DOING,
    CENSUS_SINCE,
    CENSUS_AT_LEAST,
    CENSUS_UNTIL
};

static const char group_sql[] =
    "SELECT kind, count, place, doing, since_ns, since_at_least, until_ns FROM census WHERE "
    "program_id = ? AND count >= " LEAST_MEMBERS " ORDER BY position";

static bool is_tasks(struct query *row)
{
    return strcmp(query_text(row, CENSUS_KIND), "tasks") == 0;
}

static void write_size_and_place(const struct page *page, struct query *row)
{
    char number[COUNT_SIZE];
    page_print(page, STYLE_TITLE, "%s %s",
               number_text(number, sizeof number, query_integer(row, CENSUS_COUNT)),
               query_text(row, CENSUS_KIND));
    page_print(page, STYLE_PLAIN, " %s", query_text(row, CENSUS_PLACE));
}

static void write_group(const struct page *page, struct query *row,
                        const struct text_program *program)
{
    char length[DURATION_SIZE];
    bool tasks = is_tasks(row);
    const char *before = ": ";
    fputs("  ", page->out);
    write_size_and_place(page, row);
    if (query_text(row, CENSUS_DOING)[0]) {
        page_print(page, STYLE_PLAIN, "%s%s", before, query_text(row, CENSUS_DOING));
        before = ", ";
    }
    if (program->taken_known && !query_is_null(row, CENSUS_SINCE)) {
        duration_text(length, sizeof length,
                      time_between(query_integer(row, CENSUS_SINCE), program->taken_ns));
        const char *at_least =
            query_integer(row, CENSUS_AT_LEAST) || program->taken_at_least ? "at least " : "";
        page_print(page, STYLE_PLAIN, "%sthe oldest %s%s%s%s", before, tasks ? "for " : "is ",
                   at_least, length, tasks ? "" : " old");
        before = ", ";
    }
    /* The dead do not go on. */
    if (program->alive && program->taken_known && !query_is_null(row, CENSUS_UNTIL)) {
        duration_text(length, sizeof length,
                      time_between(program->taken_ns, query_integer(row, CENSUS_UNTIL)));
        page_print(page, STYLE_PLAIN, "%sthe first %s %s", before, tasks ? "goes on in" : "ends in",
                   length);
    }
    fputc('\n', page->out);
}

static void write_left_out(const struct page *page, int64_t left_out, const char *kind)
{
    if (left_out <= 0)
        return;
    page_print(page, STYLE_FAINT, "  ... and %" PRId64 " more %s with " LEAST_MEMBERS " or more %s",
               left_out, left_out == 1 ? "place" : "places", kind);
    fputc('\n', page->out);
}

bool text_census(const struct page *page, struct store *store, const struct text_program *program,
                 struct error *error)
{
    struct query row;
    int64_t tasks = 0, contexts = 0;
    query_begin(&row, store, group_sql, program->id);
    while (query_next(&row)) {
        if (!is_tasks(&row) && contexts == 0)
            write_left_out(page, tasks - GROUPS_SHOWN, "tasks");
        int64_t *count = is_tasks(&row) ? &tasks : &contexts;
        if (++*count <= GROUPS_SHOWN)
            write_group(page, &row, program);
    }
    if (contexts == 0)
        write_left_out(page, tasks - GROUPS_SHOWN, "tasks");
    write_left_out(page, contexts - GROUPS_SHOWN, "contexts");
    return query_finish(&row, error);
}

bool text_census_in_brief(const struct page *page, struct store *store, int64_t program_id,
                          struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT kind, count, place FROM census WHERE program_id = ? AND count "
                ">= " LEAST_MEMBERS " ORDER BY count DESC, position LIMIT 1",
                program_id);
    if (query_next(&row)) {
        fputs(": ", page->out);
        write_size_and_place(page, &row);
    }
    return query_finish(&row, error);
}
