#include "ctxreport/store.h"

#include "base/error.h"
#include "base/invariant.h"
#include "ctxreport/base_file.h"
#include "ctxreport/new_file.h"
#include "ctxreport/private_database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the file format of SQLite keeps these; big endian. */
#define HEADER_SIZE           100
#define HEADER_MAGIC          "SQLite format 3"
#define HEADER_USER_VERSION   60
#define HEADER_APPLICATION_ID 68

/* How long a writer waits for another. */
enum { WAIT_MS = 10000 };

struct store {
    sqlite3 *database;
    struct private_database *private; /* that `database` is of; NULL in memory */
    char *path;                       /* as named; NULL in memory */
    struct base_file base;            /* that is read, or added to */
    struct new_file next, written;    /* that is being written; that was written last */
    unsigned wait_ms;
    bool failing; /* a statement failed: the transaction must not be committed */
};

sqlite3 *store_database(struct store *store)
{
    return store->database;
}

const char *store_path(const struct store *store)
{
    return store->path ? store->path : "memory";
}

bool store_failed(struct store *store, struct error *error)
{
    int code = sqlite3_errcode(store->database) & 0xff;
    store->failing = true;
    switch (code) {
    case SQLITE_FULL:
        return error_set(error,
                         "%s: the disk is full; the report was not written, and what the file "
                         "held before is unchanged; make room or choose another file with -o",
                         store_path(store));
    case SQLITE_BUSY:
        return error_set(error,
                         "%s is being written by another program; try again when it is done, or "
                         "choose another file with -o",
                         store_path(store));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(error,
                         "%s is damaged (%s); restore it from a copy, or let the next run write "
                         "to another file",
                         store_path(store), sqlite3_errmsg(store->database));
    case SQLITE_NOMEM:
        return error_no_memory(error);
    case SQLITE_IOERR: {
        int number = sqlite3_system_errno(store->database);
        return error_set(error,
                         "%s cannot be read or written: %s; what the file held before is "
                         "unchanged; check the disk and its limits",
                         store_path(store),
                         number ? strerror(number) : sqlite3_errmsg(store->database));
    }
    default:
        return error_set(error, "%s: %s; check the file, or choose another one", store_path(store),
                         sqlite3_errmsg(store->database));
    }
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Is the open file a report of this version? */
static bool check_header(int descriptor, const char *path, struct error *error)
{
    unsigned char header[HEADER_SIZE] = {0};
    ssize_t length = pread(descriptor, header, sizeof header, 0);
    if (length < 0)
        return error_set(error, "%s cannot be read: %s", path, strerror(errno));
    if (length == 0)
        return error_set(error, "%s is empty, not a ctxtrace report", path);
    bool database = memcmp(header, HEADER_MAGIC, sizeof HEADER_MAGIC) == 0;
    if (!database || big_endian(header + HEADER_APPLICATION_ID) != STORE_APPLICATION_ID)
        return error_set(error,
                         "%s is not a ctxtrace report and is left alone; name a file that "
                         "ctxreport wrote (or, with -o, one that does not exist yet)",
                         path);
    uint32_t version = big_endian(header + HEADER_USER_VERSION);
    if (version < STORE_VERSION)
        return error_set(error,
                         "%s is a ctxtrace report of version %u, and this ctxreport knows version "
                         "%d: make a new report with this ctxreport (to another file), or read "
                         "this one with the ctxreport that wrote it",
                         path, version, STORE_VERSION);
    if (version != STORE_VERSION)
        return error_set(error,
                         "%s is a ctxtrace report of version %u; this ctxreport knows version "
                         "%d: use the one that wrote it",
                         path, version, STORE_VERSION);
    return true;
}

/* Opens the database in memory, or over files; a NULL means memory. */
static bool open_database(struct store *store, const struct private_files *files,
                          struct error *error)
{
    invariant(!store->database && !store->private);
    int result = files ? private_database_open(files, &store->private)
                       : sqlite3_open_v2(":memory:", &store->database,
                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (files)
        store->database = private_database_handle(store->private);
    if (!store->database)
        return error_no_memory(error);
    sqlite3_extended_result_codes(store->database, 1);
    if (result != SQLITE_OK)
        return store_failed(store, error);
    /* No SQL that a file brings along may do more than select. */
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return true;
}

static void close_database(struct store *store)
{
    if (store->private)
        private_database_close(store->private);
    else
        sqlite3_close(store->database);
    store->private = NULL;
    store->database = NULL;
}

static bool execute(struct store *store, const char *sql, struct error *error)
{
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_failed(store, error);
    return true;
}

/*
 * Are the tables those that we made? Compared as the text of their definitions, with those of a
 * fresh database; views, indexes and tables that somebody added are theirs.
 */
static bool check_schema(struct store *store, struct error *error)
{
    sqlite3 *fresh = NULL;
    sqlite3_stmt *expected = NULL, *found = NULL;
    bool same =
        sqlite3_open(":memory:", &fresh) == SQLITE_OK &&
        sqlite3_exec(fresh, store_schema, NULL, NULL, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(fresh, "SELECT name, sql FROM sqlite_schema WHERE type = 'table'", -1,
                           &expected, NULL) == SQLITE_OK;
    bool readable = sqlite3_prepare_v2(store->database,
                                       "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND "
                                       "name = ? AND sql = ? AND NOT EXISTS (SELECT 1 FROM "
                                       "sqlite_schema WHERE type = 'trigger')",
                                       -1, &found, NULL) == SQLITE_OK;
    while (same && readable && sqlite3_step(expected) == SQLITE_ROW) {
        sqlite3_bind_value(found, 1, sqlite3_column_value(expected, 0));
        sqlite3_bind_value(found, 2, sqlite3_column_value(expected, 1));
        int step = sqlite3_step(found);
        same = step == SQLITE_ROW;
        readable = same || step == SQLITE_DONE;
        sqlite3_reset(found);
    }
    if (!readable)
        store_failed(store, error);
    else if (!same)
        error_set(error,
                  "%s calls itself a ctxtrace report, but its tables are not those that "
                  "ctxreport makes; use a file as ctxreport wrote it",
                  store_path(store));
    sqlite3_finalize(expected);
    sqlite3_finalize(found);
    sqlite3_close(fresh);
    return same && readable;
}

/* ---- reading ---- */

static struct store *new_store(const char *path, struct error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (store) {
        store->base = BASE_FILE_NONE;
        store->next = store->written = NEW_FILE_NONE;
        store->wait_ms = WAIT_MS;
        store->path = path ? strdup(path) : NULL;
    }
    if (store && (store->path || !path))
        return store;
    error_no_memory(error);
    free(store);
    return NULL;
}

/* Ends what a killed writer, or a write-ahead log, left to do. The files are our own copies. */
static bool play_back(struct store *store, struct error *error)
{
    return execute(store, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE", error);
}

static bool is_empty(struct store *store)
{
    sqlite3_stmt *statement = NULL;
    bool empty = sqlite3_prepare_v2(store->database, "SELECT 1 FROM sqlite_schema", -1, &statement,
                                    NULL) == SQLITE_OK &&
                 sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return empty;
}

/* Opens what base_open() found. Nothing is in it if its first run was cut short. */
static bool open_base(struct store *store, bool may_be_empty, struct error *error)
{
    const struct base_file *base = &store->base;
    const struct private_files files = {base->database, base->journal, base->log,
                                        base->played_back};
    if (!check_header(base->database, store->path, error) || !open_database(store, &files, error) ||
        (base->played_back && !play_back(store, error)))
        return false;
    if (!is_empty(store))
        return check_schema(store, error);
    return may_be_empty || error_set(error, "%s is empty, not a ctxtrace report", store->path);
}

struct store *store_open(const char *path, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store)
        return NULL;
    if (base_open(&store->base, path, store->wait_ms, error) && open_base(store, false, error))
        return store;
    store_close(store);
    return NULL;
}

/* ---- adding ---- */

/* Rows are made in an order of their own; that references hold is the test-suite's to check. */
static const char settings[] = "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536";

/* Whether a run can be added is found out before the run is made: nothing is left of this. */
static bool try_to_add(struct store *store, struct error *error)
{
    struct new_file trial;
    struct stat status;
    if (!new_file_make(&trial, store->path, error))
        return false;
    bool good = true,
         there = fstatat(trial.directory, trial.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && faccessat(trial.directory, trial.name, W_OK, AT_EACCESS) != 0)
        good =
            error_set(error, "%s cannot be opened for writing: %s", store->path, strerror(errno));
    else if (there && status.st_size > 0)
        good = base_open(&store->base, store->path, store->wait_ms, error) &&
               open_base(store, true, error);
    else
        good = base_is_alone(store->path, trial.directory, trial.name, there, error);
    close_database(store);
    base_close(&store->base);
    new_file_abandon(&trial);
    return good;
}

struct store *store_create(const char *path, struct error *error)
{
    struct store *store = new_store(path, error);
    if (!store)
        return NULL;
    if (path ? try_to_add(store, error)
             : open_database(store, NULL, error) && execute(store, settings, error))
        return store;
    store_close(store);
    return NULL;
}

void store_wait_at_most(struct store *store, unsigned milliseconds)
{
    store->wait_ms = milliseconds;
}

/* What the run is added to: the report that is there, else the one that this store wrote before. */
static int what_to_add_to(const struct store *store)
{
    return store->base.descriptor >= 0 && store->base.status.st_size > 0
               ? store->base.database
               : store->written.descriptor;
}

/* Copies it to the new file, and opens that. */
static bool open_next(struct store *store, struct error *error)
{
    const struct base_file *base = &store->base;
    int original = what_to_add_to(store);
    const struct private_files files = {store->next.descriptor, base->journal, base->log, true};
    if (original >= 0 && !check_header(original, store->path, error))
        return false;
    if (original >= 0 && !base_copy(original, store->next.descriptor))
        return error_set(error, "%s cannot be written: %s; what the file held before is unchanged",
                         store->path, strerror(errno));
    if (base->descriptor >= 0 && base->status.st_size > 0)
        new_file_resemble(&store->next, &base->status);
    close_database(store);
    return open_database(store, &files, error) && (!base->played_back || play_back(store, error));
}

/*
 * What a killed writer left half done is put right first, by a report of the same runs. Then the
 * journal can go: were the process killed in between, playing it back once more would change
 * nothing. Beside a report with another run it would undo that.
 */
static bool recover(struct store *store, struct error *error)
{
    bool good = open_next(store, error);
    close_database(store);
    good = good && new_file_publish(&store->next, false, error);
    if (good)
        base_forget_journals(store->next.directory, store->next.name);
    new_file_abandon(&store->next);
    base_close(&store->base);
    return good;
}

/* Locks what is there, and begins the file that is to replace it. */
static bool begin_file(struct store *store, struct error *error)
{
    return new_file_make(&store->next, store->path, error) &&
           base_open_to_add(&store->base, store->path, store->next.directory, store->next.name,
                            store->wait_ms, error);
}

static bool begin_next(struct store *store, struct error *error)
{
    if (!begin_file(store, error))
        return false;
    bool interrupted = store->base.journal >= 0 || store->base.log >= 0;
    if (interrupted && (!recover(store, error) || !begin_file(store, error)))
        return false;
    return open_next(store, error) && execute(store, "PRAGMA journal_mode = MEMORY", error) &&
           execute(store, settings, error);
}

static bool make_schema(struct store *store, struct error *error)
{
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             STORE_APPLICATION_ID, STORE_VERSION);
    return execute(store, store_schema, error) && execute(store, pragmas, error);
}

bool store_begin(struct store *store, struct error *error)
{
    store->failing = false;
    if ((!store->path || begin_next(store, error)) && execute(store, "BEGIN IMMEDIATE", error) &&
        (is_empty(store) ? make_schema(store, error) : !store->path || check_schema(store, error)))
        return true;
    store_roll_back(store);
    return false;
}

/* The new file takes the place of the old one, and can be read from then on. */
static bool publish(struct store *store, struct error *error)
{
    bool must_be_new = store->base.descriptor < 0;
    if (!new_file_publish(&store->next, must_be_new, error))
        return false;
    new_file_abandon(&store->written);
    store->written = store->next;
    store->next = NEW_FILE_NONE;
    base_close(&store->base);
    return true;
}

bool store_commit(struct store *store, struct error *error)
{
    if (!store->failing && execute(store, "COMMIT", error) &&
        (!store->path || publish(store, error)))
        return true;
    store_roll_back(store);
    return false;
}

void store_roll_back(struct store *store)
{
    if (store->database)
        sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    if (!store->path)
        return;
    close_database(store);
    new_file_abandon(&store->next);
    base_close(&store->base);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    close_database(store);
    new_file_abandon(&store->next);
    new_file_abandon(&store->written);
    base_close(&store->base);
    free(store->path);
    free(store);
}
