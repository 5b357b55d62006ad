#include "ctxreport/base_file.h"

#include "base/clock.h"
#include "base/error.h"
#include "ctxreport/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* The bytes that SQLite locks. */
enum { PENDING_BYTE = 0x40000000, RESERVED_BYTE, SHARED_BYTES, SHARED_COUNT = 510 };
/* And those in the -shm of a write-ahead log, from the first to the one that every user holds. */
enum { SHM_BYTES = 120, SHM_COUNT = 9 };

enum { RETRY_MS = 20, LOG_TRIES = 5, LOG_HEADER_SIZE = 32, WRITE_VERSION_AT = 18, NAME_SIZE = 300 };

/* What SQLite keeps beside a database. */
static const char *const suffixes[] = {"-journal", "-wal", "-shm"};

static const unsigned char journal_magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

/* Where a report is: its name, and the words for it. */
struct place {
    const char *path;
    int directory;
    const char *name;
};

static void close_one(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* ---- locks ---- */

static bool lock(int descriptor, short type, off_t start, off_t length)
{
    struct flock request = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(descriptor, F_OFD_SETLK, &request) == 0;
}

static bool is_locked(int descriptor, short type, off_t start, off_t length)
{
    struct flock request = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(descriptor, F_OFD_GETLK, &request) == 0 && request.l_type != F_UNLCK;
}

/* SHARED, as SQLite takes it: not past a writer that waits for readers to go. */
static bool lock_shared(int descriptor)
{
    if (!lock(descriptor, F_RDLCK, PENDING_BYTE, 1))
        return false;
    bool good = lock(descriptor, F_RDLCK, SHARED_BYTES, SHARED_COUNT);
    int number = errno;
    lock(descriptor, F_UNLCK, PENDING_BYTE, 1);
    errno = number;
    return good;
}

static bool lock_reserved(int descriptor)
{
    if (!lock(descriptor, F_WRLCK, RESERVED_BYTE, 1))
        return false;
    if (lock_shared(descriptor))
        return true;
    int number = errno;
    lock(descriptor, F_UNLCK, RESERVED_BYTE, 1);
    errno = number;
    return false;
}

static bool is_busy(const struct place *place, struct error *error)
{
    return error_set(error,
                     "%s is being written by another program; try again when it is done, or "
                     "choose another file with -o",
                     place->path);
}

static bool wait_for_lock(const struct place *place, int descriptor, bool reserved,
                          unsigned wait_ms, struct error *error)
{
    const struct timespec rest = timespec_of(RETRY_MS * NS_PER_MS);
    for (unsigned waited = 0;; waited += RETRY_MS) {
        if (reserved ? lock_reserved(descriptor) : lock_shared(descriptor))
            return true;
        /* A file system without locks has nobody to wait for. */
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return true;
        if (waited >= wait_ms)
            return is_busy(place, error);
        nanosleep(&rest, NULL);
    }
}

/* ---- copies ---- */

static bool copy_range(int from, int to, off_t start, off_t end)
{
    char block[1 << 15];
    while (start < end) {
        size_t wanted = end - start < (off_t)sizeof block ? (size_t)(end - start) : sizeof block;
        ssize_t length = pread(from, block, wanted, start);
        if (length < 0 && errno == EINTR)
            continue;
        /* Somebody cut it meanwhile: what is missing is found when it is read. */
        if (length == 0)
            return true;
        for (ssize_t done = 0; length > 0 && done < length;) {
            ssize_t written = pwrite(to, block + done, (size_t)(length - done), start + done);
            if (written < 0 && errno != EINTR)
                return false;
            done += written > 0 ? written : 0;
        }
        if (length < 0)
            return false;
        start += length;
    }
    return true;
}

bool base_copy(int from, int to)
{
    struct stat status;
    off_t end = 0;
    if (fstat(from, &status) != 0 || ftruncate(to, 0) != 0 || ftruncate(to, status.st_size) != 0)
        return false;
    while (end < status.st_size) {
        off_t start = lseek(from, end, SEEK_DATA);
        if (start < 0 && errno == ENXIO)
            return true;
        if (start < 0)
            return copy_range(from, to, end, status.st_size);
        end = lseek(from, start, SEEK_HOLE);
        if (end < 0 || end > status.st_size)
            end = status.st_size;
        if (!copy_range(from, to, start, end))
            return false;
    }
    return true;
}

static int copy_in_memory(int from)
{
    int copy = memfd_create("ctxreport", MFD_CLOEXEC);
    if (copy < 0 || base_copy(from, copy))
        return copy;
    int number = errno;
    close(copy);
    errno = number;
    return -1;
}

/* ---- what stands beside ---- */

static bool name_beside(const struct place *place, const char *suffix, char name[NAME_SIZE])
{
    return (size_t)snprintf(name, NAME_SIZE, "%s%s", place->name, suffix) < NAME_SIZE;
}

static bool refuse_beside(const struct place *place, const char *suffix, const char *why,
                          struct error *error)
{
    return error_set(error,
                     "%s%s, which stands beside the report, %s: ctxreport did not make it, and "
                     "reads and writes nothing there until it is gone; look at it and remove it",
                     place->path, suffix, why);
}

/* Opens what stands beside a report of `owner`. *descriptor is -1 if there is nothing in it. */
static bool open_beside(const struct place *place, const char *suffix, uid_t owner, int *descriptor,
                        struct error *error)
{
    char name[NAME_SIZE];
    struct stat status;
    *descriptor = -1;
    if (!name_beside(place, suffix, name))
        return true;
    /* Looked at before it is opened: opening a device may already do something. */
    if (fstatat(place->directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return true;
    if (!S_ISREG(status.st_mode))
        return refuse_beside(place, suffix, "is not a regular file", error);
    if (status.st_uid != owner)
        return refuse_beside(place, suffix, "belongs to another user", error);
    *descriptor = openat(place->directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (*descriptor < 0)
        return errno == ENOENT || refuse_beside(place, suffix, "cannot be read", error);
    if (fstat(*descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == owner &&
        status.st_size > 0)
        return true;
    close(*descriptor);
    *descriptor = -1;
    return true;
}

/* Does it end with the name of another file, which SQLite would open and delete? */
static bool names_another_file(int journal)
{
    unsigned char end[sizeof journal_magic];
    struct stat status;
    return fstat(journal, &status) == 0 && status.st_size >= (off_t)sizeof end &&
           pread(journal, end, sizeof end, status.st_size - (off_t)sizeof end) ==
               (ssize_t)sizeof end &&
           memcmp(end, journal_magic, sizeof end) == 0 && status.st_size > 512;
}

/* Does a rollback begin in it that nobody is at work with? SQLite marks the end with a 0. */
static bool is_hot(const struct base_file *base, int journal)
{
    char first = 0;
    return pread(journal, &first, 1, 0) == 1 && first != 0 &&
           !is_locked(base->descriptor, F_WRLCK, RESERVED_BYTE, 1);
}

static bool look_at_journal(const struct place *place, struct base_file *base, struct error *error)
{
    int journal;
    if (!open_beside(place, "-journal", base->status.st_uid, &journal, error))
        return false;
    if (journal < 0)
        return true;
    bool good = true;
    if (is_hot(base, journal)) {
        good = !names_another_file(journal) ||
               refuse_beside(place, "-journal", "names another file, to be deleted", error);
        base->journal = good ? copy_in_memory(journal) : -1;
        if (good && base->journal < 0)
            good =
                error_set(error, "%s-journal cannot be copied: %s", place->path, strerror(errno));
    }
    close(journal);
    return good;
}

/* Is the report of the kind that has a write-ahead log, even if there is nothing in it? */
static bool is_logged(int descriptor)
{
    unsigned char versions[2] = {0};
    return pread(descriptor, versions, sizeof versions, WRITE_VERSION_AT) == sizeof versions &&
           (versions[0] == 2 || versions[1] == 2);
}

/*
 * The report and its log, as of one moment. Whoever writes moves pages from the log into the
 * report, and starts the log over, with another header, only when all are moved. So if the header
 * is the same before the report is copied and after the log is, the log holds all that was moved
 * meanwhile.
 */
static bool copy_with_log(struct base_file *base, int log)
{
    char before[LOG_HEADER_SIZE] = {0}, after[LOG_HEADER_SIZE] = {0};
    bool good = pread(log, before, sizeof before, 0) >= 0 &&
                (base->database = copy_in_memory(base->descriptor)) >= 0 &&
                (base->log = copy_in_memory(log)) >= 0 && pread(log, after, sizeof after, 0) >= 0 &&
                memcmp(before, after, sizeof before) == 0;
    if (good)
        return true;
    close_one(&base->log);
    close_one(&base->database);
    return false;
}

static bool look_at_log(const struct place *place, struct base_file *base, struct error *error)
{
    int log;
    if (!open_beside(place, "-wal", base->status.st_uid, &log, error))
        return false;
    if (log < 0)
        return true;
    bool good = false;
    for (int i = 0; i < LOG_TRIES && !good; i++)
        good = copy_with_log(base, log);
    close(log);
    return good || is_busy(place, error);
}

/* Nobody may be at work by way of a log when the report is replaced. */
static bool has_no_log_users(const struct place *place, const struct base_file *base,
                             struct error *error)
{
    int shared;
    if (!open_beside(place, "-shm", base->status.st_uid, &shared, error))
        return false;
    bool used = shared >= 0 && is_locked(shared, F_WRLCK, SHM_BYTES, SHM_COUNT);
    if (shared >= 0)
        close(shared);
    return !used || is_busy(place, error);
}

static bool look_beside(const struct place *place, struct base_file *base, struct error *error)
{
    if (!look_at_journal(place, base, error) || !look_at_log(place, base, error))
        return false;
    base->played_back = base->journal >= 0 || base->log >= 0 || is_logged(base->descriptor);
    if (!base->played_back)
        base->database = base->descriptor;
    else if (base->database < 0)
        base->database = copy_in_memory(base->descriptor);
    return base->database >= 0 ||
           error_set(error, "%s cannot be copied: %s", place->path, strerror(errno));
}

/* ---- opening ---- */

static bool check_kind(const struct place *place, const struct stat *status, struct error *error)
{
    if (S_ISDIR(status->st_mode))
        return error_set(error, "%s is a directory; name a report file", place->path);
    return S_ISREG(status->st_mode) ||
           error_set(error, "%s is not a regular file; name a report file", place->path);
}

static bool open_resolved(struct base_file *base, const struct place *place, unsigned wait_ms,
                          struct error *error)
{
    base->descriptor =
        openat(place->directory, place->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (base->descriptor < 0 || fstat(base->descriptor, &base->status) != 0)
        return error_set(error, "%s cannot be read: %s", place->path, strerror(errno));
    return check_kind(place, &base->status, error) &&
           wait_for_lock(place, base->descriptor, false, wait_ms, error) &&
           look_beside(place, base, error);
}

bool base_open(struct base_file *base, const char *path, unsigned wait_ms, struct error *error)
{
    *base = BASE_FILE_NONE;
    char resolved[PATH_MAX];
    struct stat status;
    struct place place = {.path = path};
    /* Looked at before it is opened: opening a device may already do something. */
    if (stat(path, &status) != 0 || !realpath(path, resolved))
        return error_set(error, "%s cannot be read: %s", path, strerror(errno));
    if (!check_kind(&place, &status, error))
        return false;
    char *name;
    place.directory = new_file_directory(resolved, &name, error);
    if (place.directory < 0)
        return false;
    place.name = name;
    bool good = open_resolved(base, &place, wait_ms, error);
    close(place.directory);
    free(name);
    if (!good)
        base_close(base);
    return good;
}

/* Nothing of a report that is gone may stand beside a new one: it would be played back into it. */
static bool is_alone(const struct place *place, struct error *error)
{
    char name[NAME_SIZE];
    struct stat status;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (name_beside(place, suffixes[i], name) &&
            fstatat(place->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            return refuse_beside(place, suffixes[i], "is there without a report", error);
    }
    return true;
}

/*
 * An empty file is no report yet. A journal beside it is that of a first run that was killed, from
 * when reports were written in place: nothing is to be played back from it, and it may not stay.
 */
static bool empty_alone(const struct place *place, struct base_file *base, struct error *error)
{
    base->database = base->descriptor;
    if (!look_at_journal(place, base, error))
        return false;
    close_one(&base->journal);
    char name[NAME_SIZE];
    if (name_beside(place, "-journal", name))
        unlinkat(place->directory, name, 0);
    return is_alone(place, error);
}

/* Is it still the file of this name, now that it is locked? Writers replace it. */
static bool is_in_place(const struct place *place, const struct base_file *base)
{
    struct stat status;
    return fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_dev == base->status.st_dev && status.st_ino == base->status.st_ino;
}

/*
 * Where there is no report yet, there is nothing to lock but the directory. That is a courtesy to
 * other ctxreports that begin the same one: it is waited for, but it is anybody's to take, so
 * nobody is held up by it for ever. That two make one file is found out when it gets its name.
 */
static void lock_directory(struct base_file *base, int directory, unsigned wait_ms)
{
    const struct timespec rest = timespec_of(RETRY_MS * NS_PER_MS);
    for (unsigned waited = 0; waited <= wait_ms; waited += RETRY_MS) {
        if (flock(directory, LOCK_EX | LOCK_NB) == 0) {
            base->locked_directory = directory;
            return;
        }
        if (errno != EWOULDBLOCK && errno != EINTR)
            return;
        nanosleep(&rest, NULL);
    }
}

static void unlock_directory(struct base_file *base)
{
    if (base->locked_directory >= 0)
        flock(base->locked_directory, LOCK_UN);
    base->locked_directory = -1;
}

/* Opens and locks what is there now; again, if it was replaced while we waited. */
static bool open_current(struct base_file *base, const struct place *place, unsigned wait_ms,
                         struct error *error)
{
    for (bool waited = false;;) {
        struct stat status;
        bool there = fstatat(place->directory, place->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (!there && errno != ENOENT)
            return error_set(error, "%s cannot be opened for writing: %s", place->path,
                             strerror(errno));
        if (!there && waited)
            return true;
        if (!there) {
            lock_directory(base, place->directory, wait_ms);
            waited = true;
            continue;
        }
        unlock_directory(base);
        if (!new_file_may_replace(place->path, place->directory, place->name, &status, error))
            return false;
        base->descriptor =
            openat(place->directory, place->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (base->descriptor < 0 && errno == ENOENT)
            continue;
        if (base->descriptor < 0 || fstat(base->descriptor, &base->status) != 0)
            return error_set(error, "%s cannot be opened for writing: %s", place->path,
                             strerror(errno));
        if (!new_file_may_replace(place->path, place->directory, place->name, &base->status,
                                  error) ||
            !wait_for_lock(place, base->descriptor, true, wait_ms, error))
            return false;
        if (is_in_place(place, base))
            return true;
        base_close(base);
        waited = false;
    }
}

bool base_open_to_add(struct base_file *base, const char *path, int directory, const char *name,
                      unsigned wait_ms, struct error *error)
{
    const struct place place = {path, directory, name};
    *base = BASE_FILE_NONE;
    bool good = open_current(base, &place, wait_ms, error) &&
                (base->descriptor < 0 ? is_alone(&place, error)
                 : base->status.st_size == 0
                     ? empty_alone(&place, base, error)
                     : has_no_log_users(&place, base, error) && look_beside(&place, base, error));
    if (!good)
        base_close(base);
    return good;
}

bool base_is_alone(const char *path, int directory, const char *name, bool is_empty_file,
                   struct error *error)
{
    const struct place place = {path, directory, name};
    return is_empty_file || is_alone(&place, error);
}

void base_forget_journals(int directory, const char *name)
{
    const struct place place = {name, directory, name};
    char beside[NAME_SIZE];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (name_beside(&place, suffixes[i], beside))
            unlinkat(directory, beside, 0);
    }
    fsync(directory);
}

void base_close(struct base_file *base)
{
    close_one(&base->journal);
    close_one(&base->log);
    if (base->database != base->descriptor)
        close_one(&base->database);
    close_one(&base->descriptor);
    unlock_directory(base);
    *base = BASE_FILE_NONE;
}
