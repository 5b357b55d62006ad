/* One line of a fixture (see fixture_source.c): words, attributes, and what they stand for. */
#ifndef CTXTRACE_INSPECT_FIXTURE_LINE_H
#define CTXTRACE_INSPECT_FIXTURE_LINE_H

#include "base/error.h"
#include "inspect/source.h"
#include "snapshot/builder.h"

enum { FIXTURE_MAX_WORDS = 256 };

/* What the value of an attribute is, and so what its destination points at. */
enum attribute_type {
    ATTRIBUTE_U64,
    ATTRIBUTE_U32,
    ATTRIBUTE_I32,
    ATTRIBUTE_TIME,  /* int64_t */
    ATTRIBUTE_BOOL,  /* bool */
    ATTRIBUTE_TEXT,  /* snapshot_string */
    ATTRIBUTE_WORD,  /* const char *, valid until the next line */
    ATTRIBUTE_NAME,  /* uint8_t; `names` gives the names of its values */
    ATTRIBUTE_FACT,  /* struct fact */
    ATTRIBUTE_STACK, /* uint32_t */
};

struct attribute {
    const char *key; /* NULL ends a table */
    enum attribute_type type;
    void *destination;
    const char *(*names)(unsigned value);
};

struct named_stack;

struct fixture_line {
    const char *path;
    struct snapshot_builder *builder;
    struct error *error;
    unsigned number;
    bool failed;
    struct named_stack *stacks;
    size_t word_count;
    struct {
        char *key, *value; /* value NULL: a bare word */
    } words[FIXTURE_MAX_WORDS];
};

/*
 * Splits `text`, which is changed. Returns the first word; NULL if there is none or it is
 * malformed.
 */
const char *fixture_line_start(struct fixture_line *line, char *text);

/* These return false and make the failure when the line is not as it should be. */
bool fixture_line_read(struct fixture_line *line, const struct attribute *attributes);
bool fixture_line_needs(struct fixture_line *line, const char *key);
bool fixture_line_stack(struct fixture_line *line);
__attribute__((format(printf, 2, 3))) bool fixture_line_fail(struct fixture_line *line,
                                                             const char *format, ...);

bool fixture_line_has(const struct fixture_line *line, const char *key);

/* Finds the value with this name. */
bool fixture_name(const char *name, const char *(*names)(unsigned value), uint8_t *value);

/* Frees what was remembered from line to line. */
void fixture_line_end(struct fixture_line *line);

#endif
