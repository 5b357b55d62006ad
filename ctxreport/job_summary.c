#include "ctxreport/job_summary.h"

#include "base/error.h"
#include "ctxreport/format_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool job_summary_write(const struct format_request *request, struct error *error)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    if (!path || !path[0])
        return error_set(error, "--job-summary needs GITHUB_STEP_SUMMARY, which GitHub Actions "
                                "sets, to name a file");
    FILE *file = fopen(path, "ae");
    if (!file)
        return error_set(error, "the summary cannot be written to %s: %s", path, strerror(errno));
    struct format_request summary = *request;
    summary.out = file;
    bool good = format_find("markdown")->write_report(&summary, error);
    bool written = !ferror(file);
    written = fclose(file) == 0 && written;
    if (good && !written)
        return error_set(error, "the summary could not be written to %s: %s", path,
                         strerror(errno ? errno : EIO));
    return good;
}
