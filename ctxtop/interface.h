/*
 * The interactive monitor: its whole state, which its parts change. From the top down:
 *
 *     loop.c        waits, collects samples, hands keys on, has things drawn
 *     draw.c        draws the state
 *     keys.c        the table of keys
 *     actions_*.c   what keys do; they change the state and say what has to be drawn
 *     typing.c      what is typed, or answered to a question
 *     watching.c    what is watched: targets, samples, the command
 *     interface.c   the state itself
 *
 * One thread.
 */
#ifndef CTXTOP_INTERFACE_H
#define CTXTOP_INTERFACE_H

#include "base/error.h"
#include "ctxtop/header.h"
#include "ctxtop/interventions.h"
#include "ctxtop/log_file.h"
#include "ctxtop/options.h"
#include "ctxtop/pane.h"
#include "ctxtop/prompt.h"
#include "ctxtop/sampler.h"
#include "ctxtop/stopwatch.h"
#include "ctxtop/targets.h"
#include "ctxtop/view_table.h"

#define INTERFACE_UNREADABLE 2 /* exit status */

/* What is being typed, if anything. */
enum mode {
    MODE_BROWSE,
    MODE_SEARCH,
    MODE_FILTER,
    MODE_DELAY,
    MODE_HELP,
    MODE_QUIT /* the question what becomes of the command */
};

/* What has to be drawn; can be combined. */
enum redraw {
    REDRAW_NOTHING = 0,
    REDRAW_FOOTER = 1,
    REDRAW_ROWS = 2, /* also the details, as they belong to the row of the cursor */
    REDRAW_ALL = 4,
    REDRAW_CLEAR = 8 /* whatever the terminal shows, redraw everything */
};

struct interface {
    const struct options *options;
    struct command command;
    bool has_command;
    bool chosen;             /* what is watched was chosen from the list */
    char ending[64];         /* how the command ended, "" while it runs */
    struct sampler *sampler; /* NULL: nothing is watched, the list of targets is shown */
    struct sample *sample;
    struct target_list targets;
    struct log_file log;
    struct interventions done;
    struct model model;

    struct pane panes[VIEW_COUNT]; /* one for each view of the table, in its order */
    struct pane *pane;             /* the one that is shown */

    uint32_t shown_columns; /* of the view, a bit each: the screen is wide enough for them */

    enum mode mode;
    struct prompt prompt;
    uint64_t search_origin; /* item to go back to when a search is given up */
    uint8_t search_origin_kind;
    char message[256]; /* in the footer, until the next key */

    bool detail_open;
    uint32_t detail_top;
    struct lines detail;
    uint64_t asked_id, answered_id; /* of what keeps something alive; 0: nothing */
    char *answer;
    uint32_t help_top;
    struct lines help;

    bool paused;
    int64_t paused_at_ns; /* our clock */
    int64_t delay_ns;
    bool delay_is_fixed; /* the user named it */
    int64_t targets_due_ns;
    char error[sizeof((struct error *)NULL)->sentence];   /* of the last sample; "" if it worked
                                                           */
    char waiting[sizeof((struct error *)NULL)->sentence]; /* why there is no sample yet */
    bool quit, leave_command;
    int status;                /* exit status */
    char parting[1024];        /* printed after the terminal has been given back, if not "" */
    struct stopwatch drawing;  /* from a key to the end of drawing */
    struct stopwatch building; /* a tree and its rows, after a new sample */
};

/* A sentence in the footer, until the next key. */
__attribute__((format(printf, 2, 3))) void interface_say(struct interface *interface,
                                                         const char *format, ...);

/* Shows the view, if it can be shown now. */
bool interface_show(struct interface *interface, const struct view *view);

/* The id of the context or task that an item is about, 0 if there is none. */
uint64_t interface_subject(const struct interface *interface, const struct item *item);

/* Rebuilds the rows of the shown pane if they are stale. */
void interface_refresh(struct interface *interface);
/* All panes are stale; the shown one is rebuilt. */
void interface_mark_stale(struct interface *interface);

#endif
