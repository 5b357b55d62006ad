#include "ctxreport/insert.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/invariant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count_columns(sqlite3 *database, const char *table)
{
    char sql[128];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    int columns = sqlite3_column_count(statement);
    sqlite3_finalize(statement);
    return columns;
}

void insert_prepare(struct insert *insert, struct store *store, const char *table)
{
    sqlite3 *database = store_database(store);
    *insert = (struct insert){.store = store, .columns = count_columns(database, table)};
    char sql[256];
    int length = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < insert->columns; i++)
        length += snprintf(sql + length, sizeof sql - (size_t)length, ",?");
    snprintf(sql + length, sizeof sql - (size_t)length, ")");
    insert->failed = sqlite3_prepare_v2(database, sql, -1, &insert->statement, NULL) != SQLITE_OK;
}

void insert_integer(struct insert *insert, int64_t value)
{
    invariant(insert->failed || insert->column < insert->columns);
    if (!insert->failed)
        insert->failed =
            sqlite3_bind_int64(insert->statement, ++insert->column, value) != SQLITE_OK;
}

void insert_null(struct insert *insert)
{
    invariant(insert->failed || insert->column < insert->columns);
    if (!insert->failed)
        insert->failed = sqlite3_bind_null(insert->statement, ++insert->column) != SQLITE_OK;
}

void insert_integer_if(struct insert *insert, bool known, int64_t value)
{
    if (known)
        insert_integer(insert, value);
    else
        insert_null(insert);
}

/* What did not come from a snapshot, such as a path that the user named, may be any bytes. */
static bool bind_escaped(struct insert *insert, const char *text, size_t length)
{
    char *escaped = malloc(length * ESCAPED_MAX + 1);
    if (!escaped)
        return false;
    size_t size = text_escape(text, length, escaped);
    return sqlite3_bind_text64(insert->statement, insert->column, escaped, size, free,
                               SQLITE_UTF8) == SQLITE_OK;
}

void insert_text_always(struct insert *insert, const char *text)
{
    if (insert->failed)
        return;
    size_t length = strlen(text);
    invariant(insert->column < insert->columns);
    insert->column++;
    if (!text_is_plain(text, length))
        insert->failed = !bind_escaped(insert, text, length);
    else
        insert->failed = sqlite3_bind_text64(insert->statement, insert->column, text, length,
                                             SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK;
}

void insert_text(struct insert *insert, const char *text)
{
    if (text && text[0] != '\0')
        insert_text_always(insert, text);
    else
        insert_null(insert);
}

void insert_row(struct insert *insert)
{
    if (insert->failed)
        return;
    invariant(insert->column == insert->columns);
    insert->failed = sqlite3_step(insert->statement) != SQLITE_DONE ||
                     sqlite3_reset(insert->statement) != SQLITE_OK;
    insert->column = 0;
}

bool insert_finish(struct insert *insert, struct error *error)
{
    /* Asked for before finalizing, which would forget the error. */
    bool good = !insert->failed || store_failed(insert->store, error);
    sqlite3_finalize(insert->statement);
    insert->statement = NULL;
    return good;
}
