#include "ctxtop/keys.h"

#include <ncurses.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE          0x1b

/* clang-format off */
const struct key key_table[] = {
    {{KEY_UP, 'k'},          "Up k",      "up",            "to the row above", GROUP_MOVE, false, action_up},
    {{KEY_DOWN, 'j'},        "Down j",    "down",          "to the row below", GROUP_MOVE, false, action_down},
    {{KEY_PPAGE, CONTROL('b')}, "PgUp ^B", "page up",      "a screen up", GROUP_MOVE, false, action_page_up},
    {{KEY_NPAGE, CONTROL('f')}, "PgDn ^F", "page down",    "a screen down", GROUP_MOVE, false, action_page_down},
    {{KEY_HOME, 'g'},        "Home g",    "first",         "to the first row", GROUP_MOVE, false, action_first},
    {{KEY_END, 'G'},         "End G",     "last",          "to the last row; in history and log also follow what comes", GROUP_MOVE, false, action_last},
    {{'F'},                  "F",         "follow",        "keep the cursor on the newest item, until it is moved", GROUP_MOVE, false, action_follow},

    {{' '},                  "Space",     "fold",          "fold or unfold the row; a folded row shows sums", GROUP_FOLD, true, action_toggle_fold},
    {{KEY_LEFT, 'h'},        "Left h",    "fold or up",    "fold the row; if there is nothing to fold, go to the row it belongs to", GROUP_FOLD, false, action_fold_left},
    {{KEY_RIGHT, 'l'},       "Right l",   "unfold",        "unfold the row; if it is unfolded, go into it", GROUP_FOLD, false, action_unfold_right},
    {{'c'},                  "c",         "fold all",      "fold everything below the roots", GROUP_FOLD, true, action_fold_all},
    {{'e'},                  "e",         "unfold all",    "unfold everything", GROUP_FOLD, true, action_unfold_all},
    {{'-'},                  "-",         "fold more",     "fold everything one level further up", GROUP_FOLD, false, action_fold_more},
    {{'+', '='},             "+ =",       "fold less",     "unfold everything one level further down", GROUP_FOLD, false, action_fold_less},

    {{'/'},                  "/",         "search",        "go to the next row that matches: words, field:word, !word; also in what is folded", GROUP_FIND, true, action_search},
    {{'n'},                  "n",         "next",          "to the next match", GROUP_FIND, false, action_search_next},
    {{'N'},                  "N",         "previous",      "to the match before", GROUP_FIND, false, action_search_previous},
    {{'f', '\\'},            "f \\",      "filter",        "show only what matches, and what it is below", GROUP_FIND, true, action_filter},
    {{ESCAPE},               "Esc",       "back",          "close the details, or end search or filter", GROUP_FIND, false, action_escape},
    {{'x'},                  "x",         "to context",    "to the context that the row is about, in the tree", GROUP_FIND, false, action_to_context},
    {{'t'},                  "t",         "to task",       "to the task that the row is about, among the tasks", GROUP_FIND, false, action_to_task},

    {{'>', '.'},             "> .",       "sort by next",  "sort by the next column; in a tree siblings are sorted", GROUP_ORDER, false, action_sort_next},
    {{'<', ','},             "< ,",       "sort by previous", "sort by the column before", GROUP_ORDER, false, action_sort_previous},
    {{'r'},                  "r",         "turn round",    "turn the order round", GROUP_ORDER, false, action_sort_turn},
    {{'u'},                  "u",         "unsorted",      "back to the order of creation", GROUP_ORDER, false, action_sort_none},

    {{'\r', '\n', KEY_ENTER}, "Enter",    "details",       "show everything about the row, or watch the target", GROUP_SHOW, true, action_open},
    {{'J', ']'},             "J ]",       "details down",  "scroll the details down", GROUP_SHOW, false, action_detail_down},
    {{'K', '['},             "K [",       "details up",    "scroll the details up", GROUP_SHOW, false, action_detail_up},
    {{'\t'},                 "Tab",       "next view",     "to the view on the right", GROUP_SHOW, true, action_view_next},
    {{KEY_BTAB},             "Shift-Tab", "previous view", "to the view on the left", GROUP_SHOW, false, action_view_previous},
    {{'1'},                  "1",         "contexts",      "to the tree of contexts", GROUP_SHOW, false, action_view_1},
    {{'2'},                  "2",         "objects",       "to blocked tasks by object", GROUP_SHOW, false, action_view_2},
    {{'3'},                  "3",         "waiters",       "to blocked tasks", GROUP_SHOW, false, action_view_3},
    {{'4'},                  "4",         "tasks",         "to all tasks", GROUP_SHOW, false, action_view_4},
    {{'5'},                  "5",         "findings",      "to the findings", GROUP_SHOW, false, action_view_5},
    {{'6'},                  "6",         "history",       "to the history", GROUP_SHOW, false, action_view_6},
    {{'7'},                  "7",         "log",           "to the output of the command that was started, and what was done to the program", GROUP_SHOW, false, action_view_7},
    {{'8'},                  "8",         "sites",         "to the numbers of tasks and contexts by place", GROUP_SHOW, false, action_view_8},
    {{'s'},                  "s",         "system tasks",  "show or hide tasks of the language runtime and of ctxtrace", GROUP_SHOW, false, action_system},
    {{'o'},                  "o",         "open only",     "hide or show what has ended", GROUP_SHOW, false, action_open_only},
    {{'?', KEY_F(1)},        "? F1",      "help",          "all keys, and what the columns mean", GROUP_SHOW, true, action_help},
    {{CONTROL('l')},         "^L",        "redraw",        "draw the screen afresh", GROUP_SHOW, false, action_redraw},

    {{'p'},                  "p",         "pause",         "stand still, or go on", GROUP_PROGRAM, true, action_pause},
    {{'R', KEY_F(5)},        "R F5",      "sample",        "take a sample now, also while paused", GROUP_PROGRAM, false, action_sample},
    {{'P'},                  "P",         "prove",         "take one sample with proofs, for which a Go program is stopped briefly, and pause", GROUP_PROGRAM, false, action_prove},
    {{'a'},                  "a",         "kept alive by", "show which references keep the context or task alive (Go)", GROUP_PROGRAM, false, action_keeps_alive},
    {{'d'},                  "d",         "delay",         "change the time between samples", GROUP_PROGRAM, false, action_delay},
    {{'w'},                  "w",         "watch other",   "back to the list of what can be watched", GROUP_PROGRAM, false, action_targets},
    {{'q', KEY_F(10)},       "q F10",     "quit",          "end; asks what becomes of a command that was started and still runs", GROUP_PROGRAM, true, action_quit},
    {{0}, NULL, NULL, NULL, GROUP_COUNT, false, NULL},
};
/* clang-format on */

