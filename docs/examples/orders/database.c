/*
 * The pool is a channel of connections: who takes one out owns it until it is put back. Waiting for
 * a free one ends with the context like any other wait.
 *
 * A query is given up through SQLite's progress handler, which asks the context every so many steps
 * and is taken off again before the connection goes back. sqlite3_interrupt() from another thread
 * would be shorter, but it could come too late and hit the next query on that connection.
 */
#include "database.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* Of SQLite's virtual machine, between two looks at the context: some ten microseconds. */
#define STEPS_BETWEEN_LOOKS 1000

struct database {
    ctxt_chan_t *idle; /* of sqlite3 *, with room for all */
};

static int has_ended(void *context)
{
    return ctxt_err(context) != 0;
}

/* ---- one query ---- */

static void bind_parameters(sqlite3_stmt *statement, json_t *parameters)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); i++) {
        const char *name = sqlite3_bind_parameter_name(statement, i);
        json_t *value = name ? json_object_get(parameters, name + 1) : NULL;
        if (json_is_integer(value))
            sqlite3_bind_int64(statement, i, json_integer_value(value));
        else if (json_is_string(value))
            sqlite3_bind_text(statement, i, json_string_value(value), -1, SQLITE_TRANSIENT);
    }
}

static json_t *column_as_json(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        return json_string((const char *)sqlite3_column_text(statement, column));
    default:
        return json_null();
    }
}

static json_t *row_as_json(sqlite3_stmt *statement)
{
    json_t *row = json_object();
    for (int column = 0; row && column < sqlite3_column_count(statement); column++) {
        const char *name = sqlite3_column_name(statement, column);
        if (json_object_set_new(row, name, column_as_json(statement, column)) == 0)
            continue;
        json_decref(row);
        return NULL;
    }
    return row;
}

/* Adds each row to `rows`; returns SQLite's status, SQLITE_DONE after the last one. */
static int step_through(sqlite3_stmt *statement, json_t *rows)
{
    int status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
        if (json_array_append_new(rows, row_as_json(statement)) < 0)
            return SQLITE_NOMEM;
    }
    return status;
}

static int error_of(int status, ctxt_t *context)
{
    switch (status) {
    case SQLITE_DONE:
        return 0;
    case SQLITE_INTERRUPT:
        return ctxt_err(context);
    case SQLITE_NOMEM:
        return ENOMEM;
    default:
        return EIO;
    }
}

static int query(ctxt_t *context, sqlite3 *connection, const char *sql, json_t *parameters,
                 json_t *rows)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_progress_handler(connection, STEPS_BETWEEN_LOOKS, has_ended, context);
    int status = sqlite3_prepare_v2(connection, sql, -1, &statement, NULL);
    if (status == SQLITE_OK) {
        bind_parameters(statement, parameters);
        status = step_through(statement, rows);
    }
    int error = error_of(status, context);
    if (error == EIO)
        fprintf(stderr, "orders: the database could not answer: %s.\n", sqlite3_errmsg(connection));
    sqlite3_finalize(statement);
    sqlite3_progress_handler(connection, 0, NULL, NULL);
    return error;
}

int fetch_from_db(ctxt_t *context, struct database *database, const char *sql, json_t *parameters,
                  json_t **rows)
{
    sqlite3 *connection;
    *rows = NULL;
    int error = ctxt_chan_receive(context, database->idle, &connection);
    if (error)
        return error;
    json_t *found = json_array();
    error = found ? query(context, connection, sql, parameters, found) : ENOMEM;
    /* There is room for all connections, so this never waits. */
    ctxt_chan_try_send(database->idle, &connection);
    if (error) {
        json_decref(found);
        return error;
    }
    *rows = found;
    return 0;
}

/* ---- the pool ---- */

static sqlite3 *connect_to(const char *file)
{
    sqlite3 *connection = NULL;
    /* Each connection is used by one task at a time and needs no lock of its own. */
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(file, &connection, flags, NULL) == SQLITE_OK)
        return connection;
    fprintf(stderr, "orders: %s cannot be opened: %s.\n", file, sqlite3_errmsg(connection));
    sqlite3_close(connection);
    return NULL;
}

struct database *database_open(const char *file, unsigned connections)
{
    struct database *database = calloc(1, sizeof *database);
    ctxt_chan_t *idle = ctxt_chan_new(sizeof(sqlite3 *), connections);
    if (!database || !idle) {
        fprintf(stderr, "orders: out of memory.\n");
        free(database);
        ctxt_chan_unref(idle);
        return NULL;
    }
    ctxt_chan_set_name(idle, "idle database connections");
    database->idle = idle;
    for (unsigned i = 0; i < connections; i++) {
        sqlite3 *connection = connect_to(file);
        if (!connection) {
            database_close(database);
            return NULL;
        }
        ctxt_chan_try_send(idle, &connection);
    }
    return database;
}

void database_close(struct database *database)
{
    if (!database)
        return;
    sqlite3 *connection;
    while (ctxt_chan_try_receive(database->idle, &connection) == 0)
        sqlite3_close(connection);
    ctxt_chan_unref(database->idle);
    free(database);
}
