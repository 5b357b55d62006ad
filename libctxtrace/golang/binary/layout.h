/*
 * Offsets of members in the types of Go's packages runtime and context, for one release.
 *
 * They come from the program's own DWARF, or from the table of its release, which layouts/generator
 * makes from the DWARF of a small program. A release without a table is refused unless the program
 * has DWARF.
 */
#ifndef CTXTRACE_GOLANG_BINARY_LAYOUT_H
#define CTXTRACE_GOLANG_BINARY_LAYOUT_H

#include "base/error.h"
#include "golang/binary/release_traits.h"

#include <stddef.h>
#include <stdint.h>

enum layout_field {
#define FIELD(name, type, path) name,
#define ALTERNATIVE(name, type, path)
#include "golang/binary/layout_fields.def"
#undef ALTERNATIVE
#undef FIELD
    LAYOUT_FIELD_COUNT
};

#define LAYOUT_ABSENT       (-1) /* the release has no such member, or its place is unknown */
#define LAYOUT_WAIT_REASONS 64

struct layout {
    int minor;                    /* of Go 1.minor */
    struct release_traits traits; /* of a release newer than the table: those of its newest */
    const char *origin;           /* "DWARF", "table", "table and DWARF" */
    size_t answered;              /* places that DWARF told */
    size_t in_table;              /* places that the table has */
    int32_t at[LAYOUT_FIELD_COUNT];
    const char *wait_reasons[LAYOUT_WAIT_REASONS]; /* NULL behind the last */
};

/*
 * The layout for a release, from the table and from the DWARF of the executable open as
 * `descriptor` (-1 for none). `origin` and texts are static. false and a sentence when it is not
 * known.
 */
bool layout_find(struct layout *layout, int minor, const char *version, int descriptor,
                 struct error *error);

/*
 * Is this a layout that a release could have? Debug information can be damaged or lie, and readers
 * use the sizes in a layout unchecked. layout_find() checks them.
 */
bool layout_check(const struct layout *layout, const char *version, struct error *error);

/* From DWARF alone; returns how many fields it has. For the generator of tables. */
size_t layout_from_dwarf(struct layout *layout, int descriptor);

/* The C name of a field, for the generator. */
const char *layout_field_name(enum layout_field field);

/* What is known of this release, or of the newest in the table if this is newer. */
struct release_traits release_traits_of(int minor);

/* Oldest and newest release in the table. */
int layout_oldest(void);
int layout_newest(void);

#endif
