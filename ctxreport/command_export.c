/*
 * ctxreport export: everything that reports hold, for other programs.
 */
#include "ctxreport/command_table.h"
#include "ctxreport/format_table.h"
#include "ctxreport/print_reports.h"

static int export_main(int argc, char **argv)
{
    static const char document[] =
        "Writes reports with all their contexts, tasks, waits, stacks and events, as JSON unless "
        "--format says otherwise.\vExit status: 0, or 2 when a report is unreadable.";
    return print_reports_main(argc, argv, document, &format_json, true);
}

const struct command command_export = {
    .name = "export",
    .arguments = "REPORT...",
    .summary = "Write reports as JSON or SARIF",
    .main = export_main,
};
