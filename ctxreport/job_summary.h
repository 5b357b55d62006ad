/* The summary of a job of GitHub Actions: --job-summary. */
#ifndef CTXREPORT_JOB_SUMMARY_H
#define CTXREPORT_JOB_SUMMARY_H

#include "base/error.h"
#include "ctxreport/format.h"

/* Appends Markdown to the file that GITHUB_STEP_SUMMARY names. */
bool job_summary_write(const struct format_request *request, struct error *error);

#endif
