/*
 * Reading rows of a report.
 *
 *     struct query query;
 *     query_begin(&query, store, "SELECT what, count FROM losses WHERE run_id = ?", run_id);
 *     while (query_next(&query))
 *         printf("%s", query_text(&query, 0));
 *     return query_finish(&query, failure);
 *
 * Errors stick and are reported by query_finish(). Columns count from 0. Text is valid until the
 * next query_next() or query_finish(). It is harmless: reports come from strangers, too, so what a
 * terminal might obey has become visible (base/escape.h), for all outputs alike.
 */
#ifndef CTXREPORT_QUERY_H
#define CTXREPORT_QUERY_H

#include "base/error.h"
#include "ctxreport/store.h"

struct escaped_text;

struct query {
    struct store *store;
    sqlite3_stmt *statement;
    struct escaped_text *escaped; /* texts of this row that were not harmless */
    bool failed;
};

void query_begin(struct query *query, struct store *store, const char *sql, int64_t argument);
bool query_next(struct query *query);
bool query_is_null(struct query *query, int column);
int64_t query_integer(struct query *query, int column);  /* 0 for NULL */
const char *query_text(struct query *query, int column); /* "" for NULL */
bool query_finish(struct query *query, struct error *error);

/* The only number of the only row; `missing` when there is none. False on failure. */
bool query_number(struct store *store, const char *sql, int64_t argument, int64_t missing,
                  int64_t *number, struct error *error);

#endif
