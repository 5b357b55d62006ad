/*
 * Reports from strangers: a sound one, in which the input changes values and bytes, through all
 * that reads reports. The input is a list of
 *
 *     u8 what; if it is odd: u24 which byte, u8 value
 *              else: u8 table, u8 column, u8 row, u8 type, u64 number or u8 length and so much text
 */
#include "base/error.h"
#include "ctxreport/baseline.h"
#include "ctxreport/format_table.h"
#include "ctxreport/gate.h"
#include "ctxreport/growth_between.h"
#include "ctxreport/ingest.h"
#include "ctxreport/report_file.h"
#include "findings/findings.h"
#include "fuzz.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { MOST_CHANGES = 64, MOST_COLUMNS = 256 };

static char path[] = "/tmp/ctxtrace-fuzz-report-XXXXXX", sound_path[sizeof path + 8];
static uint8_t *sound;
static size_t sound_size;
static struct {
    char table[32], column[32];
} columns[MOST_COLUMNS];
static size_t column_count;

static void need(bool good, const struct error *error)
{
    if (!good) {
        fprintf(stderr, "%s\n", error->sentence);
        exit(1);
    }
}

/* ---- a sound report ---- */

static void add_run(struct store *store, const char *fixture, struct error *error)
{
    const struct run run = {.subcommand = "inspect",
                            .target = fixture,
                            .made_ns = INT64_C(1700000100000000000),
                            .thresholds = thresholds_default()};
    struct session *session = session_open(fixture, NULL, error);
    need(session != NULL, error);
    struct snapshot *snapshot = session_take(session, error);
    need(snapshot != NULL, error);
    struct findings *findings = findings_check(snapshot, &run.thresholds, NULL);
    need(store_begin(store, error), error);
    int64_t number = ingest_run(store, &run, error);
    need(number && ingest_program(store, number, snapshot, findings, error), error);
    need(store_commit(store, error), error);
    findings_free(findings);
    snapshot_free(snapshot);
    session_close(session);
}

