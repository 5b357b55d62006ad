/*
 * A profile for `go tool pprof` and what else reads its profiles: the message Profile of
 * https://github.com/google/pprof/blob/main/proto/profile.proto, compressed with gzip.
 *
 * It has three values: `tasks` at a stack (where they wait, or are), how long these have `waited`
 * in all, and `contexts` that are open, at the stack that made them. Each sample has the labels of
 * its task (pprof.Do in Go), and `doing`: what it waits to do, or the kind of the context.
 *
 * Texts, functions, locations and mappings are written once and referred to by numbers: texts from
 * 0 on, which is the empty one; the others from 1 on. A location is one address with all functions
 * that are inlined there, innermost first; our frames have each of these as a frame of its own,
 * whose column `inlined` says that the next one is of the same address.
 *
 * Fields may come in any order, so everything is written when it is first referred to; only the
 * samples are last, because the numbers of their stacks are only known then.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/numbering.h"
#include "ctxreport/protobuf.h"
#include "ctxreport/query.h"
#include "ctxreport/stack_samples.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Numbers of fields, by message. */
enum {
    PROFILE_SAMPLE_TYPE = 1,
    PROFILE_SAMPLE = 2,
    PROFILE_MAPPING = 3,
    PROFILE_LOCATION = 4,
    PROFILE_FUNCTION = 5,
    PROFILE_TEXT = 6,
    PROFILE_TIME = 9,
    PROFILE_DEFAULT_TYPE = 14,
    TYPE_TYPE = 1,
    TYPE_UNIT = 2,
    SAMPLE_LOCATIONS = 1,
    SAMPLE_VALUES = 2,
    SAMPLE_LABEL = 3,
    LABEL_KEY = 1,
    LABEL_TEXT = 2,
    MAPPING_ID = 1,
    MAPPING_FILE = 5,
    MAPPING_HAS_FUNCTIONS = 7,
    MAPPING_HAS_FILES = 8,
    MAPPING_HAS_LINES = 9,
    MAPPING_HAS_INLINED = 10,
    LOCATION_ID = 1,
    LOCATION_MAPPING = 2,
    LOCATION_ADDRESS = 3,
    LOCATION_LINE = 4,
    LINE_FUNCTION = 1,
    LINE_LINE = 2,
    FUNCTION_ID = 1,
    FUNCTION_NAME = 2,
    FUNCTION_LINKAGE = 3,
    FUNCTION_FILE = 4
};

struct profile {
    struct message message;
    struct numbering texts, functions, locations, mappings;
    struct store *store;
};

/* ---- texts, functions, mappings ---- */

static uint64_t text_of(struct profile *profile, const char *text)
{
    bool is_new;
    uint64_t number = numbering_of(&profile->texts, text, strlen(text), &is_new);
    if (is_new)
        message_text(&profile->message, PROFILE_TEXT, text);
    return number;
}

static uint64_t function_of(struct profile *profile, const char *name, const char *linkage,
                            const char *file)
{
    bool is_new;
    const uint64_t key[] = {text_of(profile, name), text_of(profile, linkage),
                            text_of(profile, file)};
    uint64_t number = numbering_of(&profile->functions, key, sizeof key, &is_new);
    if (!is_new)
        return number;
    struct message function = {0};
    message_number(&function, FUNCTION_ID, number);
    message_number(&function, FUNCTION_NAME, key[0]);
    message_number(&function, FUNCTION_LINKAGE, key[1]);
    message_number(&function, FUNCTION_FILE, key[2]);
    message_embed(&profile->message, PROFILE_FUNCTION, &function);
    return number;
}

/* All that is known is in the profile: pprof is not to look for the file and to read it again. */
static uint64_t mapping_of(struct profile *profile, const char *module)
{
    bool is_new;
    uint64_t number = numbering_of(&profile->mappings, module, strlen(module), &is_new);
    if (!is_new)
        return number;
    struct message mapping = {0};
    message_number(&mapping, MAPPING_ID, number);
    message_number(&mapping, MAPPING_FILE, text_of(profile, module));
    message_number(&mapping, MAPPING_HAS_FUNCTIONS, 1);
    message_number(&mapping, MAPPING_HAS_FILES, 1);
    message_number(&mapping, MAPPING_HAS_LINES, 1);
    message_number(&mapping, MAPPING_HAS_INLINED, 1);
    message_embed(&profile->message, PROFILE_MAPPING, &mapping);
    return number;
}

