#include "ctxtop/loop.h"

#include "base/clock.h"
#include "base/error.h"
#include "ctxtop/draw.h"
#include "ctxtop/keys.h"
#include "ctxtop/terminal.h"
#include "ctxtop/text.h"
#include "ctxtop/typing.h"
#include "ctxtop/view_table.h"
#include "ctxtop/watching.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS      250 /* how often ages and deadlines are counted on */
#define IDLE_TICK_MS 1000

static void init_panes(struct interface *interface)
{
    const struct options *options = interface->options;
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        struct pane *pane = &interface->panes[i];
        pane_init(pane, view_table[i]);
        if (options->folds)
            pane->folds.depth = options->fold_depth;
        filter_set(&pane->filter, options->filter);
        if (options->view_count > 0 && view_table[i] == options->views[0])
            interface->pane = pane;
    }
    if (!interface->pane)
        interface->pane = &interface->panes[0];
}

static bool counts_on(const struct interface *interface)
{
    if (!interface->sample)
        return true;
    return interface->sample->snapshot->program.state == PROGRAM_ALIVE && !interface->paused;
}

/* ---- keys ---- */

static unsigned help_key(struct interface *interface, const struct key *key)
{
    int64_t top = (int64_t)interface->help_top + (key ? key->help_lines : 0);
    if (!key || key->help_lines == 0)
        interface->mode = MODE_BROWSE;
    else
        interface->help_top = top < 0 ? 0 : top > INT_MAX ? INT_MAX : (uint32_t)top;
    return REDRAW_ALL;
}

static unsigned act(struct interface *interface, const struct key *key)
{
    if (!key->view)
        return key->action(interface);
    interface_show(interface, key->view);
    return REDRAW_ALL;
}

static unsigned handle_key(struct interface *interface, int code, bool is_function_key)
{
    const struct key *key = key_find(code, is_function_key);
    if (interface->mode == MODE_HELP)
        return help_key(interface, key);
    if (interface->mode != MODE_BROWSE)
        return typing_key(interface, code, is_function_key);
    bool had_message = interface->message[0] != '\0';
    interface->message[0] = '\0';
    unsigned redraw = had_message ? REDRAW_FOOTER : REDRAW_NOTHING;
    if (!key)
        return redraw;
    bool available = view_available(interface->pane->view, &interface->model);
    if (!available && !(key->flags & WITHOUT_ROWS))
        return redraw;
    uint32_t cursor = interface->pane->cursor;
    redraw |= act(interface, key);
    if (interface->pane->cursor != cursor && key->group != GROUP_SHOW)
        interface->detail_top = 0;
    return redraw;
}

static unsigned handle_keys(struct interface *interface)
{
    unsigned redraw = REDRAW_NOTHING;
    bool is_function_key;
    int code;
    while (!interface->quit && (code = terminal_key(&is_function_key)) != TERMINAL_NO_KEY)
        redraw |= handle_key(interface, code, is_function_key);
    return redraw;
}

/* ---- the loop ---- */

static void step(struct interface *interface)
{
    int other = interface->sampler ? sampler_descriptor(interface->sampler) : -1;
    unsigned events = terminal_wait(other, counts_on(interface) ? TICK_MS : IDLE_TICK_MS);
    int64_t started = now_ns();
    unsigned redraw = REDRAW_NOTHING;
    if (events & TERMINAL_ENDING) {
        interface->quit = true;
        return;
    }
    if (events & (TERMINAL_RESIZED | TERMINAL_RESUMED))
        redraw |= REDRAW_CLEAR;
    if (events & TERMINAL_KEY)
        redraw |= handle_keys(interface);
    /* A key is answered first; the sample is still there in the next turn. */
    if ((events & TERMINAL_OTHER) && !(events & TERMINAL_KEY) && interface->sampler)
        redraw |= watching_collect(interface);
    redraw |= watching_look(interface);
    if (events == 0)
        redraw |= REDRAW_ALL;
    if (interface->quit)
        return;
    draw(interface, redraw);
    if (events & TERMINAL_KEY)
        stopwatch_add(&interface->drawing, now_ns() - started);
}

static void print_stopwatches(const struct interface *interface)
{
    if (!interface->options->debug)
        return;
    stopwatch_print(&interface->drawing, "from a key to the screen", stderr);
    stopwatch_print(&interface->building, "rows of a new sample", stderr);
}

static void finish(struct interface *interface)
{
    /* The terminal first: it must not wait for a program that is slow to read. */
    terminal_end();
    bool stopped = watching_part(interface);
    print_stopwatches(interface);
    if (interface->parting[0] != '\0')
        text_say(interface->parting);
    int number = terminal_ending_signal();
    if (number != 0) {
        signal(number, SIG_DFL);
        raise(number);
    }
    /* A sample that cannot be waited for uses what would be freed. */
    if (!stopped)
        _exit(interface->status);
    sample_free(interface->sample);
    for (unsigned i = 0; i < VIEW_COUNT; i++)
        pane_free(&interface->panes[i]);
    log_close(&interface->log);
    interventions_free(&interface->done);
    free(interface->answer);
    targets_free(&interface->targets);
    lines_free(&interface->detail);
    lines_free(&interface->help);
}

int loop_run(const struct options *options)
{
    struct interface *interface = calloc(1, sizeof *interface);
    struct error error;
    if (!interface)
        return INTERFACE_UNREADABLE;
    interface->options = options;
    interface->delay_ns = options->delay_ns;
    interface->delay_is_fixed = options->delay_given;
    interface->log.descriptor = -1;
    interface->model.done = &interface->done;
    interface->model.show_system = options->show_system;
    interface->model.hide_ended = options->hide_ended;
    init_panes(interface);
    bool started = watching_start(interface, &error);
    if (started && !interface->quit)
        started = terminal_start(options->scheme, &error);
    if (!started) {
        snprintf(interface->parting, sizeof interface->parting, "%s", error.sentence);
        interface->status = INTERFACE_UNREADABLE;
        interface->quit = true;
    }
    if (!interface->quit)
        draw(interface, REDRAW_CLEAR);
    while (!interface->quit)
        step(interface);
    finish(interface);
    int status = interface->status;
    free(interface);
    return status;
}
