/*
 * Reading suppressions (suppression.h) from the file that is named, or else from the nearest one
 * called .ctxtrace-suppressions in the working directory or above.
 */
#ifndef CTXREPORT_SUPPRESSION_FILE_H
#define CTXREPORT_SUPPRESSION_FILE_H

#include "base/error.h"
#include "ctxreport/suppression.h"

#define SUPPRESSIONS_NAME ".ctxtrace-suppressions"

/* Reads a file. False and a sentence that names the line when it, or a line of it, is no good. */
bool suppressions_read(const char *path, struct suppressions **suppressions, struct error *error);

/* The same with the nearest file, of which there may be none: *suppressions is NULL then. */
bool suppressions_find(struct suppressions **suppressions, struct error *error);

#endif