/* ---- stacks ---- */

/* Columns of frame_sql. */
enum frame_column {
    FRAME_FUNCTION,
    FRAME_LINKAGE,
    FRAME_FILE,
    FRAME_LINE,
    FRAME_MODULE,
    FRAME_PC,
    FRAME_INLINED
};

static const char frame_sql[] =
    "SELECT coalesce(function, printf('0x%x', coalesce(module_offset, pc))), coalesce(linkage, "
    "function, ''), coalesce(file, ''), line, coalesce(module, ''), pc, inlined AND lead(position) "
    "OVER (ORDER BY position) IS NOT NULL FROM frames WHERE stack_id = ? ORDER BY position";

static void add_line(struct message *lines, struct profile *profile, struct query *row)
{
    struct message line = {0};
    message_number(&line, LINE_FUNCTION,
                   function_of(profile, query_text(row, FRAME_FUNCTION),
                               query_text(row, FRAME_LINKAGE), query_text(row, FRAME_FILE)));
    message_number(&line, LINE_LINE, (uint64_t)query_integer(row, FRAME_LINE));
    message_embed(lines, LOCATION_LINE, &line);
}

/* The last frame of an address; `lines` are those of all its frames, and are taken over. */
static uint64_t location_of(struct profile *profile, struct query *row, struct message *lines)
{
    bool is_new;
    message_number(lines, LOCATION_MAPPING, mapping_of(profile, query_text(row, FRAME_MODULE)));
    message_number(lines, LOCATION_ADDRESS, (uint64_t)query_integer(row, FRAME_PC));
    uint64_t number = numbering_of(&profile->locations, lines->bytes, lines->size, &is_new);
    if (!is_new) {
        message_free(lines);
        return number;
    }
    message_number(lines, LOCATION_ID, number);
    message_embed(&profile->message, PROFILE_LOCATION, lines);
    return number;
}

static bool add_stack(struct message *locations, struct profile *profile, int64_t stack_id,
                      struct error *error)
{
    struct message lines = {0};
    struct query row;
    query_begin(&row, profile->store, frame_sql, stack_id);
    while (query_next(&row)) {
        add_line(&lines, profile, &row);
        if (!query_integer(&row, FRAME_INLINED))
            message_varint(locations, location_of(profile, &row, &lines));
    }
    message_free(&lines);
    return query_finish(&row, error);
}

static void add_unknown_stack(struct message *locations, struct profile *profile)
{
    bool is_new;
    struct message location = {0}, line = {0};
    message_number(&line, LINE_FUNCTION, function_of(profile, "[no stack]", "", ""));
    message_embed(&location, LOCATION_LINE, &line);
    uint64_t number = numbering_of(&profile->locations, location.bytes, location.size, &is_new);
    message_number(&location, LOCATION_ID, number);
    if (is_new)
        message_embed(&profile->message, PROFILE_LOCATION, &location);
    message_free(&location);
    message_varint(locations, number);
}

/* ---- samples ---- */

static void add_label(struct message *sample, struct profile *profile, const char *key,
                      const char *text)
{
    struct message label = {0};
    message_number(&label, LABEL_KEY, text_of(profile, key));
    message_number(&label, LABEL_TEXT, text_of(profile, text));
    message_embed(sample, SAMPLE_LABEL, &label);
}

static void add_values(struct message *sample, struct query *row)
{
    struct message values = {0};
    bool is_task = query_integer(row, SAMPLE_IS_TASK);
    uint64_t count = (uint64_t)query_integer(row, SAMPLE_COUNT);
    message_varint(&values, is_task ? count : 0);
    message_varint(&values, (uint64_t)query_integer(row, SAMPLE_WAITED_NS));
    message_varint(&values, is_task ? 0 : count);
    message_embed(sample, SAMPLE_VALUES, &values);
}

static bool add_sample(struct profile *profile, struct query *row, struct error *error)
{
    struct message sample = {0}, locations = {0};
    bool good = true;
    if (query_is_null(row, SAMPLE_STACK))
        add_unknown_stack(&locations, profile);
    else
        good = add_stack(&locations, profile, query_integer(row, SAMPLE_STACK), error);
    message_embed(&sample, SAMPLE_LOCATIONS, &locations);
    add_values(&sample, row);
    add_label(&sample, profile, "doing", query_text(row, SAMPLE_DOING));
    if (!query_is_null(row, SAMPLE_LABELS))
        add_label(&sample, profile, "labels", query_text(row, SAMPLE_LABELS));
    message_embed(&profile->message, PROFILE_SAMPLE, &sample);
    return good;
}

