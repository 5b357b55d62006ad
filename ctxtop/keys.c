#include "ctxtop/keys.h"

#include "base/invariant.h"
#include "ctxtop/view_table.h"

#include <limits.h>
#include <ncurses.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE          0x1b

/* Instead of a label: here come the keys of the views. */
#define EACH_VIEW ""

/* clang-format off */
static const struct key written[] = {
    {{KEY_UP, 'k'},          "Up k",      "up",            "to the row above", GROUP_MOVE, 0, -1, action_up, NULL},
    {{KEY_DOWN, 'j'},        "Down j",    "down",          "to the row below", GROUP_MOVE, 0, 1, action_down, NULL},
    {{KEY_PPAGE, CONTROL('b')}, "PgUp ^B", "page up",      "a screen up", GROUP_MOVE, 0, -10, action_page_up, NULL},
    {{KEY_NPAGE, CONTROL('f')}, "PgDn ^F", "page down",    "a screen down", GROUP_MOVE, 0, 10, action_page_down, NULL},
    {{KEY_HOME, 'g'},        "Home g",    "first",         "to the first row", GROUP_MOVE, 0, -INT_MAX, action_first, NULL},
    {{KEY_END, 'G'},         "End G",     "last",          "to the last row; in history and log also follow what comes", GROUP_MOVE, 0, INT_MAX, action_last, NULL},
    {{'F'},                  "F",         "follow",        "keep the cursor on the newest item, until it is moved", GROUP_MOVE, 0, 0, action_follow, NULL},

    {{' '},                  "Space",     "fold",          "fold or unfold the row; a folded row shows sums", GROUP_FOLD, IN_FOOTER, 10, action_toggle_fold, NULL},
    {{KEY_LEFT, 'h'},        "Left h",    "fold or up",    "fold the row; if there is nothing to fold, go to the row it belongs to", GROUP_FOLD, 0, 0, action_fold_left, NULL},
    {{KEY_RIGHT, 'l'},       "Right l",   "unfold",        "unfold the row; if it is unfolded, go into it", GROUP_FOLD, 0, 0, action_unfold_right, NULL},
    {{'c'},                  "c",         "fold all",      "fold everything below the roots", GROUP_FOLD, IN_FOOTER, 0, action_fold_all, NULL},
    {{'e'},                  "e",         "unfold all",    "unfold everything", GROUP_FOLD, IN_FOOTER, 0, action_unfold_all, NULL},
    {{'-'},                  "-",         "fold more",     "fold everything one level further up", GROUP_FOLD, 0, 0, action_fold_more, NULL},
    {{'+', '='},             "+ =",       "fold less",     "unfold everything one level further down", GROUP_FOLD, 0, 0, action_fold_less, NULL},

    {{'/'},                  "/",         "search",        "go to the next row that matches: words, field:word, !word; also in what is folded", GROUP_FIND, IN_FOOTER, 0, action_search, NULL},
    {{'n'},                  "n",         "next",          "to the next match", GROUP_FIND, 0, 0, action_search_next, NULL},
    {{'N'},                  "N",         "previous",      "to the match before", GROUP_FIND, 0, 0, action_search_previous, NULL},
    {{'f', '\\'},            "f \\",      "filter",        "show only what matches, and what it is below", GROUP_FIND, IN_FOOTER, 0, action_filter, NULL},
    {{ESCAPE},               "Esc",       "back",          "close the details, or end search or filter", GROUP_FIND, 0, 0, action_escape, NULL},
    {{'x'},                  "x",         "to context",    "to the context that the row is about, in the tree", GROUP_FIND, 0, 0, action_to_context, NULL},
    {{'t'},                  "t",         "to task",       "to the task that the row is about, among the tasks", GROUP_FIND, 0, 0, action_to_task, NULL},

    {{'>', '.'},             "> .",       "sort by next",  "sort by the next column; in a tree siblings are sorted", GROUP_ORDER, 0, 0, action_sort_next, NULL},
    {{'<', ','},             "< ,",       "sort by previous", "sort by the column before", GROUP_ORDER, 0, 0, action_sort_previous, NULL},
    {{'r'},                  "r",         "turn round",    "turn the order round", GROUP_ORDER, 0, 0, action_sort_turn, NULL},
    {{'u'},                  "u",         "unsorted",      "back to the order of creation", GROUP_ORDER, 0, 0, action_sort_none, NULL},

    {{'\r', '\n', KEY_ENTER}, "Enter",    "details",       "show everything about the row, or watch the target", GROUP_SHOW, IN_FOOTER, 0, action_open, NULL},
    {{'J', ']'},             "J ]",       "details down",  "scroll the details down", GROUP_SHOW, 0, 1, action_detail_down, NULL},
    {{'K', '['},             "K [",       "details up",    "scroll the details up", GROUP_SHOW, 0, -1, action_detail_up, NULL},
    {{'\t'},                 "Tab",       "next view",     "to the view on the right", GROUP_SHOW, IN_FOOTER, 0, action_view_next, NULL},
    {{KEY_BTAB},             "Shift-Tab", "previous view", "to the view on the left", GROUP_SHOW, 0, 0, action_view_previous, NULL},
    {{0},                    EACH_VIEW,   NULL,            NULL, GROUP_SHOW, WITHOUT_ROWS, 0, NULL, NULL},
    {{'s'},                  "s",         "system tasks",  "show or hide tasks of the language runtime and of ctxtrace", GROUP_SHOW, 0, 0, action_system, NULL},
    {{'o'},                  "o",         "open only",     "hide or show what has ended", GROUP_SHOW, 0, 0, action_open_only, NULL},
    {{'?', KEY_F(1)},        "? F1",      "help",          "all keys, and what the columns mean", GROUP_SHOW, IN_FOOTER | WITHOUT_ROWS, 0, action_help, NULL},
    {{CONTROL('l')},         "^L",        "redraw",        "redraw the screen", GROUP_SHOW, WITHOUT_ROWS, 0, action_redraw, NULL},

    {{'p'},                  "p",         "pause",         "stand still, or go on", GROUP_PROGRAM, IN_FOOTER | WITHOUT_ROWS, 0, action_pause, NULL},
    {{'R', KEY_F(5)},        "R F5",      "sample",        "take a sample now, also while paused", GROUP_PROGRAM, WITHOUT_ROWS, 0, action_sample, NULL},
    {{'P'},                  "P",         "prove",         "take one sample with proofs, for which a Go program is stopped briefly, and pause", GROUP_PROGRAM, WITHOUT_ROWS, 0, action_prove, NULL},
    {{'a'},                  "a",         "kept alive by", "show which references keep the context or task alive (Go)", GROUP_PROGRAM, WITHOUT_ROWS, 0, action_keeps_alive, NULL},
    {{'d'},                  "d",         "delay",         "change the time between samples", GROUP_PROGRAM, WITHOUT_ROWS, 0, action_delay, NULL},
    {{'w'},                  "w",         "watch other",   "back to the list of what can be watched", GROUP_PROGRAM, WITHOUT_ROWS, 0, action_targets, NULL},
    {{'q', KEY_F(10)},       "q F10",     "quit",          "end; asks what becomes of a command that was started and still runs", GROUP_PROGRAM, IN_FOOTER | WITHOUT_ROWS, 0, action_quit, NULL},
    {{0}, NULL, NULL, NULL, GROUP_COUNT, 0, 0, NULL, NULL},
};
/* clang-format on */

