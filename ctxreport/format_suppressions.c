/*
 * Suppressions for what was found, ready to be pasted into a file of them (suppression.h). What is
 * known or suppressed already needs none.
 *
 * Each names the rule and the first functions of the site, so that it fits its finding after a
 * rebuild, and no other one. What has no place in the source is named by its sentence, without the
 * numbers in it.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/query.h"

#include <ctype.h>
#include <string.h>

enum { FUNCTIONS = 4 };

/* A glob that matches the text and nothing else. */
static void put_literally(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*?[", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* Numbers (counts, ages, addresses) are others the next time. */
static void put_without_numbers(FILE *out, const char *text)
{
    while (*text) {
        if (isdigit((unsigned char)*text)) {
            fputc('*', out);
            text += strspn(text, "0123456789abcdefx.,");
            continue;
        }
        if (strchr("\\*?[", *text))
            fputc('\\', out);
        fputc(*text++, out);
    }
    fputc('\n', out);
}

static bool put_functions(FILE *out, struct store *store, int64_t stack_id, bool *any,
                          struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT function FROM frames JOIN stacks ON stacks.id = stack_id WHERE stack_id = "
                "? AND function IS NOT NULL AND position >= coalesce(top_position, 0) ORDER BY "
                "position",
                stack_id);
    for (int i = 0; i < FUNCTIONS && query_next(&row); i++) {
        fputs("   fun:", out);
        put_literally(out, query_text(&row, 0));
        fputc('\n', out);
        *any = true;
    }
    return query_finish(&row, error);
}

static bool put_finding(FILE *out, struct store *store, struct query *row, struct error *error)
{
    bool any = false;
    fprintf(out, "{\n   # %s\n   rule:%s\n", query_text(row, 1), query_text(row, 0));
    if (!put_functions(out, store, query_integer(row, 2), &any, error))
        return false;
    if (!any) {
        fputs("   text:", out);
        put_without_numbers(out, query_text(row, 1));
    }
    fputs("}\n", out);
    return true;
}

static bool put_run(FILE *out, struct store *store, int64_t run_id, struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, store,
                "SELECT f.rule, f.sentence, s.stack_id FROM findings AS f JOIN programs AS p ON "
                "p.id = f.program_id LEFT JOIN sites AS s ON s.id = f.site_id WHERE p.run_id = ? "
                "AND NOT f.known AND f.suppressed_by_id IS NULL GROUP BY f.rule, f.fingerprint, "
                "s.function, CASE WHEN s.id IS NULL THEN f.id END ORDER BY min(f.id)",
                run_id);
    while (good && query_next(&row))
        good = put_finding(out, store, &row, error);
    return query_finish(&row, error) && good;
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

const struct format format_suppressions = {
    .name = "suppressions",
    .write_report = write_report,
};