static bool add_program(struct profile *profile, int64_t program_id, struct error *error)
{
    struct query row;
    bool good = true;
    stack_samples_begin(&row, profile->store, program_id);
    while (good && query_next(&row))
        good = add_sample(profile, &row, error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

static bool add_run(struct profile *profile, int64_t run_id, struct error *error)
{
    struct query row;
    bool good = true;
    query_begin(&row, profile->store, "SELECT id FROM programs WHERE run_id = ? ORDER BY id",
                run_id);
    while (good && query_next(&row))
        good = add_program(profile, query_integer(&row, 0), error);
    struct error unread;
    return query_finish(&row, good ? error : &unread) && good;
}

/* ---- the profile ---- */

static void begin_profile(struct profile *profile)
{
    static const char *const types[][2] = {
        {"tasks", "count"}, {"waited", "nanoseconds"}, {"contexts", "count"}};
    text_of(profile, "");
    profile->functions.next = profile->locations.next = profile->mappings.next = 1;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct message type = {0};
        message_number(&type, TYPE_TYPE, text_of(profile, types[i][0]));
        message_number(&type, TYPE_UNIT, text_of(profile, types[i][1]));
        message_embed(&profile->message, PROFILE_SAMPLE_TYPE, &type);
    }
    message_number(&profile->message, PROFILE_DEFAULT_TYPE, text_of(profile, types[0][0]));
}

static bool add_selection(struct profile *profile, const struct selection *selection,
                          struct error *error)
{
    profile->store = selection->store;
    for (size_t i = 0; i < selection->run_count; i++) {
        int64_t made_ns;
        if (!add_run(profile, selection->runs[i], error) ||
            !query_number(selection->store, "SELECT made_ns FROM runs WHERE id = ?",
                          selection->runs[i], 0, &made_ns, error))
            return false;
        message_number(&profile->message, PROFILE_TIME, (uint64_t)made_ns);
    }
    return true;
}

static bool end_profile(struct profile *profile, struct error *error)
{
    bool good = !profile->message.failed && !profile->texts.failed && !profile->functions.failed &&
                !profile->locations.failed && !profile->mappings.failed;
    numbering_free(&profile->texts);
    numbering_free(&profile->functions);
    numbering_free(&profile->locations);
    numbering_free(&profile->mappings);
    return good || error_no_memory(error);
}

/* Errors of the stream are the caller's; zlib has none but a lack of memory. */
static bool write_compressed(const struct message *message, FILE *out, struct error *error)
{
    enum { GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8 };
    unsigned char chunk[1 << 14];
    z_stream zip = {.next_in = message->bytes};
    size_t left = message->size;
    int result = Z_OK;
    if (deflateInit2(&zip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return error_no_memory(error);
    while (result != Z_STREAM_END) {
        uInt piece = left < (1u << 30) ? (uInt)left : 1u << 30;
        if (zip.avail_in == 0) {
            zip.avail_in = piece;
            left -= piece;
        }
        zip.next_out = chunk;
        zip.avail_out = sizeof chunk;
        result = deflate(&zip, left == 0 ? Z_FINISH : Z_NO_FLUSH);
        fwrite(chunk, 1, sizeof chunk - zip.avail_out, out);
    }
    deflateEnd(&zip);
    return true;
}

static bool write_report(const struct format_request *request, struct error *error)
{
    struct profile profile = {0};
    bool good = true;
    if (isatty(fileno(request->out)))
        return error_set(error, "a profile is nothing for a terminal; name a file with --to");
    begin_profile(&profile);
    for (size_t i = 0; good && i < request->selection_count; i++)
        good = add_selection(&profile, &request->selections[i], error);
    struct error unread;
    good = end_profile(&profile, good ? error : &unread) && good;
    good = good && write_compressed(&profile.message, request->out, error);
    message_free(&profile.message);
    return good;
}

const struct format format_pprof = {
    .name = "pprof",
    .needs_tables = true,
    .write_report = write_report,
};
