/*
 * JSON written piece by piece, so that a report of a million contexts needs no tree in memory.
 *
 *     stream_begin(stream, NULL, '{');
 *     stream_value(stream, "exit_status", json_integer(0));
 *     stream_begin(stream, "runs", '[');
 *     stream_value(stream, NULL, json_object());
 *     stream_end(stream);
 *     stream_end(stream);
 *
 * Names are for members of objects, NULL for elements of arrays. Values are taken over. All output
 * is ASCII: whatever a report holds, it can be sent to a terminal.
 */
#ifndef CTXREPORT_JSON_STREAM_H
#define CTXREPORT_JSON_STREAM_H

#include "base/error.h"
#include "ctxreport/query.h"

#include <jansson.h>
#include <stdio.h>

enum { STREAM_MAX_DEPTH = 16 };

struct json_stream {
    FILE *out;
    int depth;
    bool has_elements[STREAM_MAX_DEPTH];
    char closers[STREAM_MAX_DEPTH];
};

void stream_begin(struct json_stream *stream, const char *name, char opener); /* '{' or '[' */
void stream_end(struct json_stream *stream);
void stream_value(struct json_stream *stream, const char *name, json_t *value);

/* Text as a value, harmless also to who prints it (base/escape.h). */
json_t *json_text(const char *text);

/*
 * The current row as an object, its members named as the columns are. A column whose name ends with
 * "?" is a truth value and loses the mark.
 */
json_t *row_object(struct query *row);

/* The row's columns, from `first` on, as members of the object that is being written. */
void stream_row_members(struct json_stream *stream, struct query *row, int first);

/* An array of the rows of a query. */
bool stream_rows(struct json_stream *stream, const char *name, struct store *store, const char *sql,
                 int64_t argument, struct error *error);

#endif
