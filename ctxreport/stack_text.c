#include "ctxreport/stack_text.h"

#include "base/base_name.h"
#include "base/count.h"
#include "base/error.h"
#include "ctxreport/query.h"
#include "snapshot/frame_owner.h"

#include <inttypes.h>
#include <string.h>

enum { STACKS_PER_LABEL = 2, FRAMES_SHOWN = 12, LOCATION_COLUMN_MAX = 48 };

static const char frame_sql[] =
    "SELECT position, function, file, line, module, module_offset, pc, inlined FROM frames WHERE "
    "stack_id = ? ORDER BY position";

const char *signal_text(int64_t number)
{
    static char text[32];
    const char *name = number > 0 && number < 64 ? sigabbrev_np((int)number) : NULL;
    if (name)
        snprintf(text, sizeof text, "SIG%s", name);
    else
        snprintf(text, sizeof text, "signal %" PRId64, number);
    return text;
}

/* What stands for the function when its name is unknown: module and offset, or the address. */
static void function_text(struct query *frame, char *text, size_t size)
{
    if (!query_is_null(frame, 1))
        snprintf(text, size, "%s", query_text(frame, 1));
    else if (!query_is_null(frame, 4))
        snprintf(text, size, "%s+0x%" PRIx64, base_name(query_text(frame, 4)),
                 (uint64_t)query_integer(frame, 5));
    else
        snprintf(text, size, "0x%" PRIx64, (uint64_t)query_integer(frame, 6));
}

/* The last two parts of a path tell a person enough; the whole one is in the report file. */
static const char *short_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash || path[0] != '/')
        return path;
    while (slash > path && slash[-1] != '/')
        slash--;
    return slash;
}

static void location_text(struct query *frame, char *text, size_t size)
{
    const char *file = short_path(query_text(frame, 2));
    if (query_is_null(frame, 2))
        snprintf(text, size, "%s", query_is_null(frame, 1) ? "" : base_name(query_text(frame, 4)));
    else if (query_is_null(frame, 3))
        snprintf(text, size, "%s", file);
    else
        snprintf(text, size, "%s:%" PRId64, file, query_integer(frame, 3));
}

/* Goes to the next frame to show. A stack that has nothing else may begin with any. */
static bool next_frame(struct query *frame)
{
    while (query_next(frame)) {
        bool is_ours = strncmp(base_name(query_text(frame, 4)), "libctxtrace", 11) == 0;
        if (query_integer(frame, 0) == 0 || (!is_ours && !is_start_function(query_text(frame, 1))))
            return true;
    }
    return false;
}

/* One line of a stack as it is shown: a frame, or several of a library that has no names. */
struct line {
    int64_t position;
    int64_t nameless; /* frames that it stands for, 0 if it has a name */
    char function[256], location[256], module[256];
};

/* The stack's first lines; *more says how many frames there are behind them. */
static bool read_lines(struct store *store, int64_t stack_id, struct line lines[FRAMES_SHOWN],
                       int *count, int64_t *more, struct error *error)
{
    struct query frame;
    *count = 0;
    *more = 0;
    query_begin(&frame, store, frame_sql, stack_id);
    while (next_frame(&frame)) {
        const char *module = base_name(query_text(&frame, 4));
        bool nameless = query_is_null(&frame, 1) && module[0] != '\0';
        struct line *last = *count > 0 ? &lines[*count - 1] : NULL;
        if (nameless && last && last->nameless > 0 && strcmp(last->module, module) == 0) {
            last->nameless++;
            continue;
        }
        if (*count == FRAMES_SHOWN) {
            ++*more;
            continue;
        }
        struct line *line = &lines[(*count)++];
        line->position = query_integer(&frame, 0);
        line->nameless = nameless;
        snprintf(line->module, sizeof line->module, "%s", module);
        function_text(&frame, line->function, sizeof line->function);
        location_text(&frame, line->location, sizeof line->location);
    }
    return query_finish(&frame, error);
}

