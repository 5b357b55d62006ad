#include "ctxreport/private_database.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATABASE_NAME "report"

enum part { PART_DATABASE, PART_JOURNAL, PART_LOG, PART_COUNT };

struct private_database {
    sqlite3_vfs vfs; /* SQLite's way to files: one of our own for each database */
    sqlite3_vfs *standard;
    sqlite3 *handle;
    int descriptors[PART_COUNT];
    bool made[PART_COUNT]; /* by us, to be closed */
    int error;             /* errno of what failed last */
    char name[40];
};

/* What SQLite sees as an open file. */
struct part_file {
    sqlite3_file base;
    struct private_database *owner;
    enum part part;
};

/* ---- reading and writing ---- */

static struct part_file *part_of(sqlite3_file *file)
{
    return (struct part_file *)file;
}

static int descriptor_of(sqlite3_file *file)
{
    return part_of(file)->owner->descriptors[part_of(file)->part];
}

static int failed(sqlite3_file *file, int code)
{
    part_of(file)->owner->error = errno;
    return errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL : code;
}

static int close_part(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int read_part(sqlite3_file *file, void *buffer, int size, sqlite3_int64 offset)
{
    size_t wanted = (size_t)size, done = 0;
    while (done < wanted) {
        ssize_t length = pread(descriptor_of(file), (char *)buffer + done, wanted - done,
                               offset + (sqlite3_int64)done);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return failed(file, SQLITE_IOERR_READ);
        if (length == 0)
            break;
        done += (size_t)length;
    }
    memset((char *)buffer + done, 0, wanted - done);
    return done == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int write_part(sqlite3_file *file, const void *buffer, int size, sqlite3_int64 offset)
{
    size_t wanted = (size_t)size, done = 0;
    while (done < wanted) {
        ssize_t length = pwrite(descriptor_of(file), (const char *)buffer + done, wanted - done,
                                offset + (sqlite3_int64)done);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return failed(file, SQLITE_IOERR_WRITE);
        done += (size_t)length;
    }
    return SQLITE_OK;
}

static int truncate_part(sqlite3_file *file, sqlite3_int64 size)
{
    return ftruncate(descriptor_of(file), size) == 0 ? SQLITE_OK
                                                     : failed(file, SQLITE_IOERR_TRUNCATE);
}

static int sync_part(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return SQLITE_OK;
}

static int size_of_part(sqlite3_file *file, sqlite3_int64 *size)
{
    struct stat status;
    if (fstat(descriptor_of(file), &status) != 0)
        return failed(file, SQLITE_IOERR_FSTAT);
    *size = status.st_size;
    return SQLITE_OK;
}

static int lock_part(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *reserved)
{
    (void)file;
    *reserved = 0;
    return SQLITE_OK;
}

static int control_part(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

/* Version 1: those without shared memory, and without mapping. */
static const sqlite3_io_methods part_methods = {
    .iVersion = 1,
    .xClose = close_part,
    .xRead = read_part,
    .xWrite = write_part,
    .xTruncate = truncate_part,
    .xSync = sync_part,
    .xFileSize = size_of_part,
    .xLock = lock_part,
    .xUnlock = lock_part,
    .xCheckReservedLock = is_reserved,
    .xFileControl = control_part,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
};

/* ---- finding files ---- */

static struct private_database *database_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static enum part part_by_flags(int flags)
{
    return flags & SQLITE_OPEN_MAIN_DB        ? PART_DATABASE
           : flags & SQLITE_OPEN_MAIN_JOURNAL ? PART_JOURNAL
           : flags & SQLITE_OPEN_WAL          ? PART_LOG
                                              : PART_COUNT;
}

/* Any other name, that of a super-journal say, is none of ours. */
static enum part part_by_name(const char *name)
{
    static const char *const names[PART_COUNT] = {DATABASE_NAME, DATABASE_NAME "-journal",
                                                  DATABASE_NAME "-wal"};
    enum part part = PART_DATABASE;
    while (part < PART_COUNT && strcmp(name, names[part]) != 0)
        part++;
    return part;
}

/* A journal or a log that SQLite begins is in memory. */
static bool make_part(struct private_database *database, enum part part)
{
    database->descriptors[part] = memfd_create("ctxreport", MFD_CLOEXEC);
    database->made[part] = database->descriptors[part] >= 0;
    if (!database->made[part])
        database->error = errno;
    return database->made[part];
}

static int open_part(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    struct private_database *database = database_of(vfs);
    enum part part = part_by_flags(flags);
    file->pMethods = NULL;
    if (flags & SQLITE_OPEN_SUPER_JOURNAL)
        return SQLITE_CANTOPEN;
    if (part == PART_COUNT)
        return database->standard->xOpen(database->standard, name, file, flags, out_flags);
    if (database->descriptors[part] < 0 && !make_part(database, part))
        return SQLITE_CANTOPEN;
    part_of(file)->owner = database;
    part_of(file)->part = part;
    file->pMethods = &part_methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

/* What is deleted is emptied: it may still be open. Only what was handed in can be meant. */
static int delete_part(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    struct private_database *database = database_of(vfs);
    enum part part = part_by_name(name);
    (void)sync_directory;
    if (part != PART_JOURNAL && part != PART_LOG)
        return SQLITE_IOERR_DELETE;
    if (database->descriptors[part] >= 0 && ftruncate(database->descriptors[part], 0) != 0)
        return SQLITE_IOERR_DELETE;
    return SQLITE_OK;
}

static int is_there(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    const struct private_database *database = database_of(vfs);
    enum part part = part_by_name(name);
    struct stat status;
    (void)flags;
    *out = part != PART_COUNT && database->descriptors[part] >= 0 &&
           fstat(database->descriptors[part], &status) == 0 && status.st_size > 0;
    return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    sqlite3_snprintf(size, out, "%s", name);
    return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int size, char *out)
{
    sqlite3_vfs *standard = database_of(vfs)->standard;
    return standard->xRandomness(standard, size, out);
}

static int sleep_for(sqlite3_vfs *vfs, int microseconds)
{
    sqlite3_vfs *standard = database_of(vfs)->standard;
    return standard->xSleep(standard, microseconds);
}

static int current_time(sqlite3_vfs *vfs, double *out)
{
    sqlite3_vfs *standard = database_of(vfs)->standard;
    return standard->xCurrentTime(standard, out);
}

static int last_error(sqlite3_vfs *vfs, int size, char *out)
{
    (void)size;
    (void)out;
    return database_of(vfs)->error;
}

/* ---- opening ---- */

static void fill_in(struct private_database *database)
{
    sqlite3_vfs *standard = database->standard;
    int own = (int)sizeof(struct part_file);
    snprintf(database->name, sizeof database->name, "ctxreport-%p", (void *)database);
    database->vfs = (sqlite3_vfs){
        .iVersion = 1,
        /* Temporary files are the standard way's, in the same room. */
        .szOsFile = own > standard->szOsFile ? own : standard->szOsFile,
        .mxPathname = standard->mxPathname,
        .zName = database->name,
        .pAppData = database,
        .xOpen = open_part,
        .xDelete = delete_part,
        .xAccess = is_there,
        .xFullPathname = full_name,
        .xRandomness = random_bytes,
        .xSleep = sleep_for,
        .xCurrentTime = current_time,
        .xGetLastError = last_error,
    };
}

int private_database_open(const struct private_files *files, struct private_database **out)
{
    struct private_database *database = calloc(1, sizeof *database);
    *out = database;
    if (!database)
        return SQLITE_NOMEM;
    database->descriptors[PART_DATABASE] = files->database;
    database->descriptors[PART_JOURNAL] = files->journal;
    database->descriptors[PART_LOG] = files->log;
    if (sqlite3_initialize() != SQLITE_OK || !(database->standard = sqlite3_vfs_find(NULL)))
        return SQLITE_NOMEM;
    fill_in(database);
    int result = sqlite3_vfs_register(&database->vfs, 0);
    if (result != SQLITE_OK)
        return result;
    return sqlite3_open_v2(DATABASE_NAME, &database->handle,
                           files->writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY,
                           database->name);
}

sqlite3 *private_database_handle(struct private_database *database)
{
    return database ? database->handle : NULL;
}

void private_database_close(struct private_database *database)
{
    if (!database)
        return;
    sqlite3_close(database->handle);
    sqlite3_vfs_unregister(&database->vfs);
    for (enum part part = 0; part < PART_COUNT; part++) {
        if (database->made[part])
            close(database->descriptors[part]);
    }
    free(database);
}
