/*
 * How fast a report is written, compared with a bare loop of the same inserts.
 *
 *     bench_ingest [CONTEXTS]     default 300000
 *
 * The bare loop writes the same rows into the same tables with the same indexes, in the same kind
 * of transaction, but its values are at hand: what is left between the two is the cost of turning a
 * snapshot into rows. Both are done several times, in turn; the medians are compared. The goal is a
 * ratio of at least 0.5.
 */
#include "base/error.h"
#include "ctxreport/ingest.h"
#include "ctxreport/insert.h"
#include "snapshot/builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5, STACKS = 200, FRAMES = 16 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void require(bool good, const struct error *error)
{
    if (good)
        return;
    fprintf(stderr, "bench_ingest: %s\n", error->sentence);
    exit(2);
}

/* ---- the snapshot ---- */

static uint32_t make_stack(struct snapshot_builder *builder, unsigned number)
{
    struct snapshot_frame frames[FRAMES];
    for (unsigned i = 0; i < FRAMES; i++)
        frames[i] = (struct snapshot_frame){
            .pc = 0x400000 + number * 4096 + i * 64,
            .module_offset = number * 4096 + i * 64,
            .function = builder_string_format(builder, "function_%u_%u", number, i),
            .file = builder_string_format(builder, "file_%u.c", i),
            .module = builder_string(builder, "/usr/bin/service"),
            .line = 10 + i};
    return builder_stack(builder, frames, FRAMES, false);
}

/* A service: one root, a tree eight wide, each context named and made at one of 200 places. */
static struct snapshot *make_snapshot(uint64_t contexts)
{
    struct snapshot_builder *builder = builder_new();
    struct snapshot_program *program = builder_program(builder);
    uint32_t stacks[STACKS];
    *program = (struct snapshot_program){
        .pid = 1, .state = PROGRAM_ALIVE, .taken_ns = INT64_C(1000000000000), .complete = true};
    builder_reserve(builder, contexts, 0, 0);
    for (unsigned i = 0; i < STACKS; i++)
        stacks[i] = make_stack(builder, i);
    for (uint64_t id = 1; id <= contexts; id++) {
        struct snapshot_context context = {
            .id = id,
            .parent_id = id == 1 ? 0 : (id + 6) / 8,
            .kind = id == 1 ? CONTEXT_BACKGROUND : CONTEXT_CANCEL,
            .owners_counted = true,
            .owners = 1,
            .observers = 2,
            .name = builder_string_format(builder, "request %u", (unsigned)(id % 1000)),
            .created_ns = (int64_t)id * 1000,
            .ended_ns = SNAPSHOT_NEVER,
            .deadline_ns = SNAPSHOT_NEVER,
            .requested_deadline_ns = SNAPSHOT_NEVER,
            .creator_task_id = 1,
            .creation_stack = stacks[id % STACKS],
            .cancel_stack = SNAPSHOT_NONE};
        context_facts_from_counts(&context, PRECONDITION_NONE);
        builder_add_context(builder, &context);
    }
    return builder_finish(builder);
}

/* ---- the two ---- */

static double time_ingest(struct store *store, const struct snapshot *snapshot)
{
    struct error error = {""};
    struct run run = {.subcommand = "inspect", .target = "1", .thresholds = thresholds_default()};
    const struct findings none = {0};
    double start = now();
    require(store_begin(store, &error), &error);
    int64_t run_id = ingest_run(store, &run, &error);
    require(run_id != 0, &error);
    require(ingest_program(store, run_id, snapshot, &none, &error) != 0, &error);
    require(store_commit(store, &error), &error);
    return now() - start;
}

/* One value of a row, at hand. */
struct value {
    int type; /* as sqlite3_column_type() says it */
    int64_t integer;
    char *text;
    int length;
};

struct rows {
    struct value *values; /* row by row */
    int columns, count;
};

