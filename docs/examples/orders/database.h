/*
 * The database of orders: a pool of SQLite connections, and queries that give up when their context
 * ends.
 */
#ifndef ORDERS_DATABASE_H
#define ORDERS_DATABASE_H

#include <ctxtrace/ctxtrace.h>

#include <jansson.h>

struct database;

/*
 * Opens `connections` connections to the file, read-only. NULL when that fails, after a sentence on
 * standard error.
 */
struct database *database_open(const char *file, unsigned connections);
/* Closes them; no query may be running. NULL does nothing. */
void database_close(struct database *database);

/*
 * Runs one SELECT. `parameters` is a JSON object with a text or a whole number for each named
 * parameter of the statement, or NULL; it stays the caller's. The rows come as an array of objects
 * by column name, for the caller to free.
 *
 * 0; ctxt_err(context) if that ended before the last row, also while all connections were in use;
 * EIO if the database could not answer (there is a sentence on standard error), or ENOMEM. Then
 * *rows is NULL. Any thread may call it.
 */
int fetch_from_db(ctxt_t *context, struct database *database, const char *sql, json_t *parameters,
                  json_t **rows);

#endif
