/* What is watched: beginning, collecting samples, the command that was started, and parting. */
#include "ctxtop/watching.h"

#include "base/clock.h"
#include "base/error.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_NEWS_MS    300 /* to find out about a wrong target before the screen is taken over */
#define STOP_WAIT_NS     NS_PER_SECOND
#define COMMAND_WAIT_NS  (3 * NS_PER_SECOND)
#define TARGETS_DELAY_NS NS_PER_SECOND

static bool start_sampler(struct interface *interface, const struct watch *watch)
{
    interface->sampler = sampler_start(watch, interface->delay_ns, interface->delay_is_fixed);
    interface->error[0] = '\0';
    interface->waiting[0] = '\0';
    interface->model.targets = NULL;
    return interface->sampler != NULL;
}

bool watching_begin(struct interface *interface, const char *target)
{
    struct watch watch;
    watch_target(&watch, target, &interface->options->source);
    if (!start_sampler(interface, &watch)) {
        interface->model.targets = &interface->targets;
        interface_say(interface, "Out of memory or threads.");
        return false;
    }
    interface->chosen = true;
    interface->pane = &interface->panes[0];
    interface_refresh(interface);
    return true;
}

static void forget_sample(struct interface *interface)
{
    interventions_free(&interface->done);
    sample_free(interface->sample);
    interface->sample = NULL;
    interface->model.sample = NULL;
    interface->detail_open = false;
    for (unsigned i = 0; i < VIEW_COUNT; i++)
        interface->panes[i].rows.count = 0;
}

void watching_end(struct interface *interface)
{
    sampler_stop(interface->sampler, STOP_WAIT_NS);
    interface->sampler = NULL;
    interface->paused = false;
    forget_sample(interface);
    targets_refresh(&interface->targets);
    interface->targets_due_ns = now_ns() + TARGETS_DELAY_NS;
    interface->model.targets = &interface->targets;
    interface_show(interface, &targets_view);
    interface_mark_stale(interface);
}

static void take_sample(struct interface *interface, struct sample *sample)
{
    struct sample *old = interface->sample;
    interface->sample = sample;
    interface->model.sample = sample;
    interface->paused_at_ns = sample->received_ns;
    interface->model.now_ns = sample->snapshot->program.taken_ns;
    interventions_update(&interface->done, &sample->snapshot->program, log_end(&interface->log));
    interface_mark_stale(interface);
    sampler_give_back(interface->sampler, old);
}

/* A target that never could be opened: back to the list, or out with a sentence. */
static void give_up(struct interface *interface, const char *sentence)
{
    if (interface->chosen) {
        char why[sizeof interface->message];
        snprintf(why, sizeof why, "%.255s", sentence);
        watching_end(interface);
        interface_say(interface, "%s", why);
        return;
    }
    snprintf(interface->parting, sizeof interface->parting, "%s", sentence);
    interface->status = INTERFACE_UNREADABLE;
    interface->quit = true;
}

unsigned watching_collect(struct interface *interface)
{
    struct news news;
    sampler_collect(interface->sampler, &news);
    snprintf(interface->waiting, sizeof interface->waiting, "%s",
             news.waiting ? news.sentence : "");
    snprintf(interface->error, sizeof interface->error, "%s", news.failed ? news.sentence : "");
    if (news.answered_id != 0) {
        free(interface->answer);
        interface->answer = news.answer;
        interface->answered_id = news.answered_id;
    }
    if (news.sample)
        take_sample(interface, news.sample);
    if (news.failed && !news.opened)
        give_up(interface, news.sentence);
    return REDRAW_ALL;
}

/* ---- what goes on by itself ---- */

static unsigned look_at_command(struct interface *interface)
{
    unsigned redraw = REDRAW_NOTHING;
    if (!interface->has_command)
        return redraw;
    if (log_update(&interface->log)) {
        for (unsigned i = 0; i < VIEW_COUNT; i++)
            interface->panes[i].stale |= interface->panes[i].view->shows_log;
        interface_refresh(interface);
        redraw |= REDRAW_ROWS;
    }
    if (command_poll(&interface->command)) {
        command_describe_end(&interface->command, interface->ending, sizeof interface->ending);
        /* Its last state, now and not when the next sample would be due. */
        sampler_take_now(interface->sampler);
        redraw |= REDRAW_ALL;
    }
    return redraw;
}

static unsigned look_at_targets(struct interface *interface)
{
    if (!interface->model.targets || now_ns() < interface->targets_due_ns)
        return REDRAW_NOTHING;
    targets_refresh(&interface->targets);
    interface->targets_due_ns = now_ns() + TARGETS_DELAY_NS;
    interface_mark_stale(interface);
    return REDRAW_ALL;
}

unsigned watching_look(struct interface *interface)
{
    return look_at_command(interface) | look_at_targets(interface);
}

/* ---- begin and end ---- */

/* A wrong target is told before the screen is taken over, if it shows at once. */
static void await_first_news(struct interface *interface)
{
    struct pollfd news = {.fd = sampler_descriptor(interface->sampler), .events = POLLIN};
    if (poll(&news, 1, FIRST_NEWS_MS) > 0)
        watching_collect(interface);
}

bool watching_start(struct interface *interface, struct error *error)
{
    const struct options *options = interface->options;
    struct watch watch;
    if (!options->target && !options->command) {
        watching_end(interface);
        return true;
    }
    if (!options->command) {
        watch_target(&watch, options->target, &options->source);
    } else {
        if (!command_start(&interface->command, options->command, !options->no_preload, error))
            return false;
        interface->has_command = true;
        log_open(&interface->log, interface->command.log_path);
        interface->model.log = &interface->log;
        watch_command(&watch, &interface->command, &options->source);
    }
    if (!start_sampler(interface, &watch))
        return error_set(error, "out of memory or threads");
    await_first_news(interface);
    return true;
}

static void part_with_command(struct interface *interface)
{
    struct command *command = &interface->command;
    if (!interface->has_command)
        return;
    command_poll(command);
    if (command_has_ended(command)) {
        command_remove_log(command);
        return;
    }
    if (interface->leave_command) {
        snprintf(interface->parting, sizeof interface->parting,
                 "%s goes on as process %d; its output goes to %.512s", command->name,
                 (int)command->pid, command->log_path);
        return;
    }
    command_terminate(command, COMMAND_WAIT_NS);
    if (command_has_ended(command))
        command_remove_log(command);
    else
        snprintf(interface->parting, sizeof interface->parting,
                 "%s (process %d) has not ended on SIGTERM yet; its output goes to %.512s",
                 command->name, (int)command->pid, command->log_path);
}

bool watching_part(struct interface *interface)
{
    bool stopped = sampler_stop(interface->sampler, STOP_WAIT_NS);
    part_with_command(interface);
    return stopped;
}