static void note_columns(struct store *store)
{
    sqlite3_stmt *statement;
    sqlite3_prepare_v2(store_database(store),
                       "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
                       "WHERE t.type = 'table' AND t.sql NOT LIKE '%WITHOUT ROWID%'",
                       -1, &statement, NULL);
    while (column_count < MOST_COLUMNS && sqlite3_step(statement) == SQLITE_ROW) {
        snprintf(columns[column_count].table, sizeof columns->table, "%s",
                 (const char *)sqlite3_column_text(statement, 0));
        snprintf(columns[column_count++].column, sizeof columns->column, "%s",
                 (const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
}

static void remove_files(void)
{
    unlink(path);
    unlink(sound_path);
}

static void make_sound_report(void)
{
    static const char *const fixtures[] = {FUZZ_FIXTURES "/service.snapshot",
                                           FUZZ_FIXTURES "/dead.snapshot"};
    struct error error = {.sentence = ""};
    struct stat status;
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        abort();
    close(descriptor);
    snprintf(sound_path, sizeof sound_path, "%s-sound", path);
    atexit(remove_files);
    struct store *store = store_create(sound_path, &error);
    need(store != NULL, &error);
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++)
        add_run(store, fixtures[i], &error);
    note_columns(store);
    store_close(store);
    descriptor = open(sound_path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0)
        abort();
    sound_size = (size_t)status.st_size;
    sound = malloc(sound_size);
    if (!sound || read(descriptor, sound, sound_size) != (ssize_t)sound_size)
        abort();
    close(descriptor);
}

/* ---- what the input makes of it ---- */

static void bind(sqlite3_stmt *statement, unsigned type, struct fuzz_input *input)
{
    switch (type % 4) {
    case 0:
        sqlite3_bind_null(statement, 1);
        return;
    case 1:
        sqlite3_bind_int64(statement, 1, (int64_t)fuzz_number(input, 8));
        return;
    case 2:
        sqlite3_bind_int64(statement, 1, (int64_t)fuzz_number(input, 1));
        return;
    default: {
        size_t length = fuzz_number(input, 1);
        length = length < input->size ? length : input->size;
        sqlite3_bind_text(statement, 1, (const char *)input->data, (int)length, SQLITE_TRANSIENT);
        input->data += length;
        input->size -= length;
    }
    }
}

static void change_value(sqlite3 *database, struct fuzz_input *input)
{
    sqlite3_stmt *statement = NULL;
    size_t which = fuzz_number(input, 2) % column_count;
    unsigned row = (unsigned)fuzz_number(input, 1), type = (unsigned)fuzz_number(input, 1);
    char *sql = sqlite3_mprintf(
        "UPDATE \"%w\" SET \"%w\" = ? WHERE rowid = 1 + %u %% (SELECT max(rowid) FROM \"%w\")",
        columns[which].table, columns[which].column, row, columns[which].table);
    if (sql && sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK) {
        bind(statement, type, input);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    sqlite3_free(sql);
}

static void write_all(const uint8_t *bytes)
{
    int descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (descriptor < 0 || write(descriptor, bytes, sound_size) != (ssize_t)sound_size)
        abort();
    close(descriptor);
}

static void change(struct fuzz_input input)
{
    sqlite3 *database;
    uint8_t *bytes = malloc(sound_size);
    struct fuzz_input values = input;
    if (!bytes)
        abort();
    memcpy(bytes, sound, sound_size);
    write_all(bytes);
    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        abort();
    sqlite3_exec(database,
                 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                 "PRAGMA ignore_check_constraints = ON; BEGIN",
                 NULL, NULL, NULL);
    for (unsigned i = 0; i < MOST_CHANGES && values.size; i++) {
        if (fuzz_number(&values, 1) & 1)
            fuzz_number(&values, 4);
        else
            change_value(database, &values);
    }
    sqlite3_exec(database, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(database);
    int descriptor = open(path, O_RDWR | O_CLOEXEC);
    for (unsigned i = 0; descriptor >= 0 && i < MOST_CHANGES && input.size >= 5; i++) {
        if (!(fuzz_number(&input, 1) & 1))
            break; /* bytes come first, or not at all */
        off_t at = (off_t)(fuzz_number(&input, 3) % sound_size);
        uint8_t value = (uint8_t)fuzz_number(&input, 1);
        (void)!pwrite(descriptor, &value, 1, at);
    }
    close(descriptor);
    free(bytes);
}

/* ---- reading it ---- */

/* Nothing that a terminal would obey may come out of the text for people. */
static void check_text(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\n')
            abort();
}

static void print(const struct selection *selection, const struct format *format, bool whole)
{
    char *text = NULL;
    size_t size = 0;
    struct error error = {.sentence = ""};
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    const struct gate gate = gate_default();
    const struct format_request request = {.selections = selection,
                                           .selection_count = 1,
                                           .out = out,
                                           .whole_tables = whole,
                                           .gate = &gate,
                                           .source_root = "/"};
    if (!format->write_report(&request, &error) && !error.sentence[0])
        abort();
    fclose(out);
    if (format == &format_text)
        check_text(text, size);
    free(text);
}

static void compare(const struct selection *one, const struct selection *other)
{
    struct error error = {.sentence = ""};
    struct growth_between growth = {0};
    if (!growth_between_make(&growth, one, other, &error) && !error.sentence[0])
        abort();
    growth_between_free(&growth);
}

static size_t count_of_formats(void)
{
    size_t count = 0;
    while (format_table[count])
        count++;
    return count;
}

static void read_by(size_t way, const struct selection *selection)
{
    struct error error = {.sentence = ""};
    struct selection other;
    size_t formats = count_of_formats();
    way %= 2 * formats + 2;
    if (way < 2 * formats) {
        print(selection, format_table[way / 2], way % 2);
        return;
    }
    if (!report_file_open(&other, sound_path, ALL_RUNS, &error))
        abort();
    if (way == 2 * formats)
        compare(selection, &other);
    else
        compare(&other, selection);
    report_file_close(&other);
}

static void read_report(size_t way)
{
    struct error error = {.sentence = ""};
    struct selection selection;
    if (!report_file_open(&selection, path, ALL_RUNS, &error)) {
        if (!error.sentence[0])
            abort();
        return;
    }
    read_by(way, &selection);
    report_file_close(&selection);
    if (way > UINT8_MAX / 2)
        baseline_free(baseline_read(path, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!sound)
        make_sound_report();
    struct fuzz_input input = {data, size};
    size_t way = fuzz_number(&input, 1);
    change(input);
    fuzz_clock_start();
    read_report(way);
    fuzz_clock_stop();
    return 0;
}
