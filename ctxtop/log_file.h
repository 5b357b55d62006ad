/*
 * The end of a file that grows: the output of a command, as lines.
 *
 * Only the last LOG_BYTES are kept, whatever the file's size. One thread.
 */
#ifndef CTXTOP_LOG_FILE_H
#define CTXTOP_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_BYTES (UINT64_C(2) << 20)

struct log_line {
    uint64_t position; /* in the file, of the line's first byte: its identity */
    uint32_t start, length;
};

struct log_file {
    int descriptor; /* -1: no file */
    char *bytes;    /* file contents from `first` on */
    uint64_t first;
    size_t used;
    struct log_line *lines;
    uint32_t count;
};

/* Opens for reading. False if it cannot be opened. */
bool log_open(struct log_file *log, const char *path);

/* Reads what is new; true if there was something. Never blocks. */
bool log_update(struct log_file *log);
/* Behind what was read last. */
uint64_t log_end(const struct log_file *log);
void log_close(struct log_file *log);

#endif
