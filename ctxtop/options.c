#include "ctxtop/options.h"

#include "base/clock.h"
#include "base/duration.h"
#include "ctxtop/keys.h"
#include "ctxtop/view_table.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a processor's time, for finding new contexts in the heap of a Go program. */
#define SEARCH_PERMILLE 10

enum option_key {
    OPTION_JSON = 256,
    OPTION_ASCII,
    OPTION_THEME,
    OPTION_WIDTH,
    OPTION_OPEN,
    OPTION_NO_PRELOAD,
    OPTION_DEBUG,
    OPTION_HELP_KEYS
};

static const struct argp_option option_table[] = {
    {"batch", 'b', NULL, 0, "Print snapshots as text, repeatedly", 1},
    {"json", OPTION_JSON, NULL, 0, "Print one JSON document for each sample, on a line of its own",
     1},
    {"count", 'n', "NUMBER", 0,
     "End after this many samples (1; with --batch, when the program ends)", 1},
    {"iterations", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
    {"delay", 'd', "TIME", 0,
     "Time between samples (1s, or more if sampling would take more than a hundredth of the "
     "machine's time)",
     1},
    {"width", OPTION_WIDTH, "COLUMNS", 0, "Cut lines of text to this many columns", 1},
    {NULL, 'w', "COLUMNS", OPTION_HIDDEN, NULL,
     1}, /* its former name: in ctxreport -w is --watch */
    {"view", 'v', "NAME[,NAME...]", 0, "Views to print, or to start with", 2},
    {"filter", 'f', "TEXT", 0, "Show only what matches: words, field:word, !word", 2},
    {"fold", 'F', "DEPTH", OPTION_ARG_OPTIONAL,
     "Start with everything folded from this depth on (1)", 2},
    {"open", OPTION_OPEN, NULL, 0, "Hide ended contexts and tasks", 2},
    {"no-preload", OPTION_NO_PRELOAD, NULL, 0, "Start the command without libctxtrace-preload.so",
     3},
    {"ascii", OPTION_ASCII, NULL, 0, "Draw with ASCII characters only", 5},
    {"theme", OPTION_THEME, "NAME", 0, "Colours: dark, light or monochrome", 5},
    {"debug", OPTION_DEBUG, NULL, OPTION_HIDDEN, "At the end, print how long drawing took", 5},
    {"help-keys", OPTION_HELP_KEYS, NULL, OPTION_HIDDEN,
     "Print the section on keys of the man page", 5},
    {NULL, 0, NULL, 0, NULL, 0},
};

static void read_views(struct options *options, char *names, struct argp_state *state)
{
    char *name;
    while ((name = strsep(&names, ",")) != NULL) {
        const struct view *view = view_find(name);
        if (!view)
            argp_error(state, "there is no view '%s'; see --help for their names", name);
        else if (options->view_count < OPTIONS_VIEWS)
            options->views[options->view_count++] = view;
    }
}

static long read_number(const char *text, long least, long most, const char *what,
                        struct argp_state *state)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most)
        argp_error(state, "%s must be a whole number from %ld to %ld, not '%s'", what, least, most,
                   text);
    return number;
}

static int64_t read_delay(const char *text, struct argp_state *state)
{
    int64_t delay_ns;
    if (!duration_parse(text, &delay_ns) || delay_ns < 10 * NS_PER_MS ||
        delay_ns > 86400 * NS_PER_SECOND)
        argp_error(state, "the delay must be a time from 10ms to 1d, such as 2s, not '%s'", text);
    return delay_ns;
}

static error_t read_view_option(int key, char *argument, struct options *options,
                                struct argp_state *state)
{
    switch (key) {
    case 'v':
        read_views(options, argument, state);
        return 0;
    case 'f':
        options->filter = argument;
        return 0;
    case 'F':
        options->folds = true;
        options->fold_depth =
            argument ? (uint32_t)read_number(argument, 0, 1000000, "the depth", state) : 1;
        return 0;
    case OPTION_OPEN:
        options->hide_ended = true;
        return 0;
    case OPTION_ASCII:
        options->ascii = true;
        return 0;
    case OPTION_THEME:
        options->scheme_given = true;
        if (!theme_find(argument, &options->scheme))
            argp_error(state, "there is no theme '%s'; dark, light and monochrome there are",
                       argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t read_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->looking;
        options->looking.options = &options->source;
        return 0;
    case 'b':
        options->batch = true;
        return 0;
    case OPTION_JSON:
        options->json = true;
        return 0;
    case 'n':
        options->iterations = read_number(argument, 1, 1000000000, "the number of samples", state);
        return 0;
    case 'd':
        options->delay_ns = read_delay(argument, state);
        options->delay_given = true;
        return 0;
    case OPTION_WIDTH:
    case 'w':
        options->width = (unsigned)read_number(argument, 20, 10000, "the width", state);
        return 0;
    case OPTION_NO_PRELOAD:
        options->no_preload = true;
        return 0;
    case OPTION_DEBUG:
        options->debug = true;
        return 0;
    case OPTION_HELP_KEYS:
        keys_print_manual(stdout);
        exit(0);
    case ARGP_KEY_ARG:
        if (options->target || options->command)
            argp_error(state, "one target at a time; a command goes behind --");
        options->target = argument;
        return 0;
    default:
        return read_view_option(key, argument, options, state);
    }
}

/* The names of the views come from their table. */
static char *complete_help(int key, const char *text, void *input)
{
    char names[256], *whole;
    (void)input;
    if (key != 'v')
        return (char *)(uintptr_t)text;
    view_names(names, sizeof names);
    return asprintf(&whole, "%s: %s", text, names) < 0 ? NULL : whole;
}

static const struct argp_child children[] = {{&source_argp, 0, NULL, 0}, {0}};

static const struct argp parser = {
    .children = children,
    .options = option_table,
    .parser = read_option,
    .help_filter = complete_help,
    .args_doc = "[TARGET | -- COMMAND...]",
    .doc =
        "Watch the contexts of a program, who waits on them, and what leaks."
        "\v"
        "TARGET is the PID of a process, the segment of a recorded program (alive or dead), or a "
        "core. A COMMAND is started with recording switched on; its output goes to a log that a "
        "view shows. Without either, ctxtop lists what can be watched.\n\n"
        "Where standard output is not a terminal, text is printed, once. In the terminal, the "
        "key ? shows all keys. TIME is a number with a unit: 500ms, 2s, 1m, 1h.\n\n"
        "Exit status: 0 fine, 2 wrong use or unreadable input.",
};

/* The argument that separates a command from the options; argc if there is none. */
static int find_separator(int argc, char **argv)
{
    int i = 1;
    while (i < argc && strcmp(argv[i], "--") != 0)
        i++;
    return i;
}

void options_parse(struct options *options, int argc, char **argv)
{
    *options = (struct options){
        .delay_ns = NS_PER_SECOND, .filter = "", .source.search_permille = SEARCH_PERMILLE};
    argp_program_version = "ctxtop " CTXTRACE_VERSION;
    argp_err_exit_status = 2;
    int separator = find_separator(argc, argv);
    if (separator + 1 < argc)
        options->command = argv + separator + 1;
    argp_parse(&parser, separator, argv, 0, NULL, options);
    options->show_system = options->source.want_system;
    if (separator < argc && !options->command) {
        program_invocation_name = program_invocation_short_name;
        argp_failure(NULL, 2, 0, "a command must follow --");
    }
}
