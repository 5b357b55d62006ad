/*
 * ctxreport list: what on this machine can be looked at: segments of live and dead programs, and Go
 * programs that run.
 */
#include "base/error.h"
#include "ctxreport/command_table.h"
#include "ctxreport/format_table.h"
#include "ctxreport/options.h"
#include "ctxreport/output.h"
#include "ctxreport/say_failure.h"
#include "ctxreport/verdict.h"
#include "inspect/watchable.h"

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "list takes no target; inspect does.");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int list_main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&print_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .parser = parse,
        .doc = "Lists what can be looked at: recorded programs, alive and dead, and Go programs "
               "that run.\vExit status: 0, or 2 when that cannot be told.",
        .children = children};
    struct print_options print = print_options_default();
    argp_parse(&argp, argc, argv, 0, NULL, &print);

    struct error error;
    if (!format_check(print.format, format_has_list, "list", &error))
        return say_failure(&error);
    struct watchables found;
    struct output output;
    bool good = watchables_find(&found, &error) && output_open(&output, print.to, stdout, &error);
    if (good) {
        print.format->write_list(&found, output.stream);
        good = output_close(&output, &error);
    }
    if (good && found.note.sentence[0])
        say_failure(&found.note);
    watchables_free(&found);
    return good ? 0 : say_failure(&error);
}

const struct command command_list = {
    .name = "list",
    .arguments = "",
    .summary = "What on this machine can be looked at",
    .main = list_main,
};
