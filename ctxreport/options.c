#include "ctxreport/options.h"

#include "base/clock.h"
#include "findings/rule_table.h"

#include <stdlib.h>
#include <string.h>

enum key {
    KEY_RULE = 256,
    KEY_LIST_RULES,
    KEY_BASELINE,
    KEY_FIRST_THRESHOLD /* then one for each row of threshold_table */
};

struct make_options make_options_default(void)
{
    return (struct make_options){.print = print_options_default(),
                                 .thresholds = thresholds_default(),
                                 .source = {.want_proofs = true}};
}

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
