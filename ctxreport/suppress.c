#include "ctxreport/suppress.h"

#include "base/array.h"
#include "base/error.h"
#include "ctxreport/insert.h"
#include "ctxreport/query.h"

#include <stdlib.h>
#include <string.h>

/* The stacks of one finding, with texts of their own. */
struct stacks {
    struct suppressible_frame *frames;
    size_t *ends;
    size_t frame_count, frame_capacity, stack_count, stack_capacity;
};

struct suppressing {
    const struct suppressions *suppressions;
    struct store *store;
    int64_t run_id, now_ns, first_id; /* of the rows of suppressions */
    int64_t *matched;                 /* of each suppression, how many findings it fits */
    struct stacks stacks;
    struct error *error;
};

/* ---- the stacks of a finding ---- */

static void forget_stacks(struct stacks *stacks)
{
    for (size_t i = 0; i < stacks->frame_count; i++) {
        free((char *)(uintptr_t)stacks->frames[i].function);
        free((char *)(uintptr_t)stacks->frames[i].linkage);
        free((char *)(uintptr_t)stacks->frames[i].file);
        free((char *)(uintptr_t)stacks->frames[i].module);
    }
    stacks->frame_count = stacks->stack_count = 0;
}

static void free_stacks(struct stacks *stacks)
{
    forget_stacks(stacks);
    free(stacks->frames);
    free(stacks->ends);
}

static bool copy_text(struct query *row, int column, const char **text)
{
    *text = query_is_null(row, column) ? NULL : strdup(query_text(row, column));
    return *text || query_is_null(row, column);
}

static bool add_frame(struct stacks *stacks, struct query *row)
{
    if (!ARRAY_ROOM(stacks->frames, stacks->frame_capacity, stacks->frame_count + 1))
        return false;
    struct suppressible_frame *frame = &stacks->frames[stacks->frame_count++];
    *frame = (struct suppressible_frame){0};
    return copy_text(row, 1, &frame->function) && copy_text(row, 2, &frame->linkage) &&
           copy_text(row, 3, &frame->file) && copy_text(row, 4, &frame->module);
}

/* Rows come stack by stack; the end of a stack moves with each of its frames. */
static bool add_row(struct stacks *stacks, struct query *row, int64_t *last_stack)
{
    if (stacks->stack_count == 0 || query_integer(row, 0) != *last_stack) {
        if (!ARRAY_ROOM(stacks->ends, stacks->stack_capacity, stacks->stack_count + 1))
            return false;
        stacks->stack_count++;
        *last_stack = query_integer(row, 0);
    }
    if (!add_frame(stacks, row))
        return false;
    stacks->ends[stacks->stack_count - 1] = stacks->frame_count;
    return true;
}

static bool read_stacks(struct suppressing *it, int64_t finding_id)
{
    struct query row;
    int64_t last_stack = 0;
    bool good = true;
    forget_stacks(&it->stacks);
    query_begin(&row, it->store,
                "SELECT stack_id, function, linkage, file, module FROM frames WHERE stack_id IN "
                "(SELECT stack_id FROM finding_stacks WHERE finding_id = ?1 UNION SELECT "
                "s.stack_id FROM findings AS f JOIN sites AS s ON s.id = f.site_id WHERE f.id = "
                "?1) ORDER BY stack_id, position",
                finding_id);
    while (good && query_next(&row))
        good = add_row(&it->stacks, &row, &last_stack) || error_no_memory(it->error);
    struct error unread;
    return query_finish(&row, good ? it->error : &unread) && good;
}

/* ---- findings ---- */

static bool mark(struct suppressing *it, int64_t finding_id, int64_t suppression_id)
{
    sqlite3_stmt *statement = NULL;
    bool good = sqlite3_prepare_v2(store_database(it->store),
                                   "UPDATE findings SET suppressed_by_id = ? WHERE id = ?", -1,
                                   &statement, NULL) == SQLITE_OK &&
                sqlite3_bind_int64(statement, 1, suppression_id) == SQLITE_OK &&
                sqlite3_bind_int64(statement, 2, finding_id) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_DONE;
    if (!good)
        store_failed(it->store, it->error);
    sqlite3_finalize(statement);
    return good;
}

/* All that fit are counted, so that none is said to match nothing; the first one does it. */
static bool judge(struct suppressing *it, int64_t finding_id, bool is_suppressed,
                  const struct suppressible *finding)
{
    for (size_t i = 0; i < it->suppressions->count; i++) {
        const struct suppression *suppression = &it->suppressions->items[i];
        if (!suppression_matches(suppression, finding))
            continue;
        it->matched[i]++;
        if (is_suppressed || suppression_has_expired(suppression, it->now_ns))
            continue;
        if (!mark(it, finding_id, it->first_id + (int64_t)i))
            return false;
        is_suppressed = true;
    }
    return true;
}

