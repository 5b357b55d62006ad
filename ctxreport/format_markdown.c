/*
 * Markdown in GitHub's flavour, for comments and summaries of jobs: the numbers, and a table of
 * findings. Text from reports is set as HTML entities where Markdown would read it as markup.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/summary.h"
#include "ctxreport/told_finding.h"

#include <inttypes.h>
#include <string.h>

static void put_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\`*_[]<>#|&~:@", *text))
            fprintf(out, "&#%d;", *text);
        else
            fputc(*text, out);
    }
}

static void put_place(FILE *out, const struct told_finding *finding)
{
    if (finding->function)
        put_text(out, finding->function);
    if (finding->file) {
        fputs(finding->function ? "<br>" : "", out);
        put_text(out, finding->file);
        if (finding->line > 0)
            fprintf(out, "&#58;%" PRId64, finding->line);
    }
}

static void put_finding(const struct told_finding *finding, void *data)
{
    FILE *out = data;
    if (finding->is_known || finding->is_suppressed)
        return;
    fprintf(out, "| %s, %s | ", finding->confidence, finding->severity);
    put_text(out, finding->rule);
    fputs(" | ", out);
    put_place(out, finding);
    fputs(" | ", out);
    put_text(out, finding->sentence);
    fputs("<br>", out);
    put_text(out, finding->advice);
    fputs(" |\n", out);
}

static bool write_report(const struct format_request *request, struct error *error)
{
    char text[SUMMARY_SIZE];
    struct summary summary;
    if (!summary_read(&summary, request, error))
        return false;
    fprintf(request->out, "### ctxreport: %s\n", summary_text(&summary, text, sizeof text));
    if (summary_findings(&summary) == 0)
        return true;
    fputs("\n| certainty | rule | where | what |\n| --- | --- | --- | --- |\n", request->out);
    return tell_all_findings(request, put_finding, request->out, error);
}

const struct format format_markdown = {
    .name = "markdown",
    .root_variable = "GITHUB_WORKSPACE",
    .write_report = write_report,
};
