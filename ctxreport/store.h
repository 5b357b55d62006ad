/*
 * The report file: one SQLite database that holds runs (schema.sql, views.sql).
 *
 * Everything that ctxreport says goes through it, also when the user wants no file: then the
 * database is in memory. So what `inspect` prints now and what `show` prints later cannot differ.
 *
 * Safety of what is there. A file that is not a report of ours is never written to. A run is added
 * in one transaction: if it cannot be written the file stays as it was, and a file that was made
 * for it is removed again. Closed, the file is complete in itself: no journal is left beside it.
 *
 * Reports are read as untrusted input: their tables must be exactly those of the schema, so that no
 * view or trigger of a stranger's runs in their place.
 *
 * Threads: a store belongs to one thread.
 */
#ifndef CTXREPORT_STORE_H
#define CTXREPORT_STORE_H

#include <sqlite3.h>

#include "inspect/source.h"

#define STORE_APPLICATION_ID 0x43747874 /* "Ctxt" */
#define STORE_VERSION        2

struct store;

/* The SQL of the schema and the views, NUL-terminated. */
extern const char store_schema[];

/*
 * Opens a report for adding runs; makes it (mode 0600) if it is not there or empty. With `path`
 * NULL it is in memory. Symbolic links are refused. NULL and a sentence on failure.
 */
struct store *store_create(const char *path, struct failure *failure);

/* Opens a report for reading. */
struct store *store_open(const char *path, struct failure *failure);

sqlite3 *store_database(struct store *store);
const char *store_path(const struct store *store); /* "memory" if it is in memory */

/* A transaction around a run. store_begin() waits up to ten seconds for another writer. */
bool store_begin(struct store *store, struct failure *failure);
bool store_commit(struct store *store, struct failure *failure);
void store_roll_back(struct store *store);

/* Fills in the failure from the database's last error; returns false. */
bool store_failed(struct store *store, struct failure *failure);

/* What was not committed is gone. NULL is fine. */
void store_close(struct store *store);

#endif