#define KEYS (sizeof written / sizeof written[0] + VIEW_COUNT)

static struct key *add_views(struct key *at, const struct key *row)
{
    for (const struct view *const *view = view_table; *view; view++) {
        if (!(*view)->digit)
            continue;
        *at = *row;
        at->codes[0] = (unsigned char)(*view)->digit[0];
        at->label = (*view)->digit;
        at->name = (*view)->key_name;
        at->help = (*view)->key_help;
        at->view = *view;
        at++;
    }
    return at;
}

static bool has_code(const struct key *key, int code)
{
    for (int i = 0; i < KEY_CODES; i++) {
        if (key->codes[i] != 0 && key->codes[i] == code)
            return true;
    }
    return false;
}

/* What a key does is one thing. */
static bool is_unambiguous(const struct key *table)
{
    for (const struct key *key = table; key->label; key++) {
        for (const struct key *other = table; other < key; other++) {
            for (int i = 0; i < KEY_CODES; i++) {
                if (key->codes[i] != 0 && has_code(other, key->codes[i]))
                    return false;
            }
        }
    }
    return true;
}

const struct key *key_table(void)
{
    static struct key table[KEYS];
    if (table[0].label)
        return table;
    struct key *at = table;
    for (const struct key *row = written; row->label; row++) {
        if (row->label[0] == '\0')
            at = add_views(at, row);
        else
            *at++ = *row;
    }
    invariant((size_t)(at - table) < KEYS && !at->label);
    invariant(is_unambiguous(table));
    return table;
}

