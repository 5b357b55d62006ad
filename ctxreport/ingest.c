#include "ctxreport/ingest.h"

#include "base/error.h"
#include "ctxreport/insert.h"
#include "ctxreport/thresholds.h"

#include <stdlib.h>

/* A number that a SELECT of one row and column gives; -1 and a sentence on failure. */
static int64_t select_number(struct store *store, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(store_database(store), sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    if (number < 0)
        store_failed(store, error);
    sqlite3_finalize(statement);
    return number;
}

static bool find_bases(struct ingest *ingest)
{
    struct base {
        const char *sql;
        int64_t *base;
    } bases[] = {
        {"SELECT coalesce(max(id), 0) + 1 FROM programs", &ingest->program_id},
        {"SELECT coalesce(max(id), 0) + 1 FROM contexts", &ingest->contexts},
        {"SELECT coalesce(max(id), 0) + 1 FROM tasks", &ingest->tasks},
        {"SELECT coalesce(max(id), 0) + 1 FROM objects", &ingest->objects},
        {"SELECT coalesce(max(id), 0) + 1 FROM waits", &ingest->waits},
        {"SELECT coalesce(max(id), 0) + 1 FROM stacks", &ingest->stacks},
        {"SELECT coalesce(max(id), 0) + 1 FROM sites", &ingest->sites},
        {"SELECT coalesce(max(id), 0) + 1 FROM events", &ingest->events},
        {"SELECT coalesce(max(id), 0) + 1 FROM losses", &ingest->losses},
        {"SELECT coalesce(max(id), 0) + 1 FROM findings", &ingest->findings},
        {"SELECT coalesce(max(id), 0) + 1 FROM finding_subjects", &ingest->subjects},
    };
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
        *bases[i].base = select_number(ingest->store, bases[i].sql, ingest->error);
        if (*bases[i].base < 0)
            return false;
    }
    return true;
}

/* All of them once per file, so that every reference to one holds. */
static bool ingest_preconditions(struct store *store, struct error *error)
{
    int64_t there = select_number(store, "SELECT count(*) FROM preconditions", error);
    if (there != 0)
        return there > 0;
    struct insert insert;
    insert_prepare(&insert, store, "preconditions");
    for (unsigned i = PRECONDITION_NONE + 1; i < PRECONDITION_COUNT; i++) {
        insert_integer(&insert, i);
        insert_text_always(&insert, precondition_text(i));
        insert_row(&insert);
    }
    return insert_finish(&insert, error);
}

static bool ingest_thresholds(struct store *store, int64_t run_id,
                              const struct thresholds *thresholds, struct error *error)
{
    struct insert insert;
    insert_prepare(&insert, store, "thresholds");
    for (const struct threshold *threshold = threshold_table; threshold->name; threshold++) {
        insert_integer(&insert, run_id);
        insert_text_always(&insert, threshold->name);
        insert_integer(&insert, threshold_value(threshold, thresholds));
        insert_row(&insert);
    }
    return insert_finish(&insert, error);
}

int64_t ingest_run(struct store *store, const struct run *run, struct error *error)
{
    struct insert insert;
    insert_prepare(&insert, store, "runs");
    insert_null(&insert); /* SQLite chooses the id */
    insert_integer(&insert, run->made_ns);
    insert_text_always(&insert, "ctxreport " CTXTRACE_VERSION);
    insert_text_always(&insert, run->subcommand);
    insert_text_always(&insert, run->target);
    insert_integer_if(&insert, run->command_ended && run->signal == 0, run->exit_status);
    insert_integer_if(&insert, run->command_ended && run->signal != 0, run->signal);
    insert_integer(&insert, SNAPSHOT_FINGERPRINT_VERSION);
    insert_row(&insert);
    if (!insert_finish(&insert, error))
        return 0;
    int64_t id = sqlite3_last_insert_rowid(store_database(store));
    bool good =
        ingest_preconditions(store, error) && ingest_thresholds(store, id, &run->thresholds, error);
    return good ? id : 0;
}

static bool ingest_all(struct ingest *ingest, const struct findings *findings)
{
    return find_bases(ingest) && ingest_tables(ingest) && ingest_census(ingest) &&
           ingest_findings(ingest, findings);
}

