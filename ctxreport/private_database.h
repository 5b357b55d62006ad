/*
 * An SQLite database over files that are open already.
 *
 * Left to itself, SQLite goes by names. Beside the file it looks for NAME-journal and NAME-wal, and
 * believes what they say: such a journal (a "hot" one) is played back into the database, and if it
 * ends with the name of another file, a "super-journal", that file is opened, and deleted when the
 * playback is done. A journal is also just a file that anybody may have put there. And NAME-shm,
 * the index of a write-ahead log, is mapped, so that who cuts it kills the reader.
 *
 * So SQLite gets no names here, but descriptors: the database, and what is to be played back into
 * it, which the caller has looked at (base_file.h). Every other file is absent to it, nothing can
 * be deleted, and nothing is mapped. There are no locks either, nor does it force anything to the
 * disk: nobody else sees the database while it is written to (new_file.h).
 *
 * Temporary files of big sorts are SQLite's own affair; it makes them without a name.
 */
#ifndef CTXREPORT_PRIVATE_DATABASE_H
#define CTXREPORT_PRIVATE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>

struct private_database;

struct private_files {
    int database; /* for reading, or for both; lent */
    int journal;  /* a rollback journal to play back; a copy, for both; -1: none; lent */
    int log;      /* a write-ahead log, likewise */
    bool writable;
};

/*
 * Opens it; the descriptors have to stay open. *database is to be closed with
 * private_database_close() also when this fails, and NULL if there was no memory for one. Returns
 * what sqlite3_open_v2() does.
 */
int private_database_open(const struct private_files *files, struct private_database **database);

sqlite3 *private_database_handle(struct private_database *database);
void private_database_close(struct private_database *database);

#endif