static void write_line(const struct page *page, const struct line *line, int width, int64_t top)
{
    bool is_top = line->position == top;
    /* What lies inside of the program's own first frame is the machinery that it called. */
    enum style style = is_top ? STYLE_TITLE : line->position < top ? STYLE_FAINT : STYLE_PLAIN;
    fputs(is_top ? "     > " : "       ", page->out);
    if (line->nameless > 1) {
        page_print(page, style, "%s, %" PRId64 " frames without names", line->module,
                   line->nameless);
    } else {
        page_put(page, style, line->function);
        int columns = page_columns(line->function);
        if (line->location[0])
            fprintf(page->out, "%*s", columns < width ? width - columns + 2 : 2, "");
        page_put(page, is_top ? STYLE_TITLE : STYLE_FAINT, line->location);
    }
    fputc('\n', page->out);
}

static bool write_stack(const struct page *page, struct store *store, int64_t stack_id, int64_t top,
                        bool truncated, struct error *error)
{
    struct line lines[FRAMES_SHOWN];
    int count, width = 0;
    int64_t more;
    if (!read_lines(store, stack_id, lines, &count, &more, error))
        return false;
    /* The locations stand below each other, except for those of functions with very long names. */
    for (int i = 0; i < count; i++) {
        int columns = lines[i].nameless > 1 ? 0 : page_columns(lines[i].function);
        if (columns > width && columns <= LOCATION_COLUMN_MAX)
            width = columns;
    }
    for (int i = 0; i < count; i++)
        write_line(page, &lines[i], width, top);
    if (more > 0) {
        page_print(page, STYLE_FAINT, "       ... and %" PRId64 " more", more);
        fputc('\n', page->out);
    }
    if (truncated) {
        page_put(page, STYLE_FAINT, "       (deeper frames were not recorded)");
        fputc('\n', page->out);
    }
    return true;
}

static void write_label(const struct page *page, const char *label, int64_t count, int64_t of)
{
    page_print(page, STYLE_PLAIN, "     %s", label);
    if (of > 1) {
        char some[COUNT_SIZE], all[COUNT_SIZE];
        page_print(page, STYLE_FAINT, "  (%s of %s)", number_text(some, sizeof some, count),
                   number_text(all, sizeof all, of));
    }
    fputs(":\n", page->out);
}

static void write_others(const struct page *page, int64_t others)
{
    if (others <= 0)
        return;
    page_print(page, STYLE_FAINT, "       ... and %" PRId64 " other %s of this kind", others,
               others == 1 ? "stack" : "stacks");
    fputc('\n', page->out);
}

bool stack_text_of_finding(const struct page *page, struct store *store, int64_t finding_id,
                           struct error *error)
{
    struct query row;
    query_begin(&row, store,
                "SELECT e.label, e.stack_id, e.count, s.top_position, s.truncated, f.count FROM "
                "finding_stacks AS e JOIN stacks AS s ON s.id = e.stack_id JOIN findings AS f ON "
                "f.id = e.finding_id WHERE e.finding_id = ? ORDER BY e.position",
                finding_id);
    char label[64] = "";
    int64_t seen = 0;
    bool good = true;
    while (good && query_next(&row)) {
        if (strcmp(label, query_text(&row, 0)) != 0) {
            write_others(page, seen - STACKS_PER_LABEL);
            snprintf(label, sizeof label, "%s", query_text(&row, 0));
            seen = 0;
        }
        if (seen++ >= STACKS_PER_LABEL)
            continue;
        write_label(page, label, query_integer(&row, 2), query_integer(&row, 5));
        good = write_stack(page, store, query_integer(&row, 1),
                           query_is_null(&row, 3) ? -1 : query_integer(&row, 3),
                           query_integer(&row, 4), error);
    }
    write_others(page, seen - STACKS_PER_LABEL);
    return query_finish(&row, error) && good;
}
