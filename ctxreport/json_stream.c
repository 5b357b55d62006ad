#include "ctxreport/json_stream.h"

#include "base/error.h"
#include "base/escape.h"
#include "base/invariant.h"
#include "base/lack.h"

#include <stdlib.h>
#include <string.h>

enum { FLAGS = JSON_ENSURE_ASCII | JSON_ENCODE_ANY };

static void begin_element(struct json_stream *stream, const char *name)
{
    if (stream->depth > 0) {
        if (stream->has_elements[stream->depth - 1])
            fputc(',', stream->out);
        stream->has_elements[stream->depth - 1] = true;
        fprintf(stream->out, "\n%*s", 2 * stream->depth, "");
    }
    if (name) {
        json_t *text = json_string(name);
        json_dumpf(text, stream->out, FLAGS);
        json_decref(text);
        fputs(": ", stream->out);
    }
}

/* jansson leaves out what it has no memory for; output_close() asks whether that happened. */
static void begin_document(void)
{
    json_set_alloc_funcs(lack_malloc, free);
}

void stream_begin(struct json_stream *stream, const char *name, char opener)
{
    if (stream->depth == 0)
        begin_document();
    invariant(stream->depth < STREAM_MAX_DEPTH && (opener == '{' || opener == '['));
    begin_element(stream, name);
    fputc(opener, stream->out);
    stream->has_elements[stream->depth] = false;
    stream->closers[stream->depth] = opener == '{' ? '}' : ']';
    stream->depth++;
}

void stream_end(struct json_stream *stream)
{
    invariant(stream->depth > 0);
    stream->depth--;
    if (stream->has_elements[stream->depth])
        fprintf(stream->out, "\n%*s", 2 * stream->depth, "");
    fputc(stream->closers[stream->depth], stream->out);
    if (stream->depth == 0)
        fputc('\n', stream->out);
}

void stream_value(struct json_stream *stream, const char *name, json_t *value)
{
    begin_element(stream, name);
    json_dumpf(value, stream->out, FLAGS);
    json_decref(value);
}

/* ---- rows ---- */

json_t *json_text(const char *text)
{
    size_t length = strlen(text);
    if (text_is_plain(text, length))
        return json_string(text);
    char *escaped = lack_malloc(length * ESCAPED_MAX + 1);
    if (!escaped)
        return json_string("");
    escaped[text_escape(text, length, escaped)] = '\0';
    json_t *value = json_string(escaped);
    free(escaped);
    return value;
}

static json_t *column_value(struct query *row, int column, bool truth)
{
    switch (sqlite3_column_type(row->statement, column)) {
    case SQLITE_NULL:
        return json_null();
    case SQLITE_INTEGER:
        if (truth)
            return json_boolean(query_integer(row, column) != 0);
        return json_integer(query_integer(row, column));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(row->statement, column));
    default:
        return json_text(query_text(row, column));
    }
}

/* Copies the column's name without its mark; says whether it had one. */
static bool column_name(struct query *row, int column, char *name, size_t size)
{
    snprintf(name, size, "%s", sqlite3_column_name(row->statement, column));
    size_t length = strlen(name);
    bool truth = length > 0 && name[length - 1] == '?';
    if (truth)
        name[length - 1] = '\0';
    return truth;
}

json_t *row_object(struct query *row)
{
    json_t *object = json_object();
    for (int i = 0; i < sqlite3_column_count(row->statement); i++) {
        char name[64];
        bool truth = column_name(row, i, name, sizeof name);
        json_object_set_new(object, name, column_value(row, i, truth));
    }
    return object;
}

void stream_row_members(struct json_stream *stream, struct query *row, int first)
{
    for (int i = first; i < sqlite3_column_count(row->statement); i++) {
        char name[64];
        bool truth = column_name(row, i, name, sizeof name);
        stream_value(stream, name, column_value(row, i, truth));
    }
}

bool stream_rows(struct json_stream *stream, const char *name, struct store *store, const char *sql,
                 int64_t argument, struct error *error)
{
    struct query row;
    stream_begin(stream, name, '[');
    query_begin(&row, store, sql, argument);
    while (query_next(&row))
        stream_value(stream, NULL, row_object(&row));
    stream_end(stream);
    return query_finish(&row, error);
}
