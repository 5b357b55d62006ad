/*
 * ctxreport list: what on this machine can be looked at: segments of live and dead programs, and Go
 * programs that run.
 */
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctxreport/command.h"
#include "ctxreport/duration.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/options.h"
#include "ctxreport/page.h"
#include "ctxreport/recording.h"
#include "ctxreport/verdict.h"
#include "segment/directory.h"

/* One thing to look at. */
struct item {
    char target[PATH_MAX]; /* what to give to inspect */
    int pid;
    const char *state; /* "alive", "dead", "exited" */
    const char *what;  /* "recorded", or what the source is called */
    char command[SEGMENT_PATH_SIZE];
    bool counted; /* contexts and started_ns are meaningful */
    uint64_t contexts;
    int64_t started_ns; /* since 1970 */
};

struct items {
    struct item *array;
    size_t count;
};

static struct item *append(struct items *items)
{
    struct item *array = realloc(items->array, (items->count + 1) * sizeof *array);
    if (!array)
        return NULL;
    items->array = array;
    array[items->count] = (struct item){0};
    return &array[items->count++];
}

/* ---- segments ---- */

static const char *life_name(enum segment_life life)
{
    if (life == LIFE_ALIVE)
        return "alive";
    return life == LIFE_EXITED ? "exited" : "dead";
}

static bool add_segments_in(struct items *items, const char *directory, struct failure *failure)
{
    size_t count;
    struct segment_problem problem;
    struct segment_entry *entries = segment_directory_list_in(directory, &count, &problem);
    if (!entries && problem.sentence[0])
        return failure_set(failure, "%s", problem.sentence);
    for (size_t i = 0; i < count; i++) {
        struct item *item = append(items);
        if (!item)
            break;
        item->pid = entries[i].pid;
        item->state = life_name(entries[i].life);
        item->what = "segment";
        item->counted = true;
        item->contexts = entries[i].contexts;
        item->started_ns = entries[i].started_realtime_ns;
        snprintf(item->command, sizeof item->command, "%s",
                 entries[i].command[0] ? entries[i].command : entries[i].executable);
        /* A live one is best named by its pid: that stays right when it makes another segment. */
        if (entries[i].life == LIFE_ALIVE)
            snprintf(item->target, sizeof item->target, "%d", entries[i].pid);
        else
            snprintf(item->target, sizeof item->target, "%s", entries[i].path);
    }
    free(entries);
    return true;
}

/* The user's directory, and those of `ctxreport run` in it: of runs that go on or were killed. */
static bool add_segments(struct items *items, struct failure *failure)
{
    char base[PATH_MAX], path[2 * PATH_MAX];
    segment_directory_path(base, sizeof base, geteuid());
    if (!add_segments_in(items, base, failure))
        return false;
    DIR *directory = opendir(base);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        struct failure ignored; /* a run may end while we look */
        if (strncmp(entry->d_name, RECORDING_PREFIX, strlen(RECORDING_PREFIX)) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", base, entry->d_name);
        add_segments_in(items, path, &ignored);
    }
    if (directory)
        closedir(directory);
    return true;
}

/* ---- processes ---- */

/* The command line with blanks for the NULs between its words. */
static void read_command(int pid, char *command, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    FILE *file = fopen(path, "re");
    size_t length = file ? fread(command, 1, size - 1, file) : 0;
    if (file)
        fclose(file);
    while (length > 0 && command[length - 1] == '\0')
        length--;
    command[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (command[i] == '\0')
            command[i] = ' ';
    }
}

static bool is_listed(const struct items *items, int pid)
{
    for (size_t i = 0; i < items->count; i++) {
        if (items->array[i].pid == pid && strcmp(items->array[i].state, "alive") == 0)
            return true;
    }
    return false;
}

static const struct source *source_of_process(int pid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", pid);
    struct target target = {.text = text, .pid = pid};
    for (size_t i = 0; source_table[i]; i++) {
        if (source_table[i]->claims(&target))
            return source_table[i];
    }
    return NULL;
}

/* Processes that some source can read as they are. */
static void add_processes(struct items *items)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) != NULL) {
        int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
        if (pid <= 0 || pid == getpid() || is_listed(items, pid))
            continue;
        const struct source *source = source_of_process(pid);
        struct item *item = source ? append(items) : NULL;
        if (!item)
            continue;
        item->pid = pid;
        item->state = "alive";
        item->what = source->name;
        snprintf(item->target, sizeof item->target, "%d", pid);
        read_command(pid, item->command, sizeof item->command);
    }
    if (directory)
        closedir(directory);
}

/* ---- writing ---- */

static void write_text(const struct items *items, FILE *out)
{
    struct page page = page_for(out);
    if (items->count == 0) {
        page_put(&page, STYLE_PLAIN,
                 "There is nothing to look at: no recorded program, and no Go program that may be "
                 "read.");
        fputc('\n', out);
        page_put(&page, STYLE_FAINT,
                 "Record one with: ctxreport run -- COMMAND (or CTXTRACE=1 COMMAND).");
        fputc('\n', out);
        return;
    }
    page_print(&page, STYLE_TITLE, "%7s  %-6s  %-19s  %9s  %-10s  %s", "PID", "STATE", "SINCE",
               "CONTEXTS", "SOURCE", "COMMAND, and what to give to inspect when it is dead");
    fputc('\n', out);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->array[i];
        char since[MOMENT_SIZE] = "", contexts[NUMBER_SIZE] = "";
        if (item->counted) {
            moment_text(since, sizeof since, item->started_ns);
            number_text(contexts, sizeof contexts, (int64_t)item->contexts);
        }
        bool alive = strcmp(item->state, "alive") == 0;
        page_print(&page, STYLE_PLAIN, "%7d  ", item->pid);
        page_print(&page, alive ? STYLE_GOOD : STYLE_WARNING, "%-6s", item->state);
        page_print(&page, STYLE_PLAIN, "  %-19s  %9s  %-10s  %.200s", since, contexts, item->what,
                   item->command);
        fputc('\n', out);
        if (!alive) {
            page_print(&page, STYLE_FAINT, "%18s%s", "", item->target);
            fputc('\n', out);
        }
    }
}

static void write_json(const struct items *items, FILE *out)
{
    struct json_stream stream = {.out = out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "ctxtrace_list", json_integer(1));
    stream_begin(&stream, "targets", '[');
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->array[i];
        json_t *value = json_object();
        json_object_set_new(value, "target", json_text(item->target));
        json_object_set_new(value, "pid", json_integer(item->pid));
        json_object_set_new(value, "state", json_string(item->state));
        json_object_set_new(value, "source", json_string(item->what));
        json_object_set_new(value, "command", json_text(item->command));
        if (item->counted) {
            json_object_set_new(value, "contexts", json_integer((json_int_t)item->contexts));
            json_object_set_new(value, "started_ns", json_integer(item->started_ns));
        }
        stream_value(&stream, NULL, value);
    }
    stream_end(&stream);
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
    struct items items = {0};
    bool good = add_segments(&items, &failure);
    if (good)
        add_processes(&items);
    FILE *out = good ? print_open(&print, stdout, &failure) : NULL;
    if (out) {
        if (print.format == &format_text)
            write_text(&items, out);
        else
            write_json(&items, out);
        good = print_close(&print, out, &failure);
    }
    free(items.array);
    return good && out ? 0 : say_failure(&failure);
}

const struct command command_list = {
    .name = "list",
    .arguments = "",
    .summary = "What on this machine can be looked at",
    .main = list_main,
};
