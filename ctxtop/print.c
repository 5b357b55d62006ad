#include "ctxtop/print.h"

#include "base/clock.h"
#include "base/error.h"
#include "ctxtop/batch.h"
#include "ctxtop/command.h"
#include "ctxtop/interventions.h"
#include "ctxtop/json.h"
#include "ctxtop/log_file.h"
#include "ctxtop/targets.h"
#include "ctxtop/text.h"
#include "ctxtop/view_table.h"
#include "ctxtop/watch.h"
#include "findings/growth.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A command has that long to begin recording before the first sample. */
#define POLL_NS         (20 * NS_PER_MS)
#define END_WAIT_NS     (2 * NS_PER_SECOND)
#define EXIT_UNREADABLE 2

struct printer {
    const struct options *options;
    struct command command;
    struct watch watch;
    struct sample *sample;
    struct growth *growth;
    struct log_file log;
    struct interventions done;
    char ending[64]; /* how the command ended, "" while it runs */
};

static volatile sig_atomic_t signal_received;

static void on_signal(int number)
{
    signal_received = number;
}

/* No SA_RESTART: sleeping ends, and with it the loop. */
static void catch_signals(void)
{
    const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &action, NULL);
}

static int complain(const char *sentence)
{
    fflush(stdout);
    text_say(sentence);
    return EXIT_UNREADABLE;
}

static void look_at_command(struct printer *printer)
{
    if (command_poll(&printer->command))
        command_describe_end(&printer->command, printer->ending, sizeof printer->ending);
    if (printer->command.pid != 0)
        log_update(&printer->log);
}

/* Sleeps, but not beyond the end of the command or a signal. */
static void pause_for(struct printer *printer, int64_t duration_ns)
{
    int64_t end = now_ns() + duration_ns;
    while (!signal_received) {
        int64_t left = end - now_ns();
        look_at_command(printer);
        if (left <= 0 || (printer->command.pid != 0 && printer->ending[0] != '\0'))
            return;
        bool whole = printer->command.pid == 0;
        int64_t step = whole || left < POLL_NS ? left : POLL_NS;
        const struct timespec pause = timespec_of(step);
        nanosleep(&pause, NULL);
    }
}

/* Waits for a command to begin recording. */
static enum watch_result take(struct printer *printer, struct snapshot **snapshot,
                              struct error *error)
{
    enum watch_result result;
    while ((result = watch_take(&printer->watch, snapshot, error)) == WATCH_NOT_YET) {
        if (signal_received)
            return result;
        pause_for(printer, POLL_NS);
        look_at_command(printer);
    }
    return result;
}

static bool print_one(struct printer *printer)
{
    const struct options *options = printer->options;
    struct model model = {
        .sample = printer->sample,
        .now_ns = printer->sample->snapshot->program.taken_ns,
        .show_system = options->show_system,
        .hide_ended = options->hide_ended,
        .log = printer->command.pid == 0 ? NULL : &printer->log,
        .done = &printer->done,
    };
    if (options->json)
        return json_print_sample(stdout, &model, options->view_count == 0 ? NULL : options->views);
    struct text_options text = {
        .filter = options->filter,
        .width = options->width,
        .folds = options->folds,
        .fold_depth = options->fold_depth,
    };
    unsigned count = 0;
    for (unsigned i = 0; i < options->view_count; i++)
        text.views[count++] = options->views[i];
    for (const struct view *const *view = view_table; options->view_count == 0 && *view; view++) {
        if ((*view)->in_batch)
            text.views[count++] = *view;
    }
    struct sampling_state sampling = {
        .delay_ns = options->delay_ns,
        .ending = printer->ending[0] == '\0' ? NULL : printer->ending,
    };
    if (printer->sample->number > 1)
        putchar('\n');
    return text_print_sample(stdout, &model, &sampling, &text);
}

/* Is it the same as the sample before, as of a file that does not change? */
static bool is_unchanged(const struct sample *sample, const struct sample *previous)
{
    return previous && previous->snapshot->program.taken_ns == sample->snapshot->program.taken_ns;
}

/* One sample. Returns whether there can be another; `status` is set when something is wrong. */
static bool print_sample(struct printer *printer, int *status)
{
    struct snapshot *snapshot;
    struct error error;
    enum watch_result result = take(printer, &snapshot, &error);
    if (result == WATCH_NOT_YET)
        return false;
    if (result == WATCH_FAILED) {
        *status = complain(error.sentence);
        return false;
    }
    struct sample *previous = printer->sample;
    printer->sample = sample_new(snapshot, printer->growth, previous, now_ns());
    bool repeats = printer->sample && printer->options->iterations == 0 &&
                   is_unchanged(printer->sample, previous);
    sample_free(previous);
    if (printer->sample)
        interventions_update(&printer->done, &printer->sample->snapshot->program,
                             log_end(&printer->log));
    if (repeats)
        return false;
    if (!printer->sample || !print_one(printer))
        *status = complain("out of memory");
    else if (fflush(stdout) != 0 || ferror(stdout))
        *status = complain(strerror(errno));
    return *status == 0 && printer->sample->snapshot->program.state == PROGRAM_ALIVE;
}

static long samples_wanted(const struct options *options)
{
    if (options->iterations > 0)
        return options->iterations;
    return options->batch ? LONG_MAX : 1;
}

static int print_samples(struct printer *printer)
{
    int status = 0;
    long wanted = samples_wanted(printer->options);
    /* A command has done nothing yet when it has just begun. */
    if (printer->command.pid != 0)
        pause_for(printer, printer->options->delay_ns);
    for (long i = 0; i < wanted && !signal_received; i++) {
        if (i > 0)
            pause_for(printer, printer->options->delay_ns);
        if (signal_received || !print_sample(printer, &status))
            break;
    }
    return status;
}

static int print_targets(const struct options *options)
{
    struct target_list targets = {0};
    struct model model = {.targets = &targets};
    struct text_options text = {.filter = options->filter, .width = options->width};
    targets_refresh(&targets);
    bool printed = options->json ? json_print_targets(stdout, &targets)
                                 : text_print_view(stdout, &model, &targets_view, &text);
    targets_free(&targets);
    if (!printed)
        return complain("out of memory");
    if (fflush(stdout) != 0 || ferror(stdout))
        return complain(strerror(errno));
    return 0;
}

int print_run(const struct options *options)
{
    if (!options->target && !options->command)
        return print_targets(options);
    struct printer printer = {.options = options, .log = {.descriptor = -1}};
    struct error error;
    catch_signals();
    if (!options->command) {
        watch_target(&printer.watch, options->target, &options->source);
    } else {
        if (!command_start(&printer.command, options->command, !options->no_preload, &error))
            return complain(error.sentence);
        log_open(&printer.log, printer.command.log_path);
        watch_command(&printer.watch, &printer.command, &options->source);
    }
    printer.growth = growth_new();
    int status = !printer.growth ? complain("out of memory") : print_samples(&printer);
    watch_close(&printer.watch);
    sample_free(printer.sample);
    growth_free(printer.growth);
    command_terminate(&printer.command, END_WAIT_NS);
    log_close(&printer.log);
    interventions_free(&printer.done);
    command_remove_log(&printer.command);
    if (signal_received) {
        signal(signal_received, SIG_DFL);
        raise(signal_received);
    }
    return status;
}
