#include "inspect/source_argp.h"

#include "base/duration.h"

#include <string.h>

/* A number alone has been milliseconds in one tool and seconds in the other: it is neither now. */
#define NO_BARE_NUMBER 0

/* Far from the keys of the tools' own options. */
enum { KEY_SHOW_VALUES = 0x2000, KEY_PROOFS, KEY_NO_STOP, KEY_MAX_PAUSE, KEY_CAPTURE };

static const struct argp_option option_table[] = {
    {"show-values", KEY_SHOW_VALUES, NULL, 0,
     "Show the contents of context values, which can be secrets", 4},
    {"values", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 4},
    {"system", 's', NULL, 0, "Also show tasks of the language runtime and of ctxtrace", 4},
    {"proofs", KEY_PROOFS, NULL, 0, "Stop a Go program briefly for each sample, to prove leaks", 4},
    {"no-stop", KEY_NO_STOP, NULL, 0, "Never stop the program; what needs that stays unproved", 4},
    {"capture", KEY_CAPTURE, "HOW", 0,
     "How a Go program is read at one instant for proofs: while it is stopped (stop), from a clone "
     "that it is made to make of itself (fork), or not at all (none)",
     4},
    {"max-pause", KEY_MAX_PAUSE, "TIME", 0, "Longest time to stop the program at once (250ms)", 4},
    {0}};

static bool parse_capture(const char *argument, struct source_options *options)
{
    options->want_proofs = strcmp(argument, "none") != 0;
    options->capture = strcmp(argument, "fork") == 0 ? CAPTURE_FORK : CAPTURE_STOP;
    return !options->want_proofs || options->capture == CAPTURE_FORK ||
           strcmp(argument, "stop") == 0;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    const struct source_arguments *arguments = state->input;
    struct source_options *options = arguments->options;
    switch (key) {
    case KEY_SHOW_VALUES:
        options->show_values = true;
        return 0;
    case 's':
        options->want_system = true;
        return 0;
    case KEY_PROOFS:
        options->want_proofs = true;
        return 0;
    case KEY_NO_STOP:
        options->want_proofs = false;
        return 0;
    case KEY_CAPTURE:
        if (!parse_capture(argument, options))
            argp_error(state, "--capture is fork, stop or none, not '%s'.", argument);
        return 0;
    case KEY_MAX_PAUSE:
        if (!duration_parse_bare(argument, NO_BARE_NUMBER, &options->max_pause_ns) ||
            options->max_pause_ns == 0)
            argp_error(state, "--max-pause is a time with its unit, such as 100ms, not '%s'.",
                       argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp source_argp = {.options = option_table, .parser = parse};
