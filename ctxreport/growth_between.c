#include "ctxreport/growth_between.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/error.h"
#include "ctxreport/query.h"
#include "ctxreport/report_snapshot.h"
#include "findings/findings.h"
#include "findings/growth.h"
#include "findings/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two looks at one program do not work out quite the same moment of its start. */
#define SAME_START_NS NS_PER_SECOND

void growth_between_free(struct growth_between *growth)
{
    for (size_t i = 0; i < growth->count; i++) {
        free(growth->items[i].sentence);
        free(growth->items[i].site);
    }
    free(growth->items);
    *growth = (struct growth_between){0};
}

static bool no_memory(struct error *error)
{
    return error_no_memory(error);
}

static char *site_text(const struct snapshot *snapshot, const struct finding *finding)
{
    char *text = NULL;
    uint32_t top =
        finding->site == SNAPSHOT_NONE ? SNAPSHOT_NONE : snapshot->sites[finding->site].top_frame;
    if (top == SNAPSHOT_NONE)
        return strdup("");
    const struct snapshot_frame *frame = &snapshot->frames[top];
    if (asprintf(&text, "%s (%s:%" PRIu32 ")", snapshot_text(snapshot, frame->function),
                 snapshot_text(snapshot, frame->file), frame->line) < 0)
        return NULL;
    return text;
}

static bool append(struct growth_between *between, const struct growth *growth,
                   const struct snapshot *snapshot, const struct finding *finding)
{
    if (!ARRAY_ROOM(between->items, between->capacity, between->count + 1))
        return false;
    struct grown_between *item = &between->items[between->count++];
    *item = (struct grown_between){.sentence = strdup(finding->sentence),
                                   .site = site_text(snapshot, finding),
                                   .old_count = growth_first_count(growth, finding),
                                   .new_count = finding->count};
    snprintf(item->fingerprint, sizeof item->fingerprint, "%016" PRIx64, finding->fingerprint);
    return item->sentence && item->site;
}

static bool look_at_both(struct growth_between *between, struct growth *growth,
                         const struct snapshot *older, const struct snapshot *newer)
{
    if (!growth || !growth_look(growth, older) || !growth_look(growth, newer))
        return false;
    static const char *const only[] = {"growing-site", NULL};
    const struct thresholds thresholds = thresholds_default();
    struct findings *findings = findings_check_over_time(newer, growth, &thresholds, only);
    bool good = findings != NULL;
    for (uint32_t i = 0; good && i < findings->count; i++)
        good = append(between, growth, newer, &findings->items[i]);
    findings_free(findings);
    return good;
}

static bool compare_program(struct growth_between *between, const struct selection *older,
                            int64_t old_id, const struct selection *newer, int64_t new_id,
                            struct error *error)
{
    struct snapshot *then = report_snapshot(older->store, old_id, error);
    struct snapshot *now = then ? report_snapshot(newer->store, new_id, error) : NULL;
    bool good = now != NULL;
    if (good) {
        struct growth *growth = growth_of_two_looks();
        good = look_at_both(between, growth, then, now) || no_memory(error);
        growth_free(growth);
    }
    snapshot_free(now);
    snapshot_free(then);
    return good;
}

/* ---- which programs ---- */

struct known_program {
    int64_t id, pid, started_ns, taken_ns;
};

/* Those of a run of which it is known when they started. */
static bool read_programs(const struct selection *selection, struct known_program **programs,
                          size_t *count, struct error *error)
{
    struct query row;
    size_t capacity = 0;
    bool good = true;
    *programs = NULL;
    *count = 0;
    query_begin(&row, selection->store,
                "SELECT id, pid, started_ns, taken_ns FROM programs WHERE run_id = ? AND "
                "started_ns IS NOT NULL AND taken_ns IS NOT NULL ORDER BY id",
                selection->runs[0]);
    while (good && query_next(&row)) {
        good = ARRAY_ROOM(*programs, capacity, *count + 1) || no_memory(error);
        if (!good)
            break;
        (*programs)[(*count)++] =
            (struct known_program){query_integer(&row, 0), query_integer(&row, 1),
                                   query_integer(&row, 2), query_integer(&row, 3)};
    }
    return query_finish(&row, error) && good;
}

static bool is_same(const struct known_program *older, const struct known_program *newer)
{
    int64_t apart;
    return older->pid == newer->pid && older->taken_ns < newer->taken_ns &&
           !__builtin_sub_overflow(older->started_ns, newer->started_ns, &apart) &&
           apart < SAME_START_NS && apart > -SAME_START_NS;
}

bool growth_between_make(struct growth_between *growth, const struct selection *older,
                         const struct selection *newer, struct error *error)
{
    struct known_program *then = NULL, *now = NULL;
    size_t then_count = 0, now_count = 0;
    *growth = (struct growth_between){0};
    bool good = read_programs(older, &then, &then_count, error) &&
                read_programs(newer, &now, &now_count, error);
    for (size_t i = 0; good && i < now_count; i++)
        for (size_t n = 0; good && n < then_count; n++)
            if (is_same(&then[n], &now[i]))
                good = compare_program(growth, older, then[n].id, newer, now[i].id, error);
    free(then);
    free(now);
    return good;
}
