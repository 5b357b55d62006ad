/*
 * ctxreport run: starts a command recorded, waits for its end, reports on all its processes.
 */
#include "base/clock.h"
#include "base/error.h"
#include "ctxreport/command_table.h"
#include "ctxreport/launch.h"
#include "ctxreport/recording.h"
#include "ctxreport/report.h"
#include "ctxreport/say_failure.h"
#include "ctxreport/unrecorded.h"
#include "inspect/read_only.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    struct make_options make;
    char **command;
    bool no_preload;
};

enum key { KEY_NO_PRELOAD = 1 };

static const struct argp_option option_table[] = {
    {"no-preload", KEY_NO_PRELOAD, NULL, 0,
     "Do not preload the wrappers for programs that are not linked with libctxtrace", 1},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct arguments *arguments = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &arguments->make;
        return 0;
    case KEY_NO_PRELOAD:
        arguments->no_preload = true;
        return 0;
    case ARGP_KEY_ARGS:
        arguments->command = state->argv + state->next;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "Name the command to run, after --.");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the report ---- */

static bool add_snapshot(struct report *report, struct unrecorded *unrecorded,
                         const struct snapshot *snapshot, struct error *error)
{
    return report_add(report, snapshot, NULL, error) &&
           unrecorded_add_part(report, unrecorded, snapshot, error);
}

static bool add_unreadable(struct report *report, struct unrecorded *unrecorded, const char *path,
                           const struct error *why, struct error *error)
{
    unrecorded_leave_out(unrecorded, path);
    return report_add_loss(report, "programs", why->sentence, 1, error);
}

static bool add_segment(struct report *report, struct unrecorded *unrecorded,
                        struct recorded_segment *segment, struct error *error)
{
    struct error unreadable;
    struct session *session = session_open(segment->path, &report->options->source, &unreadable);
    struct snapshot *snapshot = session ? session_take(session, &unreadable) : NULL;
    bool good = snapshot ? add_snapshot(report, unrecorded, snapshot, error)
                         : add_unreadable(report, unrecorded, segment->path, &unreadable, error);
    segment->is_read = snapshot && snapshot->program.state != PROGRAM_ALIVE;
    snapshot_free(snapshot);
    if (session)
        session_close(session);
    return good;
}

static bool add_programs(struct report *report, struct recorded_segment *segments,
                         struct unrecorded *unrecorded, const struct process_end *end,
                         struct error *error)
{
    for (size_t i = 0; segments[i].path; i++) {
        if (!add_segment(report, unrecorded, &segments[i], error))
            return false;
    }
    return unrecorded_add_quiet(report, unrecorded, end, error) &&
           unrecorded_add(report, unrecorded, error);
}

/* The words with blanks between them, as `ps` shows a command. */
static char *join(char **words)
{
    size_t size = 1;
    for (size_t i = 0; words[i]; i++)
        size += strlen(words[i]) + 1;
    char *text = calloc(size, 1), *end = text;
    for (size_t i = 0; text && words[i]; i++) {
        if (i > 0)
            end = stpcpy(end, " ");
        end = stpcpy(end, words[i]);
    }
    return text;
}

static bool make_report(struct report *report, const struct arguments *arguments,
                        struct unrecorded *unrecorded, struct recorded_segment *segments,
                        const struct launch_end *end, struct error *error)
{
    char *target = join(arguments->command);
    if (!target || !segments) {
        free(target);
        return error_no_memory(error);
    }
    struct run run = {.subcommand = "run",
                      .target = target,
                      .command_ended = true,
                      .exit_status = end->exit_status,
                      .signal = end->signal,
                      .made_ns = realtime_ns(),
                      .thresholds = arguments->make.thresholds};
    bool good = report_begin(report, &run, error) &&
                add_programs(report, segments, unrecorded, &end->process, error) &&
                report_commit(report, error);
    free(target);
    return good;
}

/* Done only when the report is safe. A segment that is still written to, or unreadable, stays. */
static void remove_segments(const struct recorded_segment *segments)
{
    for (size_t i = 0; segments && segments[i].path; i++) {
        if (segments[i].is_read)
            unlink(segments[i].path);
    }
}

static int report_on(struct report *report, const struct arguments *arguments,
                     const struct recording *recording, const struct launch_end *end)
{
    struct error error;
    struct unrecorded unrecorded;
    unrecorded_look(&unrecorded, recording, end->process.pid);
    struct recorded_segment *segments = recording_segments(recording, end->process.pid);
    for (size_t i = 0; segments && segments[i].path; i++)
        witness_end(segments[i].path, &end->process);
    struct verdict verdict = {.exit_status = end->exit_status, .signal = end->signal};
    int status;
    bool kept = make_report(report, arguments, &unrecorded, segments, end, &error);
    unrecorded_free(&unrecorded);
    bool good = kept && report_print(report, verdict, &status, &error);
    if (kept)
        remove_segments(segments);
    recording_segments_free(segments);
    if (good)
        return status;
    say_failure(&error);
    if (!kept) {
        error_set(&error, "what was recorded is still in %s; ctxreport inspect reads it",
                  recording->directory);
        say_failure(&error);
    }
    return STATUS_TROUBLE;
}

/* ---- the command ---- */

static int run(const struct arguments *arguments, struct report *report)
{
    struct error error;
    struct recording recording;
    struct launch_end end;
    if (!recording_prepare(&recording, arguments->command[0], !arguments->no_preload, &error))
        return say_failure(&error);
    int status = launch(arguments->command, recording_enter, &recording, &end, &error)
                     ? report_on(report, arguments, &recording, &end)
                     : say_failure(&error);
    recording_end(&recording);
    return status;
}

static int run_main(int argc, char **argv)
{
    const struct argp_child children[] = {{make_argp(), 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = option_table,
        .parser = parse,
        .args_doc = "-- COMMAND...",
        .doc = "Runs COMMAND with its contexts and tasks recorded and, however it ends, reports on "
               "it and on the processes that it started. Standard input, standard output, the "
               "terminal and signals are the command's own; the report goes to standard error, or "
               "with --to to a file.\vExit status: the command's own if it failed (128 + signal if "
               "a signal ended it); else 0 nothing found, 1 findings (--fail-on), 2 wrong use, 3 "
               "an incomplete recording.",
        .children = children};
    struct arguments arguments = {.make = make_options_default()};
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);

    /* The report is to be written also when whoever reads standard error has gone. */
    struct sigaction ignore = {.sa_handler = SIG_IGN}, inherited;
    struct report report;
    struct error error;
    if (!read_only_permits("The command is not run recorded", &error) ||
        !report_open(&report, &arguments.make, stderr, &error))
        return say_failure(&error);
    sigaction(SIGPIPE, &ignore, &inherited);
    int status = run(&arguments, &report);
    sigaction(SIGPIPE, &inherited, NULL);
    report_close(&report);
    return status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "[OPTION...] -- COMMAND...",
    .summary = "Run a command recorded, report when it ends",
    .main = run_main,
};
