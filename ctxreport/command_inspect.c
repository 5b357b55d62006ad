/*
 * ctxreport inspect: a report on a live program, on the segment or core of a dead one.
 */
#include "base/clock.h"
#include "base/count.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/moment.h"
#include "ctxreport/command_table.h"
#include "ctxreport/growth_ingest.h"
#include "ctxreport/page.h"
#include "ctxreport/report.h"
#include "ctxreport/say_failure.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct arguments {
    struct make_options make;
    const char *target;
    int64_t watch_ns; /* 0: look once */
    long looks;       /* 0: until the program ends or somebody interrupts */
};

enum key { KEY_WATCH = 'w', KEY_COUNT = 'n' };

static const struct argp_option option_table[] = {
    {"watch", KEY_WATCH, "TIME", 0,
     "Look repeatedly, this far apart, until the program ends or you interrupt; then also "
     "report what only grew",
     1},
    {"count", KEY_COUNT, "NUMBER", 0, "With --watch: look this many times", 1},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    char *end;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->make;
        return 0;
    case KEY_WATCH:
        if (!duration_parse(argument, &arguments->watch_ns) || arguments->watch_ns == 0)
            argp_error(state, "--watch is a time such as 10s, not '%s'.", argument);
        return 0;
    case KEY_COUNT:
        arguments->looks = strtol(argument, &end, 10);
        if (*end != '\0' || arguments->looks <= 0)
            argp_error(state, "--count is a number of looks, not '%s'.", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num > 0)
            argp_error(state, "Name one target: a pid, a segment or a core.");
        arguments->target = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->target)
            argp_error(state, "Name what to look at: a pid, a segment or a core; "
                              "`ctxreport list` shows what there is.");
        if (arguments->looks > 0 && arguments->watch_ns == 0)
            argp_error(state, "--count goes with --watch.");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static struct run run_of(const struct arguments *arguments)
{
    return (struct run){.subcommand = "inspect",
                        .target = arguments->target,
                        .made_ns = realtime_ns(),
                        .thresholds = arguments->make.thresholds};
}

static bool look_once(const struct arguments *arguments, struct report *report,
                      struct session *session, struct error *error)
{
    struct snapshot *snapshot = session_take(session, error);
    if (!snapshot)
        return false;
    struct run run = run_of(arguments);
    bool good = report_begin(report, &run, error) && report_add(report, snapshot, NULL, error) &&
                report_commit(report, error);
    snapshot_free(snapshot);
    return good;
}

/* ---- watching ---- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void end_on_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void say_look(const struct growth *growth, uint32_t growing)
{
    struct page page = page_for(stderr);
    char moment[MOMENT_SIZE], open[COUNT_SIZE], tasks[COUNT_SIZE];
    struct growth_totals last = growth_last(growth), before = growth_before(growth);
    moment_text(moment, sizeof moment, realtime_ns());
    page_print(&page, STYLE_FAINT, "%s", moment);
    page_print(&page, STYLE_PLAIN,
               "  open contexts %s (%+" PRId64 ")  tasks %s (%+" PRId64 "), %u waiting",
               number_text(open, sizeof open, last.open), (int64_t)last.open - before.open,
               number_text(tasks, sizeof tasks, last.tasks), (int64_t)last.tasks - before.tasks,
               last.waiting);
    if (growing > 0)
        page_print(&page, STYLE_SUSPECT, "  growing sites: %u", growing);
    fputc('\n', stderr);
}

/* Replaces what the report holds by this look. */
static bool keep_look(const struct arguments *arguments, struct report *report,
                      struct growth *growth, const struct snapshot *snapshot, struct error *error)
{
    struct run run = run_of(arguments);
    if (!growth_look(growth, snapshot))
        return error_no_memory(error);
    bool good =
        (report->run_id ? report_begin_again(report, error) : report_begin(report, &run, error)) &&
        growth_ingest(growth, report->store, report->run_id, snapshot, error) &&
        report_add(report, snapshot, growth, error) && report_commit(report, error);
    if (good)
        say_look(growth, report->found_over_time);
    return good;
}

static void pause_for(int64_t nanoseconds)
{
    struct timespec rest = timespec_of(nanoseconds);
    while (!interrupted && nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
}

static bool watch(const struct arguments *arguments, struct report *report, struct session *session,
                  struct error *error)
{
    struct growth *growth = growth_new();
    if (!growth)
        return error_no_memory(error);
    end_on_signals();
    bool good = true, ended = false;
    for (long looks = 0; good && !ended && !interrupted; looks++) {
        if (looks > 0)
            pause_for(arguments->watch_ns);
        if (interrupted && looks > 0)
            break;
        struct snapshot *snapshot = session_take(session, error);
        /* A program that goes away ends the watch; what was seen last is the report. */
        if (!snapshot && looks > 0)
            break;
        good = snapshot && keep_look(arguments, report, growth, snapshot, error);
        ended =
            snapshot && (snapshot->program.state != PROGRAM_ALIVE || looks + 1 == arguments->looks);
        snapshot_free(snapshot);
    }
    growth_free(growth);
    return good;
}

/* ---- the command ---- */

/* Reports are what this makes, but somebody may well name one as the target. */
static void explain_report(const char *target, struct error *error)
{
    struct error ignored;
    struct store *store = store_open(target, &ignored);
    if (store)
        error_set(error, "%s is a report; `ctxreport show` prints it", target);
    store_close(store);
}

static int inspect(const struct arguments *arguments, struct report *report)
{
    struct error error;
    struct session *session = session_open(arguments->target, &arguments->make.source, &error);
    if (!session) {
        explain_report(arguments->target, &error);
        return say_failure(&error);
    }
    bool good = arguments->watch_ns > 0 ? watch(arguments, report, session, &error)
                                        : look_once(arguments, report, session, &error);
    session_close(session);
    int status = STATUS_TROUBLE;
    if (good && report_print(report, (struct verdict){0}, &status, &error))
        return status;
    return say_failure(&error);
}

static int inspect_main(int argc, char **argv)
{
    const struct argp_child children[] = {{make_argp(), 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = option_table,
        .parser = parse,
        .args_doc = "TARGET",
        .doc = "Reports on TARGET: the pid of a live program, the segment that a dead one left, or "
               "a core.\vTIME is a number with a unit: 500ms, 2s, 1m, 1h.\nExit status: 0 nothing "
               "found, 1 findings (--fail-on), 2 wrong use or unreadable input, 3 an incomplete "
               "recording.",
        .children = children};
    struct arguments arguments = {.make = make_options_default()};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);

    struct report report;
    struct error error;
    if (!report_open(&report, &arguments.make, stdout, &error))
        return say_failure(&error);
    int status = inspect(&arguments, &report);
    report_close(&report);
    return status;
}

const struct command command_inspect = {
    .name = "inspect",
    .arguments = "TARGET",
    .summary = "Report on a live program, a segment or a core",
    .main = inspect_main,
};
