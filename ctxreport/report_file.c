#include "ctxreport/report_file.h"

#include "base/array.h"
#include "base/error.h"
#include "ctxreport/query.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the name ---- */

enum { RUN_NOT_NAMED = 0, RUN_LAST = -1 };

/* Splits FILE@RUN; a file that has an @ in its own name comes first. Returns the run, or -2. */
static int64_t split_name(const char *name, char *file, size_t size)
{
    snprintf(file, size, "%s", name);
    char *at = strrchr(file, '@');
    if (!at || access(name, F_OK) == 0)
        return RUN_NOT_NAMED;
    *at = '\0';
    if (strcmp(at + 1, "last") == 0)
        return RUN_LAST;
    char *end;
    errno = 0;
    long long number = strtoll(at + 1, &end, 10);
    return isdigit((unsigned char)at[1]) && *end == '\0' && errno == 0 && number > 0 ? number : -2;
}

static bool read_runs(struct selection *selection, const char *sql, int64_t argument,
                      struct error *error)
{
    struct query row;
    int64_t *runs = NULL;
    size_t count = 0, room = 0;
    bool good = true;
    query_begin(&row, selection->store, sql, argument);
    while (good && query_next(&row)) {
        good = ARRAY_ROOM(runs, room, count + 1) || error_no_memory(error);
        if (good)
            runs[count++] = query_integer(&row, 0);
    }
    good = query_finish(&row, error) && good;
    selection->runs = runs;
    selection->run_count = count;
    return good;
}

bool report_file_open(struct selection *selection, const char *name, enum default_runs which,
                      struct error *error)
{
    char file[4096];
    *selection = (struct selection){0};
    int64_t run = split_name(name, file, sizeof file);
    if (run == -2)
        return error_set(error, "%s: behind the @ stands the number of a run, or 'last'", name);
    selection->store = store_open(file, error);
    if (!selection->store)
        return false;
    bool last = run == RUN_LAST || (run == RUN_NOT_NAMED && which == LAST_RUN);
    const char *sql = last      ? "SELECT max(id) FROM runs HAVING count(*) > 0"
                      : run > 0 ? "SELECT id FROM runs WHERE id = ?"
                                : "SELECT id FROM runs ORDER BY id";
    bool good = read_runs(selection, sql, run, error);
    if (good && selection->run_count == 0)
        good = run > 0 ? error_set(error, "%s has no run %lld", file, (long long)run)
                       : error_set(error, "%s has no runs", file);
    if (!good)
        report_file_close(selection);
    return good;
}

void report_file_close(struct selection *selection)
{
    store_close(selection->store);
    int64_t *runs = (int64_t *)(uintptr_t)selection->runs;
    free(runs);
    *selection = (struct selection){0};
}
