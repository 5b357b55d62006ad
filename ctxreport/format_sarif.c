/*
 * SARIF 2.1.0, which code-scanning services and editors read. Each finding is a result; its
 * fingerprint is what lets them tell new from known. What is missing from the recording is a
 * notification of the run's invocation.
 *
 * With a source root the files below it are named relative to it, by the base id SRCROOT, so that
 * a service finds them in its own checkout.
 */
#include "base/error.h"
#include "ctxreport/format_table.h"
#include "ctxreport/json_stream.h"
#include "ctxreport/source_root.h"
#include "ctxreport/uri.h"
#include "ctxreport/verdict.h"

#include <stdlib.h>
#include <string.h>

#define ROOT_ID "SRCROOT"

static const char *level_of(const char *confidence)
{
    if (strcmp(confidence, "proved") == 0)
        return "error";
    return strcmp(confidence, "likely") == 0 ? "warning" : "note";
}

/* What is read for a result; the first thing that cannot be is why there is no report. */
struct reading {
    struct store *store;
    const char *source_root;
    struct error *error;
    bool failed;
};

static json_t *artifact_location(const char *path, const char *source_root)
{
    const char *below = path_in_sources(path, source_root);
    char *uri = uri_of_path(below);
    json_t *location = json_pack("{s:s*}", "uri", uri);
    free(uri);
    if (location && source_root && below[0] != '/')
        json_object_set_new(location, "uriBaseId", json_string(ROOT_ID));
    return location;
}

/* A frame or site as a physical location; NULL when the file is unknown. */
static json_t *physical_location(const struct reading *reading, struct query *row, int file,
                                 int line)
{
    if (query_is_null(row, file))
        return NULL;
    json_t *location = json_pack("{s:o}", "artifactLocation",
                                 artifact_location(query_text(row, file), reading->source_root));
    if (location && !query_is_null(row, line))
        json_object_set_new(location, "region",
                            json_pack("{s:I}", "startLine", (json_int_t)query_integer(row, line)));
    return location;
}

static json_t *location_of(const struct reading *reading, struct query *row, int function, int file,
                           int line)
{
    json_t *location = json_object();
    json_t *physical = physical_location(reading, row, file, line);
    if (physical)
        json_object_set_new(location, "physicalLocation", physical);
    if (!query_is_null(row, function))
        json_object_set_new(location, "logicalLocations",
                            json_pack("[{s:s*,s:s}]", "fullyQualifiedName",
                                      query_text(row, function), "kind", "function"));
    return location;
}

/* Relative paths of the system's libraries are of their own builds, and not in this repository. */
static json_t *frames_of(struct reading *reading, int64_t stack_id)
{
    json_t *frames = json_array();
    struct query row;
    query_begin(&row, reading->store,
                "SELECT function, CASE WHEN file GLOB '/*' OR NOT (coalesce(module, '') GLOB "
                "'/lib*' OR coalesce(module, '') GLOB '/usr/lib*') THEN file END, line, module "
                "FROM frames WHERE stack_id = ? ORDER BY position",
                stack_id);
    while (query_next(&row)) {
        json_t *frame = json_pack("{s:o}", "location", location_of(reading, &row, 0, 1, 2));
        if (frame && !query_is_null(&row, 3))
            json_object_set_new(frame, "module", json_string(query_text(&row, 3)));
        json_array_append_new(frames, frame);
    }
    reading->failed |= !query_finish(&row, reading->error);
    return frames;
}

static json_t *stacks_of(struct reading *reading, int64_t finding_id)
{
    json_t *stacks = json_array();
    struct query row;
    query_begin(&row, reading->store,
                "SELECT label, stack_id FROM finding_stacks WHERE finding_id = ? ORDER BY position",
                finding_id);
    while (query_next(&row))
        json_array_append_new(stacks,
                              json_pack("{s:{s:s},s:o}", "message", "text", query_text(&row, 0),
                                        "frames", frames_of(reading, query_integer(&row, 1))));
    reading->failed |= !query_finish(&row, reading->error);
    return stacks;
}

static json_t *result_of(struct reading *reading, struct query *row)
{
    json_t *result = json_pack(
        "{s:s, s:s, s:{s:s*}, s:{s:s}, s:[o], s:o, s:{s:s, s:s, s:I}}", "ruleId",
        query_text(row, 1), "level", level_of(query_text(row, 2)), "message", "text",
        query_text(row, 4), "partialFingerprints", "ctxtrace/v2", query_text(row, 5), "locations",
        location_of(reading, row, 6, 7, 8), "stacks", stacks_of(reading, query_integer(row, 0)),
        "properties", "confidence", query_text(row, 2), "severity", query_text(row, 3), "count",
        (json_int_t)query_integer(row, 9));
    if (result && query_integer(row, 10))
        json_object_set_new(result, "baselineState", json_string("unchanged"));
    if (result && query_integer(row, 11))
        json_object_set_new(result, "suppressions",
                            json_pack("[{s:s, s:s, s:s*}]", "kind", "external", "status",
                                      "accepted", "justification",
                                      query_is_null(row, 12) ? NULL : query_text(row, 12)));
    return result;
}