/* The rows that the ingest made, read back. */
static struct rows read_rows(sqlite3 *database, int count)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(database, "SELECT * FROM contexts ORDER BY id", -1, &statement, NULL);
    struct rows rows = {.columns = sqlite3_column_count(statement)};
    rows.values = calloc((size_t)count * (size_t)rows.columns, sizeof *rows.values);
    for (; rows.count < count && sqlite3_step(statement) == SQLITE_ROW; rows.count++) {
        for (int i = 0; i < rows.columns; i++) {
            struct value *value = &rows.values[rows.count * rows.columns + i];
            value->type = sqlite3_column_type(statement, i);
            value->integer = sqlite3_column_int64(statement, i);
            if (value->type == SQLITE_TEXT) {
                value->text = strdup((const char *)sqlite3_column_text(statement, i));
                value->length = sqlite3_column_bytes(statement, i);
            }
        }
    }
    sqlite3_finalize(statement);
    return rows;
}

static void free_rows(struct rows *rows)
{
    for (int i = 0; i < rows->count * rows->columns; i++)
        free(rows->values[i].text);
    free(rows->values);
}

static sqlite3_stmt *prepare_bare(sqlite3 *database, int columns)
{
    char sql[256];
    int length = snprintf(sql, sizeof sql, "INSERT INTO contexts VALUES (?");
    for (int i = 1; i < columns; i++)
        length += snprintf(sql + length, sizeof sql - (size_t)length, ",?");
    snprintf(sql + length, sizeof sql - (size_t)length, ")");
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    return statement;
}

static double time_bare_loop(struct store *store, const struct rows *rows)
{
    struct error error = {""};
    double start = now();
    require(store_begin(store, &error), &error);
    sqlite3_stmt *statement = prepare_bare(store_database(store), rows->columns);
    for (int row = 0; row < rows->count; row++) {
        for (int i = 0; i < rows->columns; i++) {
            const struct value *value = &rows->values[row * rows->columns + i];
            if (value->type == SQLITE_INTEGER)
                sqlite3_bind_int64(statement, i + 1, value->integer);
            else if (value->type == SQLITE_TEXT)
                sqlite3_bind_text(statement, i + 1, value->text, value->length, SQLITE_STATIC);
            else
                sqlite3_bind_null(statement, i + 1);
        }
        if (sqlite3_step(statement) != SQLITE_DONE)
            exit(2);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    require(store_commit(store, &error), &error);
    return now() - start;
}

/* ---- comparing ---- */

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *times)
{
    qsort(times, ROUNDS, sizeof *times, by_size);
    return times[ROUNDS / 2];
}

static struct store *new_store(const char *path)
{
    struct error error = {""};
    unlink(path);
    struct store *store = store_create(path, &error);
    require(store != NULL, &error);
    return store;
}

int main(int argc, char **argv)
{
    int contexts = argc > 1 ? atoi(argv[1]) : 300000;
    char path[] = "/tmp/bench-ingest-XXXXXX";
    int descriptor = mkstemp(path);
    if (contexts <= 0 || descriptor < 0)
        return 2;
    close(descriptor);

    struct snapshot *snapshot = make_snapshot((uint64_t)contexts);
    struct rows rows = {0};
    double ingest[ROUNDS], bare[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        struct store *store = new_store(path);
        ingest[round] = time_ingest(store, snapshot);
        if (round == 0)
            rows = read_rows(store_database(store), contexts);
        store_close(store);
        store = new_store(path);
        bare[round] = time_bare_loop(store, &rows);
        store_close(store);
    }
    unlink(path);
    double ingest_rate = contexts / median(ingest), bare_rate = contexts / median(bare);
    printf("ingest of %d contexts, SQLite %s\n", contexts, sqlite3_libversion());
    printf("  bare loop of the same inserts  %10.0f rows/s\n", bare_rate);
    printf("  ctxreport                      %10.0f rows/s\n", ingest_rate);
    printf("  ratio                          %10.2f  (at least 0.5)\n", ingest_rate / bare_rate);
    free_rows(&rows);
    snapshot_free(snapshot);
    return ingest_rate / bare_rate >= 0.5 ? 0 : 1;
}
