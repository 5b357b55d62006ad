/* Views, details, help, and what concerns the program that is watched. */
#include "base/clock.h"
#include "ctxtop/keys.h"
#include "ctxtop/view_table.h"
#include "ctxtop/watching.h"

/* The next view that can be shown, to the left or right, round at the end. */
static unsigned show_beside(struct interface *interface, unsigned step)
{
    unsigned at = (unsigned)(interface->pane - interface->panes);
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        at = (at + step) % VIEW_COUNT;
        if (view_available(interface->panes[at].view, &interface->model)) {
            interface_show(interface, interface->panes[at].view);
            break;
        }
    }
    return REDRAW_ALL;
}

unsigned action_view_next(struct interface *interface)
{
    return show_beside(interface, 1);
}

unsigned action_view_previous(struct interface *interface)
{
    return show_beside(interface, VIEW_COUNT - 1);
}

unsigned action_open(struct interface *interface)
{
    const struct item *item = pane_item(interface->pane);
    if (item && item->kind == ITEM_TARGET) {
        watching_begin(interface, interface->targets.entries[item->index].target);
        return REDRAW_ALL;
    }
    interface->detail_open = !interface->detail_open && item != NULL;
    interface->detail_top = 0;
    return REDRAW_ALL;
}

unsigned action_detail_down(struct interface *interface)
{
    interface->detail_top++;
    return REDRAW_ROWS;
}

unsigned action_detail_up(struct interface *interface)
{
    if (interface->detail_top > 0)
        interface->detail_top--;
    return REDRAW_ROWS;
}

unsigned action_system(struct interface *interface)
{
    interface->model.show_system = !interface->model.show_system;
    interface_say(interface, "System tasks are %s.",
                  interface->model.show_system ? "shown" : "hidden");
    interface_mark_stale(interface);
    return REDRAW_ALL;
}

unsigned action_open_only(struct interface *interface)
{
    interface->model.hide_ended = !interface->model.hide_ended;
    interface_say(interface, "What has ended is %s.",
                  interface->model.hide_ended ? "hidden" : "shown");
    interface_mark_stale(interface);
    return REDRAW_ALL;
}

unsigned action_help(struct interface *interface)
{
    interface->mode = MODE_HELP;
    interface->help_top = 0;
    return REDRAW_ALL;
}

unsigned action_redraw(struct interface *interface)
{
    (void)interface;
    return REDRAW_CLEAR;
}

unsigned action_pause(struct interface *interface)
{
    if (!interface->sampler)
        return REDRAW_NOTHING;
    interface->paused = !interface->paused;
    interface->paused_at_ns = now_ns();
    sampler_set_paused(interface->sampler, interface->paused);
    return REDRAW_ALL;
}

unsigned action_sample(struct interface *interface)
{
    if (interface->sampler)
        sampler_take_now(interface->sampler);
    else
        interface->targets_due_ns = 0;
    return REDRAW_NOTHING;
}

/* Pauses at the proved sample: the next one would be without proofs again. */
unsigned action_prove(struct interface *interface)
{
    if (!interface->sampler)
        return REDRAW_NOTHING;
    if (!interface->paused)
        action_pause(interface);
    sampler_prove(interface->sampler);
    interface_say(interface, "Proving what can be proved; p goes on without proofs.");
    return REDRAW_ALL;
}

unsigned action_keeps_alive(struct interface *interface)
{
    const struct item *item = pane_item(interface->pane);
    uint64_t id = item ? interface_subject(interface, item) : 0;
    if (id == 0 || !interface->sampler) {
        interface_say(interface, "No context or task is known that this is about.");
        return REDRAW_FOOTER;
    }
    interface->asked_id = id;
    interface->answered_id = 0;
    interface->detail_open = true;
    interface->detail_top = 0;
    sampler_ask(interface->sampler, id);
    return REDRAW_ALL;
}

unsigned action_delay(struct interface *interface)
{
    interface->mode = MODE_DELAY;
    prompt_set(&interface->prompt, "");
    return REDRAW_FOOTER;
}

unsigned action_targets(struct interface *interface)
{
    if (interface->has_command && interface->ending[0] == '\0') {
        interface_say(interface, "First end the command that was started: q.");
        return REDRAW_FOOTER;
    }
    watching_end(interface);
    return REDRAW_ALL;
}

unsigned action_quit(struct interface *interface)
{
    if (interface->has_command && interface->ending[0] == '\0') {
        interface->mode = MODE_QUIT;
        return REDRAW_FOOTER;
    }
    interface->quit = true;
    return REDRAW_NOTHING;
}
