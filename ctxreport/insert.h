/*
 * One prepared INSERT whose columns are bound one after the other.
 *
 *     struct insert insert;
 *     insert_prepare(&insert, store, "losses");
 *     insert_integer(&insert, 1); insert_text(&insert, "contexts"); ...
 *     insert_row(&insert);
 *     return insert_finish(&insert, failure);
 *
 * A row has all columns of its table, in the order of the schema. Errors stick: after the first one
 * nothing more is done, and insert_finish() reports it. Text must stay as it is until insert_row().
 * Control characters and what is not UTF-8 are stored as visible escapes, whoever the text is from.
 * Text of length 0 is stored as NULL, which is how the report says "unknown", except by
 * insert_text_always().
 */
#ifndef CTXREPORT_INSERT_H
#define CTXREPORT_INSERT_H

#include "base/error.h"
#include "ctxreport/store.h"

struct insert {
    struct store *store;
    sqlite3_stmt *statement;
    int columns; /* of the table */
    int column;  /* the one bound last */
    bool failed;
};

void insert_prepare(struct insert *insert, struct store *store, const char *table);
void insert_integer(struct insert *insert, int64_t value);
void insert_null(struct insert *insert);
void insert_text(struct insert *insert, const char *text);
void insert_text_always(struct insert *insert, const char *text);
void insert_row(struct insert *insert);
bool insert_finish(struct insert *insert, struct error *error);

/* NULL unless `known`. */
void insert_integer_if(struct insert *insert, bool known, int64_t value);

#endif
