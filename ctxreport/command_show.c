/*
 * ctxreport show: prints reports as they were printed when they were made.
 */
#include "ctxreport/command_table.h"
#include "ctxreport/format_table.h"
#include "ctxreport/print_reports.h"

static int show_main(int argc, char **argv)
{
    static const char document[] =
        "Prints reports that `run` or `inspect` kept with -o: all runs, or the one of REPORT@N or "
        "REPORT@last.\vExit status: 0 nothing found, 1 findings (--fail-on), 2 unreadable, 3 an "
        "incomplete recording.";
    return print_reports_main(argc, argv, document, &format_text, false);
}

const struct command command_show = {
    .name = "show",
    .arguments = "REPORT...",
    .summary = "Print reports that were kept",
    .main = show_main,
};
