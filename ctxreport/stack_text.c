#include "ctxreport/stack_text.h"

#include <inttypes.h>
#include <string.h>

#include "ctxreport/duration.h"
#include "ctxreport/query.h"

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

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
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

static void location_text(struct query *frame, char *text, size_t size)
{
    if (query_is_null(frame, 2))
        snprintf(text, size, "%s", query_is_null(frame, 1) ? "" : base_name(query_text(frame, 4)));
    else if (query_is_null(frame, 3))
        snprintf(text, size, "%s", query_text(frame, 2));
    else
        snprintf(text, size, "%s:%" PRId64, query_text(frame, 2), query_integer(frame, 3));
}

/* How the C library starts a program or a thread: below every stack, and never of interest. */
static bool is_start(const char *function)
{
    static const char *const names[] = {
        "_start", "__libc_start_main",      "start_thread", "__libc_start_main_impl",
        "clone",  "__libc_start_call_main", "clone3",       "__clone3",
        "__clone"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(function, names[i]) == 0)
            return true;
    }
    return false;
}

/* Goes to the next frame to show. A stack that has nothing else may begin with any. */
static bool next_frame(struct query *frame)
{
    while (query_next(frame)) {
        bool is_ours = strncmp(base_name(query_text(frame, 4)), "libctxtrace", 11) == 0;
        if (query_integer(frame, 0) == 0 || (!is_ours && !is_start(query_text(frame, 1))))
            return true;
    }
    return false;
}

/* The width of the column of functions, so that the locations stand below each other. */
static bool measure(struct store *store, int64_t stack_id, int *width, struct failure *failure)
{
    struct query frame;
    *width = 0;
    query_begin(&frame, store, frame_sql, stack_id);
    for (int shown = 0; shown < FRAMES_SHOWN && next_frame(&frame); shown++) {
        char function[256];
        function_text(&frame, function, sizeof function);
        int columns = page_columns(function);
        if (columns > *width && columns <= LOCATION_COLUMN_MAX)
            *width = columns;
    }
    return query_finish(&frame, failure);
}

static void write_frame(const struct page *page, struct query *frame, int width, int64_t top)
{
    char function[256], location[512];
    function_text(frame, function, sizeof function);
    location_text(frame, location, sizeof location);
    int64_t position = query_integer(frame, 0);
    /* What lies inside of the program's own first frame is the machinery that it called. */
    enum style style = position == top ? STYLE_TITLE : position < top ? STYLE_FAINT : STYLE_PLAIN;
    fputs(position == top ? "     > " : "       ", page->out);
    page_put(page, style, function);
    if (location[0]) {
        int columns = page_columns(function);
        fprintf(page->out, "%*s", columns < width ? width - columns + 2 : 2, "");
        page_put(page, position == top ? STYLE_TITLE : STYLE_FAINT, location);
    }
    fputc('\n', page->out);
}

static bool write_stack(const struct page *page, struct store *store, int64_t stack_id, int64_t top,
                        bool truncated, struct failure *failure)
{
    int width;
    if (!measure(store, stack_id, &width, failure))
        return false;
    struct query frame;
    int64_t count = 0;
    query_begin(&frame, store, frame_sql, stack_id);
    while (next_frame(&frame)) {
        if (count++ < FRAMES_SHOWN)
            write_frame(page, &frame, width, top);
    }
    if (count > FRAMES_SHOWN) {
        page_print(page, STYLE_FAINT, "       ... and %" PRId64 " more", count - FRAMES_SHOWN);
        fputc('\n', page->out);
    }
    if (truncated) {
        page_put(page, STYLE_FAINT, "       (deeper frames were not recorded)");
        fputc('\n', page->out);
    }
    return query_finish(&frame, failure);
}

static void write_label(const struct page *page, const char *label, int64_t count, int64_t of)
{
    page_print(page, STYLE_PLAIN, "     %s", label);
    if (of > 1) {
        char some[NUMBER_SIZE], all[NUMBER_SIZE];
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
                           struct failure *failure)
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
                           query_integer(&row, 4), failure);
    }
    write_others(page, seen - STACKS_PER_LABEL);
    return query_finish(&row, failure) && good;
}
