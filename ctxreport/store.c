#include "ctxreport/store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the file format of SQLite keeps these; big endian. */
#define HEADER_SIZE           100
#define HEADER_MAGIC          "SQLite format 3"
#define HEADER_USER_VERSION   60
#define HEADER_APPLICATION_ID 68

struct store {
    sqlite3 *database;
    char *path;   /* as named; NULL in memory */
    bool made;    /* the file was made by this store and has nothing committed yet */
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

bool store_failed(struct store *store, struct failure *failure)
{
    int code = sqlite3_errcode(store->database) & 0xff;
    store->failing = true;
    switch (code) {
    case SQLITE_FULL:
        return failure_set(failure,
                           "%s: the disk is full; the report was not written, and what the file "
                           "held before is unchanged. Make room or choose another file with -o.",
                           store_path(store));
    case SQLITE_BUSY:
        return failure_set(failure,
                           "%s is being written by another program; try again when it is done, or "
                           "choose another file with -o.",
                           store_path(store));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return failure_set(failure,
                           "%s is damaged (%s); restore it from a copy, or let the next run write "
                           "to another file.",
                           store_path(store), sqlite3_errmsg(store->database));
    case SQLITE_NOMEM:
        return failure_set(failure, "There is not enough memory for the report.");
    case SQLITE_IOERR: {
        int number = sqlite3_system_errno(store->database);
        return failure_set(failure,
                           "%s cannot be read or written: %s; what the file held before is "
                           "unchanged. Check the disk and its limits.",
                           store_path(store),
                           number ? strerror(number) : sqlite3_errmsg(store->database));
    }
    default:
        return failure_set(failure, "%s: %s; check the file, or choose another one.",
                           store_path(store), sqlite3_errmsg(store->database));
    }
}

static uint32_t big_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Is the open file a report that may be read and added to? Empty ones are if `allow_empty`. */
static bool check_header(int descriptor, const char *path, bool allow_empty,
                         struct failure *failure)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return failure_set(failure, "%s: %s.", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return failure_set(failure, "%s is a directory; name a report file.", path);
    if (!S_ISREG(status.st_mode))
        return failure_set(failure, "%s is not a regular file; name a report file.", path);
    if (status.st_size == 0 && allow_empty)
        return true;

    unsigned char header[HEADER_SIZE] = {0};
    ssize_t length = pread(descriptor, header, sizeof header, 0);
    if (length < 0)
        return failure_set(failure, "%s cannot be read: %s.", path, strerror(errno));
    if (length == 0)
        return failure_set(failure, "%s is empty, not a ctxtrace report.", path);
    bool database = memcmp(header, HEADER_MAGIC, sizeof HEADER_MAGIC) == 0;
    if (!database || big_endian(header + HEADER_APPLICATION_ID) != STORE_APPLICATION_ID)
        return failure_set(failure,
                           "%s is not a ctxtrace report and is left alone; name a file that "
                           "ctxreport wrote (or, with -o, one that does not exist yet).",
                           path);
    uint32_t version = big_endian(header + HEADER_USER_VERSION);
    if (version == 1)
        return failure_set(failure,
                           "%s is a ctxtrace report of version 1, and its fingerprints do not "
                           "compare with those of version %d: make a new report with this "
                           "ctxreport (to another file), or read this one with the ctxreport that "
                           "wrote it.",
                           path, STORE_VERSION);
    if (version != STORE_VERSION)
        return failure_set(failure,
                           "%s is a ctxtrace report of version %u; this ctxreport knows version "
                           "%d: use the one that wrote it.",
                           path, version, STORE_VERSION);
    return true;
}

/*
 * The path with the links in its directory resolved, so that SQLite can be told to refuse a link
 * in the last place, and would refuse one that is put there meanwhile. NULL with errno set.
 */
static char *resolve_directory(const char *path)
{
    char *for_directory = strdup(path), *for_name = strdup(path);
    char directory[PATH_MAX];
    char *resolved = NULL;
    if (for_directory && for_name && realpath(dirname(for_directory), directory) &&
        asprintf(&resolved, "%s/%s", directory, basename(for_name)) < 0)
        resolved = NULL;
    free(for_directory);
    free(for_name);
    return resolved;
}

static bool open_database(struct store *store, const char *path, int flags, struct failure *failure)
{
    int result = sqlite3_open_v2(path, &store->database, flags, NULL);
    if (!store->database)
        return failure_set(failure, "There is not enough memory for the report.");
    sqlite3_extended_result_codes(store->database, 1);
    if (result != SQLITE_OK)
        return store_failed(store, failure);
    sqlite3_busy_timeout(store->database, 10000);
    /* No SQL that a file brings along may do more than select. */
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(store->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return true;
}

static bool execute(struct store *store, const char *sql, struct failure *failure)
{
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_failed(store, failure);
    return true;
}

/*
 * Are the tables those that we made? Compared as the text of their definitions, with those of a
 * fresh database; views, indexes and tables that somebody added are theirs.
 */
static bool check_schema(struct store *store, struct failure *failure)
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
        store_failed(store, failure);
    else if (!same)
        failure_set(failure,
                    "%s calls itself a ctxtrace report, but its tables are not those that "
                    "ctxreport makes; use a file as ctxreport wrote it.",
                    store_path(store));
    sqlite3_finalize(expected);
    sqlite3_finalize(found);
    sqlite3_close(fresh);
    return same && readable;
}

/* Opens or makes the file itself, because SQLite would neither choose the mode nor say if it made
 * it. */
static int open_for_writing(struct store *store, const char *path, struct failure *failure)
{
    int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    int descriptor = open(path, flags | O_CREAT | O_EXCL, 0600);
    store->made = descriptor >= 0;
    if (descriptor < 0 && errno == EEXIST)
        descriptor = open(path, flags);
    if (descriptor >= 0)
        return descriptor;
    if (errno == ELOOP)
        failure_set(failure, "%s is a symbolic link; name the file itself.", store->path);
    else if (errno == EISDIR)
        failure_set(failure, "%s is a directory; name a report file.", store->path);
    else if (errno == ENXIO)
        failure_set(failure, "%s is not a regular file; name a report file.", store->path);
    else
        failure_set(failure, "%s cannot be opened for writing: %s.", store->path, strerror(errno));
    return -1;
}

static bool create_file(struct store *store, struct failure *failure)
{
    char *path = resolve_directory(store->path);
    if (!path)
        return failure_set(failure, "%s cannot be made: %s; name a directory that exists.",
                           store->path, strerror(errno));
    int descriptor = open_for_writing(store, path, failure);
    bool good = descriptor >= 0 && check_header(descriptor, store->path, true, failure);
    struct stat status = {0};
    bool empty = good && fstat(descriptor, &status) == 0 && status.st_size == 0;
    /* What somebody else made empty becomes as private as what we make. */
    if (empty && fchmod(descriptor, 0600) != 0)
        good = failure_set(failure, "%s cannot be made private: %s; name another file with -o.",
                           store->path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    good =
        good && open_database(store, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, failure);
    free(path);
    /* A report that somebody switched to a write-ahead log becomes one file again. */
    return good && execute(store, "PRAGMA journal_mode = DELETE", failure) &&
           (empty || check_schema(store, failure));
}

struct store *store_create(const char *path, struct failure *failure)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store || (path && !(store->path = strdup(path)))) {
        failure_set(failure, "There is not enough memory for the report.");
        free(store);
        return NULL;
    }
    bool good = path ? create_file(store, failure)
                     : open_database(store, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                     failure);
    /* Rows are made in an order of their own; that references hold is the test-suite's to check. */
    good = good && execute(store, "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -65536", failure);
    if (good)
        return store;
    store_close(store);
    return NULL;
}

