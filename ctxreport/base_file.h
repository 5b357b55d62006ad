/*
 * The existing report: opened, locked, and checked, before SQLite sees any of it.
 *
 * ctxreport never changes a report in place (store.h), so nothing ever has to be played back into
 * what it writes. But older releases did, sqlite3(1) does, and anybody may put a file beside a
 * report. So a file beside it counts as a part of it only if
 *
 *   NAME-journal   it is a regular file (no link) of the report's owner, begins a rollback (its
 *                  first byte is not 0), nobody is at work with it (there is no RESERVED lock), and
 *                  it names no super-journal: the name of another file, which SQLite would delete.
 *   NAME-wal       it is a regular file of the report's owner, and not empty.
 *
 * Any other file leads to a sentence, and nothing is read or written. A good one is copied, and the
 * copy is played back into a copy of the report (private_database.h): reading changes nothing on
 * the disk, and needs no write access.
 *
 * Locks are SQLite's own, on the bytes that it locks, so that its programs and ours wait for each
 * other: who reads holds SHARED, who adds holds RESERVED, too. They are locks of the open file
 * (fcntl(2), F_OFD_SETLK), so that no close() elsewhere in the process drops them. Where a file
 * system has no locks nobody waits.
 *
 * Spec of the bytes: https://sqlite.org/fileformat2.html#the_lock_byte_page and lockingv3.html; of
 * the journal: https://sqlite.org/fileformat2.html#rollbackjournal.
 */
#ifndef CTXREPORT_BASE_FILE_H
#define CTXREPORT_BASE_FILE_H

#include "base/error.h"
#include "inspect/source.h"

#include <sys/stat.h>

struct base_file {
    int descriptor; /* -1: there is no such file */
    struct stat status;
    bool played_back;     /* `database`, `journal` and `log` are copies in memory */
    int database;         /* `descriptor`, or the copy */
    int journal, log;     /* -1: there is nothing to play back */
    int locked_directory; /* lent; -1: it is not locked */
};

#define BASE_FILE_NONE                                                                             \
    ((struct base_file){                                                                           \
        .descriptor = -1, .database = -1, .journal = -1, .log = -1, .locked_directory = -1})

/*
 * Opens a report for reading. Links are followed, and it may belong to anybody: it is only read.
 * Waits for a writer at most `wait_ms` milliseconds. False and a sentence on failure.
 */
bool base_open(struct base_file *base, const char *path, unsigned wait_ms, struct error *error);

/*
 * Opens `name` in `directory` for adding to it: a regular file of the user's own, no link. That
 * there is none is fine. Nobody else adds to it until it is closed; `directory` has to be open as
 * long.
 */
bool base_open_to_add(struct base_file *base, const char *path, int directory, const char *name,
                      unsigned wait_ms, struct error *error);

/* Is there no trace of another report beside the place of a new one? */
bool base_is_alone(const char *path, int directory, const char *name, bool is_empty_file,
                   struct error *error);

/* Copies the contents of a file, holes left out, from the start of both. */
bool base_copy(int from, int to);

/* Removes what was beside a report, when it was played back and the report has been replaced. */
void base_forget_journals(int directory, const char *name);

void base_close(struct base_file *base);

#endif
