/*
 * The report file: one SQLite database that holds runs (schema.sql, views.sql).
 *
 * Everything that ctxreport says goes through it, also when the user wants no file: then the
 * database is in memory. So what `inspect` prints now and what `show` prints later cannot differ.
 *
 * Safety of what is there. A report is never changed: to add a run, a new file is made of what is
 * there and the run, and takes its place when all of it is on the disk (new_file.h). So whoever
 * reads sees the one or the other, and SIGKILL or a full disk at any moment leaves what was there.
 * That costs a copy of the report for each run, and for each look of a watch. What is to be added
 * to has to be a regular file of the user's own, no link, with the tables of the schema; else it is
 * refused and left alone. What is read may be anybody's.
 *
 * SQLite is given descriptors, never names (private_database.h): what is beside a report, a journal
 * that somebody planted, say, is looked at by us before (base_file.h). Closed, the file is complete
 * in itself: there is no journal beside it.
 *
 * Two that add to one report wait for each other, with the locks of SQLite. A program that keeps a
 * connection open while a report is replaced goes on with the old one.
 *
 * Reports are read as untrusted input: their tables must be exactly those of the schema, so that no
 * view or trigger of a stranger's runs in their place.
 *
 * Threads: a store belongs to one thread.
 */
#ifndef CTXREPORT_STORE_H
#define CTXREPORT_STORE_H

#include "base/error.h"
#include "inspect/source.h"

#include <sqlite3.h>

#define STORE_APPLICATION_ID 0x43747874 /* "Ctxt" */
#define STORE_VERSION        7

struct store;

/* The SQL of the schema and the views, NUL-terminated. */
extern const char store_schema[];

/*
 * Opens a report for adding runs; the first one makes it (mode 0600) if it is not there or empty.
 * With `path` NULL it is in memory. Symbolic links, and files of others, are refused. NULL and a
 * sentence on failure.
 */
struct store *store_create(const char *path, struct error *error);

/* Opens a report for reading. */
struct store *store_open(const char *path, struct error *error);

sqlite3 *store_database(struct store *store);
const char *store_path(const struct store *store); /* "memory" if it is in memory */

/*
 * A transaction around a run. store_begin() waits up to ten seconds for another writer; a report
 * that has gone since this store wrote it is made again with all that it held.
 */
bool store_begin(struct store *store, struct error *error);
bool store_commit(struct store *store, struct error *error);
void store_roll_back(struct store *store);

/* Another time than these ten seconds. */
void store_wait_at_most(struct store *store, unsigned milliseconds);

/* Fills in the failure from the database's last error; returns false. */
bool store_failed(struct store *store, struct error *error);

/* What was not committed is gone. NULL is fine. */
void store_close(struct store *store);

#endif