static const char *const group_names[GROUP_COUNT] = {
    [GROUP_MOVE] = "Moving",   [GROUP_FOLD] = "Folding", [GROUP_FIND] = "Finding",
    [GROUP_ORDER] = "Sorting", [GROUP_SHOW] = "Showing", [GROUP_PROGRAM] = "The program",
};

const char *key_group_name(enum key_group group)
{
    return group_names[group];
}

const struct key *key_find(int code, bool is_function_key)
{
    /* Characters and function keys share numbers: U+0102 is the number of KEY_DOWN. */
    if ((code > 255) != is_function_key)
        return NULL;
    for (const struct key *key = key_table(); key->label; key++) {
        if (has_code(key, code))
            return key;
    }
    return NULL;
}

static void add_group(struct lines *out, enum key_group group)
{
    lines_add(out, MEANING_STRONG, "%s", key_group_name(group));
    for (const struct key *key = key_table(); key->label; key++) {
        if (key->group == group)
            lines_add(out, MEANING_NORMAL, "  %-10s %-16s %s", key->label, key->name, key->help);
    }
    lines_add(out, MEANING_NORMAL, " ");
}

static void add_columns(struct lines *out, const struct view *view)
{
    lines_add(out, MEANING_STRONG, "%s: %s", view->title, view->help);
    for (unsigned i = 0; i < view->column_count; i++)
        lines_add(out, MEANING_NORMAL, "  %-12s %s", view->columns[i].title, view->columns[i].help);
    lines_add(out, MEANING_NORMAL, " ");
}

void keys_help(struct lines *out)
{
    lines_add(out, MEANING_TITLE, "Keys of ctxtop %s (any key that does not scroll ends this)",
              CTXTRACE_VERSION);
    lines_add(out, MEANING_NORMAL, " ");
    for (int group = 0; group < GROUP_COUNT; group++)
        add_group(out, (enum key_group)group);
    lines_add(out, MEANING_TITLE, "Views and their columns");
    lines_add(out, MEANING_NORMAL, " ");
    for (const struct view *const *view = view_table; *view; view++)
        add_columns(out, *view);
}

/* Backslashes and dots mean something to roff. */
static void print_roff(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

void keys_print_manual(FILE *out)
{
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(out, ".SS %s\n", key_group_name((enum key_group)group));
        for (const struct key *key = key_table(); key->label; key++) {
            if (key->group != (enum key_group)group)
                continue;
            fputs(".TP\n.B \"", out);
            print_roff(out, key->label);
            fputs("\"\n", out);
            print_roff(out, key->help);
            fputc('\n', out);
        }
    }
}
