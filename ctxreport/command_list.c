/*
 * ctxreport list: what on this machine can be looked at: segments of live and dead programs, and Go
 * programs that run.
 */
#include <inttypes.h>
#include <unistd.h>

#include "ctxreport/command.h"
#include "ctxreport/duration.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/options.h"
#include "ctxreport/output.h"
#include "ctxreport/page.h"
#include "ctxreport/verdict.h"
#include "inspect/watchable.h"

/* ---- writing ---- */

/* They have no segment: there is nothing in it yet. */
static void write_quiet(const struct page *page, const struct watchables *found)
{
    if (found->quiet_count == 0)
        return;
    page_print(
        page, STYLE_FAINT,
        "%zu running %s recorded and %s made nothing to record so far: no context, no thread, "
        "no wait.",
        found->quiet_count, found->quiet_count == 1 ? "program is" : "programs are",
        found->quiet_count == 1 ? "has" : "have");
    fputc('\n', page->out);
}

static void write_text(const struct watchables *found, FILE *out)
{
    struct page page = page_for(out);
    if (found->count == 0) {
        write_quiet(&page, found);
        page_put(&page, STYLE_PLAIN,
                 "There is nothing to look at: no recorded program, and no Go program that may be "
                 "read.");
        fputc('\n', out);
        page_put(&page, STYLE_FAINT,
                 "Record one with: ctxreport run -- COMMAND (or CTXTRACE=1 COMMAND).");
        fputc('\n', out);
        return;
    }
    page_print(&page, STYLE_TITLE, "%7s  %-6s  %-25s  %9s  %-10s  %s", "PID", "STATE", "SINCE",
               "CONTEXTS", "SOURCE", "COMMAND, and what to give to inspect when it is dead");
    fputc('\n', out);
    for (size_t i = 0; i < found->count; i++) {
        const struct watchable *item = &found->items[i];
        char since[MOMENT_SIZE] = "", contexts[NUMBER_SIZE] = "";
        if (item->counted) {
            moment_text(since, sizeof since, item->started_realtime_ns);
            number_text(contexts, sizeof contexts, (int64_t)item->contexts);
        }
        bool alive = item->state == WATCHABLE_ALIVE;
        page_print(&page, STYLE_PLAIN, "%7d  ", item->pid);
        page_print(&page, alive ? STYLE_GOOD : STYLE_WARNING, "%-6s",
                   watchable_state_name(item->state));
        page_print(&page, STYLE_PLAIN, "  %-25s  %9s  %-10s  ", since, contexts, item->source);
        /* Only root sees those of others. */
        if (item->uid != geteuid())
            page_print(&page, STYLE_WARNING, "(of uid %u) ", item->uid);
        page_print(&page, STYLE_PLAIN, "%.200s", item->command);
        fputc('\n', out);
        if (!alive) {
            page_print(&page, STYLE_FAINT, "%18s%s", "", item->target);
            fputc('\n', out);
        }
    }
    write_quiet(&page, found);
}

static void write_json(const struct watchables *found, FILE *out)
{
    struct json_stream stream = {.out = out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_list", json_integer(1));
    stream_begin(&stream, "targets", '[');
    for (size_t i = 0; i < found->count; i++) {
        const struct watchable *item = &found->items[i];
        json_t *value = json_object();
        json_object_set_new(value, "target", json_text(item->target));
        json_object_set_new(value, "pid", json_integer(item->pid));
        json_object_set_new(value, "state", json_string(watchable_state_name(item->state)));
        json_object_set_new(value, "source", json_string(item->source));
        json_object_set_new(value, "uid", json_integer(item->uid));
        json_object_set_new(value, "command", json_text(item->command));
        if (item->counted) {
            json_object_set_new(value, "contexts", json_integer((json_int_t)item->contexts));
            json_object_set_new(value, "started_ns", json_integer(item->started_realtime_ns));
        }
        stream_value(&stream, NULL, value);
    }
    stream_end(&stream);
    stream_value(&stream, "quiet", json_integer((json_int_t)found->quiet_count));
    stream_end(&stream);
}

/* ---- the command ---- */

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

    struct failure failure;
    struct watchables found;
    struct output output;
    bool good =
        watchables_find(&found, &failure) && output_open(&output, print.to, stdout, &failure);
    if (good) {
        if (print.format == &format_text)
            write_text(&found, output.stream);
        else
            write_json(&found, output.stream);
        good = output_close(&output, &failure);
    }
    if (good && found.note.sentence[0])
        say_failure(&found.note);
    watchables_free(&found);
    return good ? 0 : say_failure(&failure);
}

const struct command command_list = {
    .name = "list",
    .arguments = "",
    .summary = "What on this machine can be looked at",
    .main = list_main,
};
