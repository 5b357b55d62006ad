/*
 * Workflow commands of GitHub Actions, which show findings as annotations at their lines:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 *
 *     ::error file=src/cache.c,line=77,title=...::2 contexts created in ...
 *
 * Proved findings are errors, likely ones warnings, suspect ones notices. What is known or
 * suppressed is not annotated. The last line, no command, has the numbers.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/summary.h"
#include "ctxreport/told_finding.h"

#include <inttypes.h>
#include <string.h>

static const char *command_of(const char *confidence)
{
    if (strcmp(confidence, "proved") == 0)
        return "error";
    return strcmp(confidence, "likely") == 0 ? "warning" : "notice";
}

/* A per cent sign or a new line would be read as an escape or as the end; `more` likewise. */
static void put_escaped(FILE *out, const char *text, const char *more)
{
    for (; *text; text++) {
        if (*text == '%' || *text == '\r' || *text == '\n' || strchr(more, *text))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, out);
    }
}

static void put_property(FILE *out, const char *before, const char *name, const char *value)
{
    fprintf(out, "%s%s=", before, name);
    put_escaped(out, value, ":,");
}

static void put_finding(const struct told_finding *finding, void *data)
{
    FILE *out = data;
    const char *before = " ";
    if (finding->is_known || finding->is_suppressed)
        return;
    fprintf(out, "::%s", command_of(finding->confidence));
    if (finding->file) {
        put_property(out, before, "file", finding->file);
        before = ",";
        if (finding->line > 0)
            fprintf(out, ",line=%" PRId64, finding->line);
    }
    put_property(out, before, "title", finding->title);
    fputs("::", out);
    put_escaped(out, finding->sentence, "");
    fputs("%0A", out);
    put_escaped(out, finding->advice, "");
    fprintf(out, "%%0A[%s, %s, %s, in %s]\n", finding->rule, finding->confidence, finding->severity,
            finding->program);
}

static bool write_report(const struct format_request *request, struct error *error)
{
    char text[SUMMARY_SIZE];
    struct summary summary;
    if (!tell_all_findings(request, put_finding, request->out, error) ||
        !summary_read(&summary, request, error))
        return false;
    fprintf(request->out, "ctxreport: %s; exit status %d\n",
            summary_text(&summary, text, sizeof text), request->exit_status);
    return true;
}

const struct format format_github = {
    .name = "github",
    .root_variable = "GITHUB_WORKSPACE",
    .write_report = write_report,
};
