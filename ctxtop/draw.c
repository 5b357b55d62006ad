/* The screen: where everything is, header, tabs, footer. Rows and details are in draw_rows.c. */
#include "ctxtop/draw.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/duration.h"
#include "ctxtop/draw_rows.h"
#include "ctxtop/keys.h"
#include "ctxtop/pen.h"
#include "ctxtop/terminal.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>

/* ---- where everything is ---- */

static unsigned header_room(int height)
{
    if (height >= 12)
        return HEADER_LINES;
    if (height >= 9)
        return 2;
    return height >= 5 ? 1 : 0;
}

static struct geometry geometry_of(const struct interface *interface, unsigned header_lines)
{
    struct geometry geometry = {.tabs = -1, .titles = -1};
    int height = LINES;
    unsigned room = header_room(height);
    geometry.header_lines = (int)(header_lines < room ? header_lines : room);
    int line = geometry.header_lines;
    if (height >= 7)
        geometry.tabs = line++;
    if (height >= 3)
        geometry.titles = line++;
    geometry.body = line;
    geometry.footer = height >= 2 ? height - 1 : -1;
    geometry.body_height = (geometry.footer < 0 ? height : geometry.footer) - line;
    if (geometry.body_height < 1)
        geometry.body_height = 1;
    if (!interface->detail_open || geometry.body_height < 4)
        return geometry;
    int detail = geometry.body_height / 2;
    geometry.detail_height = detail;
    geometry.body_height -= detail;
    geometry.detail = geometry.body + geometry.body_height;
    return geometry;
}

/* ---- header ---- */

static void draw_header_without_sample(const struct interface *interface)
{
    struct pen pen = pen_at(0);
    pen_write(&pen, MEANING_STRONG, "ctxtop " CTXTRACE_VERSION);
    if (!interface->sampler)
        pen_write(&pen, MEANING_NORMAL, "  Choose what to watch: Enter");
    else if (interface->waiting[0] != '\0')
        pen_write(&pen, MEANING_NORMAL, "  Waiting: ");
    else
        pen_write(&pen, MEANING_NORMAL, "  Opening ...");
    pen_write(&pen, MEANING_NORMAL, interface->waiting);
}

static unsigned make_header(const struct interface *interface,
                            struct header_line lines[HEADER_LINES], int64_t our_ns)
{
    if (!interface->sample)
        return 1;
    struct sampling_state sampling = {
        .paused = interface->paused,
        .age_ns = our_ns - interface->sample->received_ns,
        .delay_ns = interface->delay_ns,
        .error = interface->error[0] == '\0' ? NULL : interface->error,
        .ending = interface->ending[0] == '\0' ? NULL : interface->ending,
    };
    return header_make(&interface->model, &sampling, lines);
}

static void draw_header(const struct interface *interface, const struct geometry *geometry,
                        const struct header_line *lines, unsigned count)
{
    if (geometry->header_lines == 0)
        return;
    if (!interface->sample) {
        draw_header_without_sample(interface);
        return;
    }
    /* Where there is no room for all, losses are more important than counts. */
    unsigned skip = count > (unsigned)geometry->header_lines ? HEADER_COUNTS : HEADER_LINES;
    int line = 0;
    for (unsigned i = 0; i < count && line < geometry->header_lines; i++) {
        if (i == skip && geometry->header_lines > 1)
            continue;
        struct pen pen = pen_at(line++);
        for (unsigned j = 0; j < lines[i].count; j++)
            pen_write(&pen, lines[i].spans[j].meaning, lines[i].spans[j].text);
    }
}

static void draw_tabs(const struct interface *interface, int line)
{
    struct pen pen = pen_at(line);
    for (unsigned i = 0; i < VIEW_COUNT; i++) {
        const struct view *view = interface->panes[i].view;
        char text[64], number[DURATION_SIZE] = "";
        if (!view_available(view, &interface->model))
            continue;
        int64_t count = view->count ? view->count(&interface->model) : -1;
        if (count >= 0)
            count_text_short(number, sizeof number, (uint64_t)count);
        snprintf(text, sizeof text, " %s%s%s%s%s ", !view->digit ? "" : view->digit,
                 view->digit ? " " : "", view->title, count >= 0 ? " " : "", number);
        bool current = &interface->panes[i] == interface->pane;
        pen_write(&pen, current ? MEANING_TAB : MEANING_NORMAL, text);
        pen_write(&pen, MEANING_NORMAL, " ");
    }
}

/* ---- footer ---- */

static void draw_hints(struct pen *pen)
{
    for (const struct key *key = key_table(); key->label; key++) {
        char label[16], name[48];
        if (!(key->flags & IN_FOOTER))
            continue;
        snprintf(label, sizeof label, "%.*s", (int)strcspn(key->label, " "), key->label);
        snprintf(name, sizeof name, " %s  ", key->name);
        if (pen->used + text_width(label) + text_width(name) > pen->width)
            return;
        pen_write(pen, MEANING_KEY, label);
        pen_write(pen, MEANING_NORMAL, name);
    }
}

