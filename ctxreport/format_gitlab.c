/*
 * A code quality report of GitLab, which shows findings in merge requests:
 * https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 *
 * An array of objects with description, check_name, fingerprint, severity and location, all of
 * them required. GitLab compares fingerprints between branches and keeps one finding of each, so
 * that several of one fingerprint are numbered. What has no place in the source is put at line 1
 * of the program's name.
 */
#include "base/error.h"
#include "base/table.h"
#include "ctxreport/format_table.h"
#include "ctxreport/gate.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/told_finding.h"

#include <stdlib.h>
#include <string.h>

/* How many findings of one fingerprint there were. */
struct seen {
    char *fingerprint;
    unsigned count;
    UT_hash_handle hh;
};

struct writing {
    struct json_stream stream;
    struct seen *seen; /* by fingerprint */
    bool failed;
};

/* GitLab has one more level than there are severities; what is not certain is one below. */
static const char *level_of(const struct told_finding *finding)
{
    static const char *const levels[] = {"info", "minor", "major", "critical", "blocker"};
    unsigned severity = severity_of(finding->severity);
    return levels[severity + (confidence_of(finding->confidence) == CONFIDENCE_PROVED)];
}

static struct seen *find_or_add(struct writing *writing, const char *fingerprint)
{
    struct seen *seen;
    HASH_FIND_STR(writing->seen, fingerprint, seen);
    if (seen)
        return seen;
    seen = calloc(1, sizeof *seen);
    if (!seen || !(seen->fingerprint = strdup(fingerprint))) {
        free(seen);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, writing->seen, seen->fingerprint, strlen(seen->fingerprint), seen);
    if (TABLE_HAS(seen))
        return seen;
    free(seen->fingerprint);
    free(seen);
    return NULL;
}

static void free_seen(struct seen *all)
{
    struct seen *seen, *next;
    HASH_ITER(hh, all, seen, next)
    {
        HASH_DEL(all, seen);
        free(seen->fingerprint);
        free(seen);
    }
}

static void put_finding(const struct told_finding *finding, void *data)
{
    struct writing *writing = data;
    char fingerprint[64];
    if (finding->is_known || finding->is_suppressed)
        return;
    struct seen *seen = find_or_add(writing, finding->fingerprint);
    if (!seen) {
        writing->failed = true;
        return;
    }
    seen->count++;
    if (seen->count == 1)
        snprintf(fingerprint, sizeof fingerprint, "%s", finding->fingerprint);
    else
        snprintf(fingerprint, sizeof fingerprint, "%.40s-%u", finding->fingerprint, seen->count);
    json_t *value = json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:{s:I}}}", "description",
                              finding->sentence, "check_name", finding->rule, "fingerprint",
                              fingerprint, "severity", level_of(finding), "location", "path",
                              finding->file ? finding->file : finding->program, "lines", "begin",
                              (json_int_t)(finding->line > 0 ? finding->line : 1));
    if (value)
        stream_value(&writing->stream, NULL, value);
    writing->failed |= !value;
}

static bool write_report(const struct format_request *request, struct error *error)
{
    struct writing writing = {.stream = {.out = request->out}};
    stream_begin(&writing.stream, NULL, '[');
    bool good = tell_all_findings(request, put_finding, &writing, error);
    stream_end(&writing.stream);
    free_seen(writing.seen);
    return good && (!writing.failed || error_no_memory(error));
}

const struct format format_gitlab = {
    .name = "gitlab",
    .root_variable = "CI_PROJECT_DIR",
    .write_report = write_report,
};