static bool judge_row(struct suppressing *it, struct query *row)
{
    int64_t id = query_integer(row, 0);
    if (!read_stacks(it, id))
        return false;
    const struct suppressible finding = {
        .rule = query_text(row, 1),
        .sentence = query_text(row, 2),
        .is_go = strcmp(query_text(row, 3), "Go") == 0,
        .frames = it->stacks.frames,
        .frame_count = it->stacks.frame_count,
        .stack_ends = it->stacks.ends,
        .stack_count = it->stacks.stack_count,
    };
    return judge(it, id, query_integer(row, 4), &finding);
}

static bool judge_all(struct suppressing *it)
{
    struct query row;
    bool good = true;
    query_begin(&row, it->store,
                "SELECT f.id, f.rule, f.sentence, p.language, f.suppressed_by_id IS NOT NULL FROM "
                "programs AS p JOIN findings AS f ON f.program_id = p.id WHERE p.run_id = ? ORDER "
                "BY f.id",
                it->run_id);
    while (good && query_next(&row))
        good = judge_row(it, &row);
    struct error unread;
    return query_finish(&row, good ? it->error : &unread) && good;
}

/* ---- rows of suppressions ---- */

static bool insert_one(struct suppressing *it, struct insert *insert, size_t index)
{
    const struct suppression *suppression = &it->suppressions->items[index];
    char *words = suppression_in_words(suppression);
    if (!words)
        return error_no_memory(it->error);
    insert_integer(insert, it->first_id + (int64_t)index);
    insert_integer(insert, it->run_id);
    insert_text_always(insert, it->suppressions->file);
    insert_integer(insert, suppression->line);
    insert_text_always(insert, words);
    insert_text(insert, suppression->reason);
    insert_text(insert, suppression->until);
    insert_integer(insert, suppression_has_expired(suppression, it->now_ns));
    insert_integer(insert, it->matched[index]);
    insert_row(insert);
    free(words);
    return true;
}

static bool insert_all(struct suppressing *it)
{
    struct insert insert;
    bool good = true;
    insert_prepare(&insert, it->store, "suppressions");
    for (size_t i = 0; good && i < it->suppressions->count; i++)
        good = insert_one(it, &insert, i);
    struct error unread;
    return insert_finish(&insert, good ? it->error : &unread) && good;
}

bool suppress(const struct suppressions *suppressions, struct store *store, int64_t run_id,
              int64_t now_ns, struct error *error)
{
    struct suppressing it = {.suppressions = suppressions,
                             .store = store,
                             .run_id = run_id,
                             .now_ns = now_ns,
                             .matched = calloc(suppressions->count + 1, sizeof(int64_t)),
                             .error = error};
    if (!it.matched)
        return error_no_memory(error);
    bool good = query_number(store, "SELECT coalesce(max(id), 0) + 1 FROM suppressions", 0, 1,
                             &it.first_id, error) &&
                judge_all(&it) && insert_all(&it);
    free_stacks(&it.stacks);
    free(it.matched);
    return good;
}

/* ---- reports that are only read ---- */

/*
 * Copies of the two tables in SQLite's temporary database, where a name is looked up first: all
 * that reads the report finds these in the place of its own, which stay as they are.
 */
static bool cover_tables(struct store *store, struct error *error)
{
    static const char sql[] =
        "PRAGMA temp_store = MEMORY; "
        "CREATE TEMP TABLE IF NOT EXISTS suppressions AS SELECT * FROM main.suppressions; "
        "CREATE TEMP TABLE IF NOT EXISTS findings AS SELECT * FROM main.findings; "
        "CREATE UNIQUE INDEX IF NOT EXISTS temp.findings_by_id ON findings (id); "
        "CREATE INDEX IF NOT EXISTS temp.findings_of_program_now ON findings (program_id)";
    return sqlite3_exec(store_database(store), sql, NULL, NULL, NULL) == SQLITE_OK ||
           store_failed(store, error);
}

bool suppress_for_now(const struct suppressions *suppressions, const struct selection *selection,
                      int64_t now_ns, struct error *error)
{
    if (!cover_tables(selection->store, error))
        return false;
    for (size_t i = 0; i < selection->run_count; i++) {
        if (!suppress(suppressions, selection->store, selection->runs[i], now_ns, error))
            return false;
    }
    return true;
}
