#include "ctxreport/text_suppressions.h"

#include "base/count.h"
#include "base/error.h"
#include "ctxreport/query.h"

#include <inttypes.h>

bool text_suppressed(const struct page *page, struct store *store, int64_t program_id,
                     struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT count(*), s.file, s.line, s.text, s.reason FROM findings AS f JOIN "
                "suppressions AS s ON s.id = f.suppressed_by_id WHERE f.program_id = ? GROUP BY "
                "s.id ORDER BY s.id",
                program_id);
    while (query_next(&row)) {
        char number[COUNT_SIZE];
        int64_t count = query_integer(&row, 0);
        page_print(page, STYLE_FAINT, "  suppressed: %s %s by %s:%" PRId64 " (%s)",
                   number_text(number, sizeof number, count), count == 1 ? "finding" : "findings",
                   query_text(&row, 1), query_integer(&row, 2), query_text(&row, 3));
        if (!query_is_null(&row, 4))
            page_print(page, STYLE_FAINT, ": %s", query_text(&row, 4));
        fputc('\n', page->out);
    }
    return query_finish(&row, error);
}

bool text_useless_suppressions(const struct page *page, struct store *store, int64_t run_id,
                               struct error *error)
{
    struct query row;
    bool any = false;
    query_begin(
        &row, store,
        "SELECT file, line, text, until, expired, max(matched) FROM suppressions WHERE "
        "run_id = ? AND (expired OR matched = 0) GROUP BY file, line, text ORDER BY min(id)",
        run_id);
    for (; query_next(&row); any = true) {
        char number[COUNT_SIZE];
        int64_t matched = query_integer(&row, 5);
        page_print(page, STYLE_WARNING, "%s:%" PRId64 ": the suppression %s ", query_text(&row, 0),
                   query_integer(&row, 1), query_text(&row, 2));
        if (query_integer(&row, 4))
            page_print(page, STYLE_WARNING, "expired after %s; it would match %s %s",
                       query_text(&row, 3), number_text(number, sizeof number, matched),
                       matched == 1 ? "finding" : "findings");
        else
            page_put(page, STYLE_WARNING, "matched nothing");
        fputs(".\n", page->out);
    }
    if (any)
        fputc('\n', page->out);
    return query_finish(&row, error);
}
