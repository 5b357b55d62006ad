/*
 * The table of keys. The help screen and the section of the man page are made from it
 * (`ctxtop --help-keys` prints that section; a test compares), so that they cannot disagree.
 *
 * Adding a key is one row in keys.c and one action in actions_*.c. The key of a view is a member of
 * its `struct view`.
 */
#ifndef CTXTOP_KEYS_H
#define CTXTOP_KEYS_H

#include "ctxtop/interface.h"

#define KEY_CODES 4

enum key_group {
    GROUP_MOVE,
    GROUP_FOLD,
    GROUP_FIND,
    GROUP_ORDER,
    GROUP_SHOW,
    GROUP_PROGRAM,
    GROUP_COUNT
};

enum key_flag {
    IN_FOOTER = 1,   /* shown at the bottom of the screen while there is room */
    WITHOUT_ROWS = 2 /* makes sense while there is nothing to be seen, too */
};

/* Returns what has to be drawn, enum redraw. */
typedef unsigned action(struct interface *interface);

struct key {
    int codes[KEY_CODES]; /* characters, or what ncurses calls KEY_... (all above 255); 0: none */
    const char *label;    /* what is printed on them */
    const char *name;     /* of the action; one or two words */
    const char *help;
    enum key_group group;
    unsigned flags; /* enum key_flag */
    int help_lines; /* that it scrolls the help screen by; 0: it ends help */
    action *action;
    const struct view *view; /* shown by it, and there is no action; NULL: none */
};

/* Ends with a row without label. The keys of the views are made from their table. */
const struct key *key_table(void);

const char *key_group_name(enum key_group group);

/* The row for a key; NULL if it means nothing. */
const struct key *key_find(int code, bool is_function_key);

/* The help screen. */
void keys_help(struct lines *out);
/* The man page's section, in roff. */
void keys_print_manual(FILE *out);

/* ---- actions ---- */

action action_up, action_down, action_page_up, action_page_down, action_first, action_last,
    action_follow;
action action_fold_left, action_unfold_right, action_toggle_fold, action_fold_all,
    action_unfold_all, action_fold_more, action_fold_less;
action action_search, action_search_next, action_search_previous, action_filter, action_escape,
    action_to_context, action_to_task;
action action_sort_next, action_sort_previous, action_sort_turn, action_sort_none;
action action_view_next, action_view_previous, action_open, action_detail_down, action_detail_up,
    action_system, action_open_only, action_help, action_redraw;
action action_pause, action_sample, action_prove, action_keeps_alive, action_delay, action_targets,
    action_quit;

#endif
