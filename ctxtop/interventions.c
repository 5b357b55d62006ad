#include "ctxtop/interventions.h"

#include "base/duration.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxtop/elapsed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place for one more line; NULL when memory ran out. */
static struct intervention_line *new_line(struct interventions *interventions)
{
    if (!interventions->lines &&
        (interventions->lines = calloc(INTERVENTION_LINES, sizeof *interventions->lines)) == NULL)
        return NULL;
    if (interventions->count == INTERVENTION_LINES) {
        const uint32_t half = INTERVENTION_LINES / 2;
        memmove(interventions->lines, interventions->lines + half,
                (INTERVENTION_LINES - half) * sizeof *interventions->lines);
        interventions->count -= half;
        interventions->forgotten += half;
    }
    return &interventions->lines[interventions->count++];
}

/* What came between two samples. How late calls were is not told apart: as late as ever. */
static struct snapshot_intervention difference(const struct snapshot_intervention *before,
                                               const struct snapshot_intervention *now)
{
    struct snapshot_intervention done = *now;
    done.count -= before->count;
    done.total_ns -= before->total_ns;
    done.restarts.count -= before->restarts.count;
    done.restarts.unbounded -= before->restarts.unbounded;
    return done;
}

/* "12:10:04.123 +0100  process 7 was stopped 2 times for 3ms; 1 timed call restarted, ..." */
static void write_line(char out[INTERVENTION_LINE_SIZE], const struct snapshot_program *program,
                       enum intervention_kind kind, const struct snapshot_intervention *done)
{
    char restarts[RESTARTS_TEXT_SIZE], moment[MOMENT_SIZE] = "", times[40] = "",
                                       total[DURATION_SIZE] = "";
    if (snapshot_knows_real_time(program))
        moment_text_short(moment, sizeof moment,
                          time_plus(program->taken_ns, program->realtime_offset_ns));
    if (done->count > 1)
        snprintf(times, sizeof times, " %" PRIu64 " times", done->count);
    if (done->total_ns > 0)
        duration_text(total, sizeof total, done->total_ns);
    restarts_text(&done->restarts, restarts);
    snprintf(out, INTERVENTION_LINE_SIZE, "%s%sprocess %d was %s%s%s%s%s%s", moment,
             moment[0] != '\0' ? "  " : "", program->pid, intervention_name(kind), times,
             total[0] ? " for " : "", total, restarts[0] ? "; " : "", restarts);
}

bool interventions_update(struct interventions *interventions,
                          const struct snapshot_program *program, uint64_t position)
{
    bool added = false;
    if (interventions->pid != program->pid)
        memset(interventions->before, 0, sizeof interventions->before);
    interventions->pid = program->pid;
    for (unsigned kind = 0; kind < INTERVENTION_COUNT; kind++) {
        const struct snapshot_intervention *now = &program->interventions[kind];
        struct snapshot_intervention before = interventions->before[kind];
        interventions->before[kind] = *now;
        if (now->count < before.count) /* it was opened again */
            before = (struct snapshot_intervention){0};
        if (now->count == before.count || (now->total_ns == 0 && before.count > 0))
            continue;
        struct intervention_line *line = new_line(interventions);
        if (!line)
            continue;
        line->position = position;
        const struct snapshot_intervention more = difference(&before, now);
        write_line(line->text, program, kind, &more);
        added = true;
    }
    return added;
}

void interventions_free(struct interventions *interventions)
{
    free(interventions->lines);
    *interventions = (struct interventions){0};
}