struct store *store_open(const char *path, struct failure *failure)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store || !(store->path = strdup(path))) {
        failure_set(failure, "There is not enough memory for the report.");
        free(store);
        return NULL;
    }
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = descriptor >= 0
                    ? check_header(descriptor, path, false, failure)
                    : failure_set(failure, "%s cannot be read: %s.", path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    if (good && open_database(store, path, SQLITE_OPEN_READONLY, failure) &&
        check_schema(store, failure))
        return store;
    store_close(store);
    return NULL;
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

bool store_begin(struct store *store, struct failure *failure)
{
    store->failing = false;
    if (!execute(store, "BEGIN IMMEDIATE", failure))
        return false;
    /* Seen inside of the transaction: another writer may have made the tables meanwhile. */
    if (!is_empty(store))
        return true;
    char pragmas[96];
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             STORE_APPLICATION_ID, STORE_VERSION);
    if (execute(store, store_schema, failure) && execute(store, pragmas, failure))
        return true;
    store_roll_back(store);
    return false;
}

bool store_commit(struct store *store, struct failure *failure)
{
    if (!store->failing && execute(store, "COMMIT", failure)) {
        store->made = false;
        return true;
    }
    store_roll_back(store);
    return false;
}

void store_roll_back(struct store *store)
{
    sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
}

/* Removes a file that this store made and nobody has written to. */
static void remove_made(const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        unlink(path);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sqlite3_close(store->database);
    if (store->made)
        remove_made(store->path);
    free(store->path);
    free(store);
}
