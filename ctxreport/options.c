#include "ctxreport/options.h"

#include "base/clock.h"
#include "ctxreport/format_table.h"
#include "ctxreport/suppression_file.h"
#include "ctxreport/verdict.h"
#include "findings/rule_table.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum key {
    KEY_JSON = 256,
    KEY_FORMAT,
    KEY_TO,
    KEY_FAIL_ON,
    KEY_EXIT_CODE,
    KEY_QUIET,
    KEY_SUPPRESSIONS,
    KEY_NO_SUPPRESSIONS,
    KEY_GEN_SUPPRESSIONS,
    KEY_SOURCE_ROOT,
    KEY_JOB_SUMMARY,
    KEY_RULE,
    KEY_LIST_RULES,
    KEY_BASELINE,
    KEY_FIRST_THRESHOLD /* then one for each row of threshold_table */
};

struct print_options print_options_default(void)
{
    return (struct print_options){
        .format = format_table[0], .gate = gate_default(), .found_status = STATUS_FOUND};
}

struct make_options make_options_default(void)
{
    return (struct make_options){.print = print_options_default(),
                                 .thresholds = thresholds_default(),
                                 .source = {.want_proofs = true}};
}

/* ---- printing ---- */

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
    case KEY_QUIET:
        options->is_quiet = true;
        return 0;
    case KEY_SUPPRESSIONS:
        options->suppressions = argument;
        return 0;
    case KEY_NO_SUPPRESSIONS:
        options->suppresses_nothing = true;
        return 0;
    case KEY_SOURCE_ROOT:
        parse_source_root(options, argument, state);
        return 0;
    case KEY_JOB_SUMMARY:
        options->wants_job_summary = true;
        return 0;
    case KEY_GEN_SUPPRESSIONS:
        options->format = format_find("suppressions");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
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

/* ---- making ---- */

static const struct argp_option make_option_table[] = {
    {"output", 'o', "FILE", 0, "Add the run to the report FILE (SQLite; made if it is not there)",
     2},
    {"baseline", KEY_BASELINE, "FILE", 0,
     "Findings that the last run in the report FILE has, too, do not change the exit status", 2},
    {"rule", KEY_RULE, "NAME", 0, "Check this rule only; may be given several times", 3},
    {"list-rules", KEY_LIST_RULES, NULL, 0, "List the rules", 3}};

enum { MAKE_OPTIONS = sizeof make_option_table / sizeof make_option_table[0], MAX_OPTIONS = 64 };

static void list_rules(void)
{
    for (size_t i = 0; rule_table[i]; i++)
        printf("%-24s %-9s %s (%s)\n", rule_table[i]->name, severity_name(rule_table[i]->severity),
               rule_table[i]->title, rule_table[i]->catalogue);
}

static void parse_rule(struct make_options *options, const char *name, struct argp_state *state)
{
    if (!rule_find(name))
        argp_error(state, "There is no rule '%s'; --list-rules shows those there are.", name);
    if (options->rule_count == MAX_RULES)
        argp_error(state, "More than %d times --rule.", MAX_RULES);
    options->rules[options->rule_count++] = name;
}

static error_t parse_threshold(int key, char *argument, struct argp_state *state)
{
    struct make_options *options = state->input;
    /* argp has keys of its own, above and below. */
    if (key < KEY_FIRST_THRESHOLD || key >= KEY_FIRST_THRESHOLD + MAX_OPTIONS)
        return ARGP_ERR_UNKNOWN;
    const struct threshold *threshold = &threshold_table[key - KEY_FIRST_THRESHOLD];
    if (!threshold_parse(threshold, argument, &options->thresholds))
        argp_error(state, "--%s is %s, not '%s'.", threshold->name,
                   threshold->unit == THRESHOLD_NANOSECONDS ? "a time such as 500ms, 2s or 1m"
                                                            : "a number",
                   argument);
    return 0;
}

static error_t parse_make(int key, char *argument, struct argp_state *state)
{
    struct make_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->print;
        state->child_inputs[1] = &options->looking;
        options->looking.options = &options->source;
        return 0;
    case 'o':
        options->output = argument;
        return 0;
    case KEY_BASELINE:
        options->baseline = argument;
        return 0;
    case KEY_RULE:
        parse_rule(options, argument, state);
        return 0;
    case KEY_LIST_RULES:
        list_rules();
        exit(0);
    default:
        return parse_threshold(key, argument, state);
    }
}

const struct argp *make_argp(void)
{
    static struct argp_option options[MAX_OPTIONS];
    static const struct argp_child children[] = {
        {&print_argp, 0, "Printing:", 1}, {&source_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        .options = options, .parser = parse_make, .children = children};
    memcpy(options, make_option_table, sizeof make_option_table);
    for (int i = 0; threshold_table[i].name && MAKE_OPTIONS + i < MAX_OPTIONS - 1; i++) {
        bool time = threshold_table[i].unit == THRESHOLD_NANOSECONDS;
        options[MAKE_OPTIONS + i] = (struct argp_option){.name = threshold_table[i].name,
                                                         .key = KEY_FIRST_THRESHOLD + i,
                                                         .arg = time ? "TIME" : "NUMBER",
                                                         .doc = threshold_table[i].help,
                                                         .group = 3};
    }
    return &argp;
}