/* Where in the view one is, at the right end of the footer. */
static unsigned draw_position(const struct interface *interface, int line)
{
    const struct pane *pane = interface->pane;
    char text[96], at[DURATION_SIZE], count[DURATION_SIZE];
    if (pane->rows.count == 0)
        return 0;
    count_text(at, sizeof at, (uint64_t)pane->cursor + 1);
    count_text(count, sizeof count, pane->rows.count);
    snprintf(text, sizeof text, "%s%s/%s", pane->follows ? "following  " : "", at, count);
    unsigned width = text_width(text);
    if (width + 2 >= (unsigned)COLS)
        return 0;
    attrset((int)terminal_attributes(MEANING_DIM));
    mvaddstr(line, COLS - (int)width - 1, text);
    return width + 3;
}

/* What is typed, with the terminal's cursor in it. */
static void draw_prompt(const struct interface *interface, struct pen *pen, const char *label)
{
    char before[PROMPT_SIZE];
    pen->width -= draw_position(interface, pen->line);
    snprintf(before, sizeof before, "%.*s", (int)interface->prompt.cursor, interface->prompt.text);
    pen_write(pen, MEANING_KEY, label);
    unsigned column = pen->used + text_width(before);
    pen_write(pen, MEANING_NORMAL, interface->prompt.text);
    if (interface->message[0] != '\0') {
        pen_write(pen, MEANING_NORMAL, "   ");
        pen_write(pen, MEANING_WARNING, interface->message);
    }
    move(pen->line, (int)(column < pen->width ? column : pen->width - 1));
}

static void draw_question(const struct interface *interface, struct pen *pen)
{
    char text[256];
    snprintf(text, sizeof text,
             "%s still runs.  y end it with SIGTERM  l leave it running  any other key: stay",
             interface->command.name);
    pen_write(pen, MEANING_WARNING, text);
}

static void draw_browse_footer(const struct interface *interface, struct pen *pen)
{
    const struct pane *pane = interface->pane;
    char text[FILTER_SIZE + 64];
    pen->width -= draw_position(interface, pen->line);
    if (interface->message[0] != '\0') {
        pen_write(pen, MEANING_STRONG, interface->message);
        return;
    }
    if (pane->filter.count > 0) {
        snprintf(text, sizeof text, "Filter: %s (%u match)  ", pane->filter.text,
                 pane->tree.matches);
        pen_write(pen, MEANING_WARNING, text);
    }
    if (pane->search.count > 0) {
        snprintf(text, sizeof text, "Search: %s  ", pane->search.text);
        pen_write(pen, MEANING_STRONG, text);
    }
    draw_hints(pen);
}

static void draw_footer(const struct interface *interface, int line)
{
    if (line < 0)
        return;
    struct pen pen = pen_at(line);
    switch (interface->mode) {
    case MODE_SEARCH:
        draw_prompt(interface, &pen, "Search: ");
        break;
    case MODE_FILTER:
        draw_prompt(interface, &pen, "Filter: ");
        break;
    case MODE_DELAY:
        draw_prompt(interface, &pen, "Seconds between samples: ");
        break;
    case MODE_QUIT:
        draw_question(interface, &pen);
        break;
    case MODE_HELP:
    case MODE_BROWSE:
        draw_browse_footer(interface, &pen);
        break;
    }
}

static bool is_typing(enum mode mode)
{
    return mode == MODE_SEARCH || mode == MODE_FILTER || mode == MODE_DELAY;
}

static void draw_help(struct interface *interface)
{
    lines_clear(&interface->help);
    interface->help.width = (unsigned)COLS;
    keys_help(&interface->help);
    uint32_t last = interface->help.count > (size_t)LINES
                        ? (uint32_t)(interface->help.count - (size_t)LINES)
                        : 0;
    if (interface->help_top > last)
        interface->help_top = last;
    for (int line = 0; line < LINES; line++) {
        struct pen pen = pen_at(line);
        size_t index = interface->help_top + (size_t)line;
        if (index < interface->help.count)
            pen_write(&pen, interface->help.lines[index].meaning,
                      interface->help.lines[index].text);
    }
}

/* ---- the whole ---- */

void draw(struct interface *interface, unsigned redraw)
{
    struct header_line lines[HEADER_LINES];
    int64_t our_ns = interface->paused && interface->sample ? interface->paused_at_ns : now_ns();
    if (redraw == REDRAW_NOTHING)
        return;
    if (interface->sample)
        interface->model.now_ns = sample_now(interface->sample, our_ns);
    if (redraw & REDRAW_CLEAR)
        clearok(curscr, TRUE);
    bool all = (redraw & (REDRAW_ALL | REDRAW_CLEAR)) != 0;
    if (all)
        erase();
    if (interface->mode == MODE_HELP) {
        draw_help(interface);
    } else {
        unsigned count = make_header(interface, lines, now_ns());
        struct geometry geometry = geometry_of(interface, count);
        if (all) {
            draw_header(interface, &geometry, lines, count);
            if (geometry.tabs >= 0)
                draw_tabs(interface, geometry.tabs);
        }
        if (redraw & ~(unsigned)REDRAW_FOOTER)
            draw_rows(interface, &geometry);
        draw_footer(interface, geometry.footer);
    }
    curs_set(is_typing(interface->mode) ? 1 : 0);
    refresh();
}