static bool write_results(struct json_stream *stream, struct store *store, int64_t run_id,
                          const char *source_root, struct error *error)
{
    struct reading reading = {store, source_root, error, false};
    struct query row;
    stream_begin(stream, "results", '[');
    query_begin(&row, store,
                "SELECT f.id, f.rule, f.confidence, f.severity, f.sentence, f.fingerprint, "
                "s.function, s.file, s.line, f.count, f.known, "
                "f.suppressed_by_id IS NOT NULL, u.reason FROM findings AS f JOIN programs AS p ON "
                "p.id = f.program_id LEFT JOIN sites AS s ON s.id = f.site_id LEFT JOIN "
                "suppressions AS u ON u.id = f.suppressed_by_id WHERE p.run_id = ? ORDER BY f.id",
                run_id);
    while (!reading.failed && query_next(&row)) {
        json_t *result = result_of(&reading, &row);
        if (result)
            stream_value(stream, NULL, result);
    }
    stream_end(stream);
    return query_finish(&row, error) && !reading.failed;
}

static bool write_driver(struct json_stream *stream, struct store *store, struct error *error)
{
    struct query row;
    stream_begin(stream, "tool", '{');
    stream_begin(stream, "driver", '{');
    stream_value(stream, "name", json_string("ctxreport"));
    stream_value(stream, "version", json_string(CTXTRACE_VERSION));
    stream_begin(stream, "rules", '[');
    query_begin(&row, store, "SELECT name, title, advice FROM rules ORDER BY name", 0);
    while (query_next(&row)) {
        json_t *rule =
            json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", query_text(&row, 0), "shortDescription",
                      "text", query_text(&row, 1), "help", "text", query_text(&row, 2));
        if (rule)
            stream_value(stream, NULL, rule);
    }
    stream_end(stream);
    stream_end(stream);
    stream_end(stream);
    return query_finish(&row, error);
}

/* ---- invocations ---- */

static bool write_notifications(struct json_stream *stream, struct store *store, int64_t run_id,
                                struct error *error)
{
    struct query row;
    stream_begin(stream, "toolExecutionNotifications", '[');
    query_begin(&row, store,
                "SELECT 'missing: ' || count || ' ' || what || ' (' || why || ')' FROM losses "
                "WHERE run_id = ?1 AND NOT expected UNION ALL SELECT 'nothing was recorded' WHERE "
                "NOT EXISTS (SELECT 1 FROM programs WHERE run_id = ?1)",
                run_id);
    while (query_next(&row))
        stream_value(stream, NULL,
                     json_pack("{s:s, s:{s:s}}", "level", "warning", "message", "text",
                               query_text(&row, 0)));
    stream_end(stream);
    return query_finish(&row, error);
}

/* A recording that is incomplete is no successful one: nothing found is not all there was. */
static bool write_invocation(struct json_stream *stream, struct store *store, int64_t run_id,
                             struct error *error)
{
    const struct gate none = {.confidence = FAIL_ON_NOTHING};
    const struct selection run = {store, &run_id, 1};
    struct verdict verdict = {0};
    if (!verdict_add(&verdict, &run, &none, error))
        return false;
    stream_begin(stream, "invocations", '[');
    stream_begin(stream, NULL, '{');
    stream_value(stream, "executionSuccessful", json_boolean(!verdict.incomplete));
    bool good = write_notifications(stream, store, run_id, error);
    stream_end(stream);
    stream_end(stream);
    return good;
}

static void write_root(struct json_stream *stream, const char *source_root)
{
    if (!source_root)
        return;
    char *uri = uri_of_path(source_root), *with_slash = NULL;
    size_t length = uri ? strlen(uri) : 0;
    bool ends = length > 0 && uri[length - 1] == '/';
    if (uri && asprintf(&with_slash, "%s%s", uri, ends ? "" : "/") >= 0)
        stream_value(stream, "originalUriBaseIds",
                     json_pack("{s:{s:s}}", ROOT_ID, "uri", with_slash));
    free(with_slash);
    free(uri);
}

static bool write_run(struct json_stream *stream, struct store *store, int64_t run_id,
                      const char *source_root, struct error *error)
{
    stream_begin(stream, NULL, '{');
    write_root(stream, source_root);
    bool good = write_driver(stream, store, error) &&
                write_invocation(stream, store, run_id, error) &&
                write_results(stream, store, run_id, source_root, error);
    stream_end(stream);
    return good;
}

static bool write_report(const struct format_request *request, struct error *error)
{
    struct json_stream stream = {.out = request->out};
    stream_begin(&stream, NULL, '{');
    stream_value(&stream, "$schema", json_string("https://json.schemastore.org/sarif-2.1.0.json"));
    stream_value(&stream, "version", json_string("2.1.0"));
    stream_begin(&stream, "runs", '[');
    bool good = true;
    for (size_t i = 0; good && i < request->selection_count; i++) {
        const struct selection *selection = &request->selections[i];
        for (size_t k = 0; good && k < selection->run_count; k++)
            good = write_run(&stream, selection->store, selection->runs[k], request->source_root,
                             error);
    }
    stream_end(&stream);
    stream_end(&stream);
    return good;
}

const struct format format_sarif = {
    .name = "sarif",
    .write_report = write_report,
};
