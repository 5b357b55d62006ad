#include "ctxreport/print_options.h"

#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/suppression_file.h"
#include "ctxreport/verdict.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Far from the keys of those that have these options as a child. */
enum key {
    KEY_JSON = 0x1000,
    KEY_FORMAT,
    KEY_TO,
    KEY_FAIL_ON,
    KEY_EXIT_CODE,
    KEY_QUIET,
    KEY_SUPPRESSIONS,
    KEY_NO_SUPPRESSIONS,
    KEY_GEN_SUPPRESSIONS,
    KEY_SOURCE_ROOT,
    KEY_JOB_SUMMARY
};

struct print_options print_options_default(void)
{
    return (struct print_options){
        .format = format_table[0], .gate = gate_default(), .found_status = STATUS_FOUND};
}

static const struct argp_option print_option_table[] = {
    {"json", KEY_JSON, NULL, 0, "The same as --format=json", 1},
    {"format", KEY_FORMAT, "NAME", 0, "Print as", 1},
    {"to", KEY_TO, "FILE", 0, "Print to FILE", 1},
    {"fail-on", KEY_FAIL_ON, "CONFIDENCE|SEVERITY", 0,
     "Fail for findings that are at least proved (default), likely or suspect; at least low "
     "(default), medium, high or critical; both, as likely,high; or none",
     1},
    {"exit-code", KEY_EXIT_CODE, "NUMBER", 0, "Exit with NUMBER for them, instead of 1", 1},
    {"quiet", KEY_QUIET, NULL, 0, "Print nothing as text when there is nothing to tell", 1},
    {"suppressions", KEY_SUPPRESSIONS, "FILE", 0,
     "Do not tell of findings that FILE names, instead of the nearest " SUPPRESSIONS_NAME
     " in or above the working directory",
     1},
    {"no-suppressions", KEY_NO_SUPPRESSIONS, NULL, 0, "Look for no such file", 1},
    {"gen-suppressions", KEY_GEN_SUPPRESSIONS, NULL, 0,
     "Print suppressions for what was found, the same as --format=suppressions", 1},
    {"source-root", KEY_SOURCE_ROOT, "DIRECTORY", 0,
     "Name source files by their paths below DIRECTORY, for CI services", 1},
    {"job-summary", KEY_JOB_SUMMARY, NULL, 0,
     "Also add a summary to the job of GitHub Actions ($GITHUB_STEP_SUMMARY)", 1},
    {0}};

static void parse_fail_on(struct print_options *options, const char *name, struct argp_state *state)
{
    if (!gate_parse(name, &options->gate))
        argp_error(state,
                   "--fail-on is proved, likely, suspect or none, or low, medium, high or "
                   "critical, or one of each with a comma between, not '%s'.",
                   name);
}

static void parse_exit_code(struct print_options *options, const char *text,
                            struct argp_state *state)
{
    char *end;
    long code = strtol(text, &end, 10);
    if (end == text || *end != '\0' || code < 1 || code > 255)
        argp_error(state,
                   "--exit-code is a number from 1 to 255, not '%s'; --fail-on=none fails for "
                   "no finding.",
                   text);
    options->found_status = (int)code;
}

/* The compiler has been given a path without links as a rule; one that is elsewhere stays. */
static void parse_source_root(struct print_options *options, const char *path,
                              struct argp_state *state)
{
    static char root[PATH_MAX];
    if (realpath(path, root))
        options->source_root = root;
    else if (path[0] == '/')
        options->source_root = path;
    else
        argp_error(state, "--source-root is a directory, and '%s' cannot be found: %s.", path,
                   strerror(errno));
}

static void reject_format(const char *name, struct argp_state *state)
{
    char names[128];
    format_names(names, sizeof names, format_any);
    argp_error(state, "There is no format '%s'; it can be %s.", name, names);
}

/* What is not told of. */
static error_t parse_suppressing(int key, char *argument, struct print_options *options)
{
    switch (key) {
    case KEY_SUPPRESSIONS:
        options->suppressions = argument;
        return 0;
    case KEY_NO_SUPPRESSIONS:
        options->suppresses_nothing = true;
        return 0;
    case KEY_GEN_SUPPRESSIONS:
        options->format = format_find("suppressions");
        return 0;
    case KEY_QUIET:
        options->is_quiet = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_print(int key, char *argument, struct argp_state *state)
{
    struct print_options *options = state->input;
    switch (key) {
    case KEY_JSON:
        options->format = &format_json;
        return 0;
    case KEY_FORMAT:
        options->format = format_find(argument);
        if (!options->format)
            reject_format(argument, state);
        return 0;
    case KEY_TO:
        options->to = argument;
        return 0;
    case KEY_FAIL_ON:
        parse_fail_on(options, argument, state);
        return 0;
    case KEY_EXIT_CODE:
        parse_exit_code(options, argument, state);
        return 0;
    case KEY_SOURCE_ROOT:
        parse_source_root(options, argument, state);
        return 0;
    case KEY_JOB_SUMMARY:
        options->wants_job_summary = true;
        return 0;
    default:
        return parse_suppressing(key, argument, options);
    }
}

/* The names of the formats come from their table. */
static char *complete_print_help(int key, const char *text, void *input)
{
    const struct print_options *options = input;
    char names[128], *whole;
    if (key != KEY_FORMAT)
        return (char *)(uintptr_t)text;
    const struct format *usual = options ? options->format : format_table[0];
    format_names(names, sizeof names, format_any);
    return asprintf(&whole, "%s %s (%s)", text, names, usual->name) < 0 ? NULL : whole;
}

const struct argp print_argp = {
    .options = print_option_table, .parser = parse_print, .help_filter = complete_print_help};

const char *print_options_root(const struct print_options *options)
{
    if (options->source_root || !options->format->root_variable)
        return options->source_root;
    const char *root = getenv(options->format->root_variable);
    return root && root[0] ? root : NULL;
}

bool print_options_suppressions(const struct print_options *options,
                                struct suppressions **suppressions, struct error *error)
{
    *suppressions = NULL;
    if (options->suppresses_nothing)
        return true;
    return options->suppressions ? suppressions_read(options->suppressions, suppressions, error)
                                 : suppressions_find(suppressions, error);
}