int64_t ingest_program(struct store *store, int64_t run_id, const struct snapshot *snapshot,
                       const struct findings *findings, struct error *error)
{
    struct ingest ingest = {.store = store, .error = error, .snapshot = snapshot, .run_id = run_id};
    return ingest_all(&ingest, findings) ? ingest.program_id : 0;
}

/* ---- what findings are about ---- */

static void want_subjects(const struct finding *finding, const struct wanted_rows *wanted)
{
    for (uint32_t i = 0; i < finding->count; i++) {
        const struct claim *claim = &finding->claims[i];
        if (claim->subject_kind == SUBJECT_CONTEXT)
            wanted->contexts[claim->subject] = true;
        else if (claim->subject_kind == SUBJECT_TASK)
            wanted->tasks[claim->subject] = true;
        else
            wanted->objects[claim->subject] = true;
    }
}

int64_t ingest_program_briefly(struct store *store, int64_t run_id, const struct snapshot *snapshot,
                               const struct findings *findings, struct error *error)
{
    const struct wanted_rows wanted = {
        .contexts = calloc((size_t)snapshot->context_count + 1, sizeof(bool)),
        .tasks = calloc((size_t)snapshot->task_count + 1, sizeof(bool)),
        .objects = calloc((size_t)snapshot->object_count + 1, sizeof(bool))};
    struct ingest ingest = {
        .store = store, .error = error, .snapshot = snapshot, .wanted = &wanted, .run_id = run_id};
    bool good = wanted.contexts && wanted.tasks && wanted.objects;
    if (!good)
        error_no_memory(error);
    for (uint32_t i = 0; good && i < findings->count; i++)
        want_subjects(&findings->items[i], &wanted);
    good = good && ingest_all(&ingest, findings);
    free(wanted.contexts);
    free(wanted.tasks);
    free(wanted.objects);
    return good ? ingest.program_id : 0;
}

bool ingest_run_loss(struct store *store, int64_t run_id, const char *what, const char *why,
                     int64_t count, struct error *error)
{
    struct insert insert;
    insert_prepare(&insert, store, "losses");
    insert_null(&insert);
    insert_integer(&insert, run_id);
    insert_null(&insert);
    insert_text_always(&insert, what);
    insert_text_always(&insert, why);
    insert_integer(&insert, count);
    insert_integer(&insert, 0);
    insert_row(&insert);
    return insert_finish(&insert, error);
}

bool ingest_forget_programs(struct store *store, int64_t run_id, struct error *error)
{
    /* From what refers to what is referred to. */
    static const char *const deletions[] = {
        "DELETE FROM census WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM withheld WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        ("DELETE FROM finding_stacks WHERE finding_id IN (SELECT f.id FROM findings AS f JOIN "
         "programs AS p ON p.id = f.program_id WHERE p.run_id = ?)"),
        ("DELETE FROM finding_subjects WHERE finding_id IN (SELECT f.id FROM findings AS f JOIN "
         "programs AS p ON p.id = f.program_id WHERE p.run_id = ?)"),
        "DELETE FROM findings WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM suppressions WHERE run_id = ?",
        "DELETE FROM losses WHERE run_id = ?",
        "DELETE FROM events WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM waits WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM objects WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        ("DELETE FROM ancestors WHERE task_id IN (SELECT t.id FROM tasks AS t JOIN programs AS p "
         "ON "
         "p.id = t.program_id WHERE p.run_id = ?)"),
        "DELETE FROM tasks WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM contexts WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        ("DELETE FROM frames WHERE stack_id IN (SELECT s.id FROM stacks AS s JOIN programs AS p ON "
         "p.id = s.program_id WHERE p.run_id = ?)"),
        "DELETE FROM sites WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM stacks WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM interventions WHERE program_id IN (SELECT id FROM programs WHERE run_id = ?)",
        "DELETE FROM programs WHERE run_id = ?",
    };
    for (size_t i = 0; i < sizeof deletions / sizeof deletions[0]; i++) {
        sqlite3_stmt *statement = NULL;
        bool good = sqlite3_prepare_v2(store_database(store), deletions[i], -1, &statement, NULL) ==
                        SQLITE_OK &&
                    sqlite3_bind_int64(statement, 1, run_id) == SQLITE_OK &&
                    sqlite3_step(statement) == SQLITE_DONE;
        if (!good)
            store_failed(store, error);
        sqlite3_finalize(statement);
        if (!good)
            return false;
    }
    return true;
}