static const char *const group_names[GROUP_COUNT] = {
    [GROUP_MOVE] = "Moving",   [GROUP_FOLD] = "Folding", [GROUP_FIND] = "Finding",
    [GROUP_ORDER] = "Sorting", [GROUP_SHOW] = "Showing", [GROUP_PROGRAM] = "The program",
};

const char *key_group_name(enum key_group group)
{
    return group_names[group];
}

static bool has_code(const struct key *key, int code)
{
    for (int i = 0; i < KEY_CODES; i++) {
        if (key->codes[i] != 0 && key->codes[i] == code)
            return true;
    }
    return false;
}

const struct key *key_find(int code, bool is_function_key)
{
    /* Characters and function keys share numbers: U+0102 is the number of KEY_DOWN. */
    if ((code > 255) != is_function_key)
        return NULL;
    for (const struct key *key = key_table; key->action != NULL; key++) {
        if (has_code(key, code))
            return key;
    }
    return NULL;
}

static void add_group(struct lines *out, enum key_group group)
{
    lines_add(out, MEANING_STRONG, "%s", key_group_name(group));
    for (const struct key *key = key_table; key->action != NULL; key++) {
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
    for (const struct view *const *view = view_table; *view != NULL; view++)
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
        for (const struct key *key = key_table; key->action != NULL; key++) {
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
