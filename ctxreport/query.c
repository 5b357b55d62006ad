#include "ctxreport/query.h"

#include "base/error.h"
#include "base/escape.h"

#include <stdlib.h>
#include <string.h>

struct escaped_text {
    struct escaped_text *next;
    char text[];
};

static void forget_texts(struct query *query)
{
    while (query->escaped) {
        struct escaped_text *text = query->escaped;
        query->escaped = text->next;
        free(text);
    }
}

static const char *escape(struct query *query, const char *text, size_t length)
{
    struct escaped_text *escaped = malloc(sizeof *escaped + length * ESCAPED_MAX + 1);
    if (!escaped) {
        query->failed = true;
        return "";
    }
    escaped->text[text_escape(text, length, escaped->text)] = '\0';
    escaped->next = query->escaped;
    query->escaped = escaped;
    return escaped->text;
}

void query_begin(struct query *query, struct store *store, const char *sql, int64_t argument)
{
    *query = (struct query){.store = store};
    query->failed =
        sqlite3_prepare_v2(store_database(store), sql, -1, &query->statement, NULL) != SQLITE_OK;
    if (!query->failed && sqlite3_bind_parameter_count(query->statement) > 0)
        query->failed = sqlite3_bind_int64(query->statement, 1, argument) != SQLITE_OK;
}

bool query_next(struct query *query)
{
    forget_texts(query);
    if (query->failed)
        return false;
    int step = sqlite3_step(query->statement);
    query->failed = step != SQLITE_ROW && step != SQLITE_DONE;
    return step == SQLITE_ROW;
}

bool query_is_null(struct query *query, int column)
{
    return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

int64_t query_integer(struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

const char *query_text(struct query *query, int column)
{
    const char *text = (const char *)sqlite3_column_text(query->statement, column);
    size_t length = text ? strlen(text) : 0;
    if (!text && !query_is_null(query, column))
        query->failed = true; /* there was no memory to make a text of it */
    if (text_is_plain(text, length))
        return text ? text : "";
    return escape(query, text, length);
}

bool query_finish(struct query *query, struct error *error)
{
    /* Asked for before finalizing, which would forget the error. */
    bool good = !query->failed || store_failed(query->store, error);
    forget_texts(query);
    sqlite3_finalize(query->statement);
    query->statement = NULL;
    return good;
}

bool query_number(struct store *store, const char *sql, int64_t argument, int64_t missing,
                  int64_t *number, struct error *error)
{
    struct query query;
    query_begin(&query, store, sql, argument);
    *number = query_next(&query) ? query_integer(&query, 0) : missing;
    return query_finish(&query, error);
}
