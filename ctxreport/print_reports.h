/*
 * What `show` and `export` have in common: reports named on the command line go to a format.
 */
#ifndef CTXREPORT_PRINT_REPORTS_H
#define CTXREPORT_PRINT_REPORTS_H

#include "ctxreport/format.h"

/*
 * `document` is for argp. An export writes the whole tables, and its exit status only says whether
 * that worked.
 */
int print_reports_main(int argc, char **argv, const char *document, const struct format *format,
                       bool is_export);

#endif
