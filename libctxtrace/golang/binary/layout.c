#include "golang/binary/layout.h"

#include "base/error.h"
#include "golang/binary/layout_table.h"
#include "image/type_layout.h"

#include <string.h>

static const struct {
    enum layout_field field;
    const char *name, *type, *path;
} rows[] = {
#define FIELD(name, type, path)       {name, #name, type, path},
#define ALTERNATIVE(name, type, path) {name, #name, type, path},
#include "golang/binary/layout_fields.def"
#undef ALTERNATIVE
#undef FIELD
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

#define MAX_OFFSET (1 << 24) /* in the largest, runtime.mheap */
#define MAX_SIZE   4096      /* of the types whose size is asked for */

/* Without these nothing can be shown; a program has them, whatever the linker left out. */
static const enum layout_field needed[] = {
    G_STACK_LO,   G_SCHED_SP,   G_SCHED_PC, G_STATUS,         G_GOID,
    G_WAITREASON, G_GOPC,       G_STARTPC,  MODULE_PCLNTABLE, MODULE_FTAB,
    MODULE_TEXT,  MODULE_TYPES, SPAN_START, HEAP_ALLSPANS};

const char *layout_field_name(enum layout_field field)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].field == field)
            return rows[i].name;
    return "";
}

size_t layout_from_dwarf(struct layout *layout, int descriptor)
{
    struct layout_query queries[ROW_COUNT];
    for (size_t i = 0; i < ROW_COUNT; i++)
        queries[i] = (struct layout_query){
            .type = rows[i].type, .path = rows[i].path, .answer = &layout->at[rows[i].field]};
    return type_layout_answer(descriptor, "runtime", queries, ROW_COUNT);
}

static const struct layout_row *find_row(int minor)
{
    for (size_t i = 0; i < layout_row_count; i++)
        if (layout_rows[i].minor == minor)
            return &layout_rows[i];
    return NULL;
}

struct release_traits release_traits_of(int minor)
{
    size_t row = layout_row_count - 1;
    while (row > 0 && layout_rows[row].minor > minor)
        row--;
    return layout_rows[row].traits;
}

int layout_oldest(void)
{
    return layout_rows[0].minor;
}

int layout_newest(void)
{
    return layout_rows[layout_row_count - 1].minor;
}

static void start_with_row(struct layout *layout, const struct layout_row *row)
{
    layout->in_table = 0;
    for (size_t i = 0; i < LAYOUT_FIELD_COUNT; i++) {
        layout->at[i] = row ? row->at[i] : LAYOUT_ABSENT;
        layout->in_table += layout->at[i] != LAYOUT_ABSENT;
    }
    for (size_t i = 0; i < LAYOUT_WAIT_REASONS; i++)
        layout->wait_reasons[i] = row ? row->wait_reasons[i] : NULL;
}

/* Does every member of a type whose size is known lie within it? */
static bool is_within(const struct layout *layout, const char *type, int32_t size)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].type, type) == 0 && rows[i].path[0] && layout->at[rows[i].field] >= size)
            return false;
    return true;
}

static bool is_plausible(const struct layout *layout)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        int32_t at = layout->at[rows[i].field];
        if (at < LAYOUT_ABSENT || at > MAX_OFFSET)
            return false;
        if (!rows[i].path[0] && at != LAYOUT_ABSENT &&
            (at == 0 || at > MAX_SIZE || !is_within(layout, rows[i].type, at)))
            return false;
    }
    return true;
}

bool layout_check(const struct layout *layout, const char *version, struct error *error)
{
    return is_plausible(layout) ||
           error_set(error,
                     "the debug information of the program, which was built with %s, gives places "
                     "that cannot be; it is damaged: rebuild the program, or strip it",
                     version);
}

bool layout_find(struct layout *layout, int minor, const char *version, int descriptor,
                 struct error *error)
{
    const struct layout_row *row = find_row(minor);
    start_with_row(layout, row);
    layout->minor = minor;
    layout->traits = release_traits_of(minor);
    layout->answered = descriptor >= 0 ? layout_from_dwarf(layout, descriptor) : 0;
    layout->origin = !layout->answered ? "table" : row ? "table and DWARF" : "DWARF";
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (layout->at[needed[i]] != LAYOUT_ABSENT)
            continue;
        return error_set(error,
                         "the program was built with %s; without debug information only Go 1.%d to "
                         "1.%d are known: build it without -ldflags=-w, or add a layout for its "
                         "release (see docs/go.md)",
                         version, layout_oldest(), layout_newest());
    }
    return layout_check(layout, version, error);
}
