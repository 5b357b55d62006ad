#include "ctxtop/header.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/duration.h"
#include "base/moment.h"
#include "base/times.h"
#include "ctxtop/elapsed.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void add(struct header_line *line,
                                                      enum meaning meaning, const char *format, ...)
{
    if (line->count == HEADER_SPANS)
        return;
    struct span *span = &line->spans[line->count++];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(span->text, sizeof span->text, format, arguments);
    va_end(arguments);
    span->meaning = meaning;
}

static void add_state(struct header_line *line, const struct snapshot_program *program)
{
    if (program->state == PROGRAM_ALIVE)
        add(line, MEANING_GOOD, "  %s", program_state_name(program->state));
    else if (program->state == PROGRAM_DEAD)
        add(line, program->exited ? MEANING_WARNING : MEANING_ALARM, "  %s",
            program->exited ? "exited" : "dead");
    else
        add(line, MEANING_WARNING, "  %s", program_state_name(program->state));
    if (program->forked_from != 0)
        add(line, MEANING_NORMAL, "  forked from %d", program->forked_from);
}

static void add_age(struct header_line *line, const struct snapshot_program *program,
                    const struct sampling_state *sampling)
{
    char age[DURATION_SIZE];
    duration_text(age, sizeof age, sampling->age_ns);
    if (sampling->paused)
        add(line, MEANING_WARNING, "  PAUSED, data %s old", age);
    else if (program->state == PROGRAM_ALIVE &&
             sampling->age_ns > 2 * sampling->delay_ns + NS_PER_SECOND)
        add(line, MEANING_WARNING, "  data %s old", age);
}

/* Contexts that are newer than the last search of the heap may be missing. */
static void add_search(struct header_line *line, const struct snapshot_program *program)
{
    char age[DURATION_SIZE];
    int64_t old_ns =
        program->searched_ns != 0 ? time_between(program->searched_ns, program->taken_ns) : 0;
    if (old_ns < 2 * NS_PER_SECOND)
        return;
    duration_text(age, sizeof age, old_ns);
    add(line, MEANING_NORMAL, "  heap searched %s ago", age);
}

static void make_program(const struct model *model, const struct sampling_state *sampling,
                         struct header_line *line)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    const struct snapshot_program *program = &snapshot->program;
    char up[DURATION_SIZE], moment[MOMENT_SIZE], pause[DURATION_SIZE];
    char name[LABEL_SIZE];
    label_program(snapshot, name, sizeof name);
    add(line, MEANING_STRONG, "%s", name);
    add(line, MEANING_NORMAL, " [%d]", program->pid);
    add_state(line, program);
    if (sampling->ending)
        add(line, MEANING_WARNING, " (%s)", sampling->ending);
    add_age(line, program, sampling);
    add_search(line, program);
    if (program->started_ns != SNAPSHOT_TIME_UNKNOWN && program->started_ns != SNAPSHOT_NEVER) {
        duration_since(program->started_ns, model->now_ns, up, sizeof up);
        add(line, MEANING_NORMAL, "  up %s", up);
    }
    if (snapshot_knows_real_time(program)) {
        moment_text(moment, sizeof moment,
                    time_plus(program->taken_ns, program->realtime_offset_ns));
        add(line, MEANING_DIM, "  %s", moment);
    }
    add(line, MEANING_DIM, "  %s %s, %s", snapshot_text(snapshot, program->language),
        snapshot_text(snapshot, program->version), snapshot_text(snapshot, program->source));
    if (program->pause_ns > 0) {
        duration_text(pause, sizeof pause, program->pause_ns);
        add(line, MEANING_DIM, ", stopped for %s", pause);
    }
}

/* What matters most comes first, as a narrow screen cuts the end. */
static void add_count(struct header_line *line, const char *what, uint64_t all, uint64_t some,
                      const char *which, enum meaning meaning)
{
    char number[DURATION_SIZE];
    count_text(number, sizeof number, all);
    add(line, MEANING_NORMAL, "%s%s ", line->count > 0 ? "  " : "", what);
    add(line, MEANING_STRONG, "%s", number);
    count_text(number, sizeof number, some);
    add(line, MEANING_NORMAL, " (");
    add(line, some > 0 ? meaning : MEANING_NORMAL, "%s %s", number, which);
    add(line, MEANING_NORMAL, ")");
}

static void add_flow(const struct sample *sample, struct header_line *line)
{
    char created[DURATION_SIZE], ended[DURATION_SIZE];
    const struct snapshot_program *program = &sample->snapshot->program;
    if (sample->rates.known) {
        rate_text(created, sizeof created, sample->rates.created);
        rate_text(ended, sizeof ended, sample->rates.ended);
        add(line, MEANING_NORMAL, "  +%s -%s/s", created, ended);
    }
    if (program->counts_contexts) {
        count_text(created, sizeof created, program->contexts_created);
        add(line, MEANING_DIM, "  ever %s", created);
    }
    if (program->contexts_unheld > 0) {
        count_text(ended, sizeof ended, program->contexts_unheld);
        add(line, MEANING_DIM, "  ended, unheld %s", ended);
    }
    if (sample->exited_tasks > 0)
        add(line, MEANING_NORMAL, "  exited tasks %u", sample->exited_tasks);
    if (sample->system_tasks > 0)
        add(line, MEANING_DIM, "  system tasks %u", sample->system_tasks);
}

static void make_counts(const struct model *model, struct header_line *line)
{
    const struct sample *sample = model->sample;
    add_count(line, "Contexts", sample->snapshot->context_count, sample->open_contexts, "open",
              MEANING_NORMAL);
    add_count(line, "Tasks", sample->shown_tasks, sample->blocked_tasks, "blocked",
              MEANING_WAITING);
    add_count(line, "Findings", sample->findings->count, sample->proved_findings, "proved",
              MEANING_ALARM);
    add_flow(sample, line);
}

static bool make_losses(const struct model *model, const struct sampling_state *sampling,
                        struct header_line *line)
{
    const struct snapshot *snapshot = model->sample->snapshot;
    char number[DURATION_SIZE];
    unsigned shown = 0;
    if (sampling->error)
        add(line, MEANING_ALARM, "! %s  ", sampling->error);
    if (snapshot->program.contexts_unrecorded > 0) {
        count_text(number, sizeof number, snapshot->program.contexts_unrecorded);
        add(line, MEANING_WARNING, "Not shown: %s contexts from before recording began. ", number);
    }
    for (uint32_t i = 0; i < snapshot->loss_count && line->count < HEADER_SPANS; i++) {
        const struct snapshot_loss *loss = &snapshot->losses[i];
        if (loss->expected)
            continue;
        count_text(number, sizeof number, loss->count);
        add(line, MEANING_ALARM, "%s%s %s (%s)", shown++ == 0 ? "Lost: " : ", ", number,
            snapshot_text(snapshot, loss->what), snapshot_text(snapshot, loss->why));
    }
    return line->count > 0;
}

unsigned header_make(const struct model *model, const struct sampling_state *sampling,
                     struct header_line lines[HEADER_LINES])
{
    for (unsigned i = 0; i < HEADER_LINES; i++)
        lines[i].count = 0;
    make_program(model, sampling, &lines[HEADER_PROGRAM]);
    make_counts(model, &lines[HEADER_COUNTS]);
    return make_losses(model, sampling, &lines[HEADER_LOSSES]) ? HEADER_LINES : HEADER_LOSSES;
}
