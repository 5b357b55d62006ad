#include "ctxtop/json.h"

#include "ctxtop/json_parts.h"
#include "ctxtop/targets.h"

#include <string.h>

typedef json_t *make_part(const struct sample *sample, uint32_t index);

/* An array of the document, and the view that asks for it. Adding one is one row. */
struct section {
    const char *name;
    const struct view *view; /* NULL: always there */
    make_part *make;
    uint32_t (*count)(const struct sample *sample);
};

static uint32_t count_losses(const struct sample *sample)
{
    return sample->snapshot->loss_count;
}

static uint32_t count_contexts(const struct sample *sample)
{
    return sample->snapshot->context_count;
}

static uint32_t count_tasks(const struct sample *sample)
{
    return sample->snapshot->task_count;
}

static uint32_t count_objects(const struct sample *sample)
{
    return sample->snapshot->object_count;
}

static uint32_t count_waits(const struct sample *sample)
{
    return sample->snapshot->wait_count;
}

static uint32_t count_findings(const struct sample *sample)
{
    return sample->findings->count;
}

static uint32_t count_sites(const struct sample *sample)
{
    return (uint32_t)sample->census->count;
}

static uint32_t count_events(const struct sample *sample)
{
    return sample->snapshot->event_count;
}

static uint32_t count_stacks(const struct sample *sample)
{
    return sample->snapshot->stack_count;
}

static const struct section sections[] = {
    {"losses", NULL, json_loss, count_losses},
    {"contexts", &contexts_view, json_context, count_contexts},
    {"tasks", &tasks_view, json_task, count_tasks},
    {"objects", &objects_view, json_object_waited_for, count_objects},
    {"waits", &waiters_view, json_wait, count_waits},
    {"findings", &findings_view, json_finding, count_findings},
    {"sites", &sites_view, json_site, count_sites},
    {"events", &events_view, json_event, count_events},
    {"stacks", NULL, json_stack, count_stacks},
};

static bool is_wanted(const struct section *section, const struct view *const *views)
{
    if (views == NULL || section->view == NULL)
        return true;
    for (; *views != NULL; views++) {
        if (*views == section->view)
            return true;
    }
    return false;
}

/* Writes the value and frees it. */
static bool print_value(FILE *out, json_t *value)
{
    if (value == NULL)
        return false;
    json_dumpf(value, out, JSON_COMPACT);
    json_decref(value);
    return true;
}

static bool print_section(FILE *out, const struct section *section, const struct sample *sample)
{
    fprintf(out, ",\"%s\":[", section->name);
    uint32_t count = section->count(sample);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            fputc(',', out);
        if (!print_value(out, section->make(sample, i)))
            return false;
    }
    fputc(']', out);
    return true;
}

bool json_print_sample(FILE *out, const struct model *model, const struct view *const *views)
{
    const struct sample *sample = model->sample;
    fprintf(out, "{\"ctxtop\":\"%s\",\"sample\":%llu,\"program\":", CTXTRACE_VERSION,
            (unsigned long long)sample->number);
    if (!print_value(out, json_program(sample)))
        return false;
    fputs(",\"counts\":", out);
    if (!print_value(out, json_counts(sample)))
        return false;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (is_wanted(&sections[i], views) && !print_section(out, &sections[i], sample))
            return false;
    }
    fputs("}\n", out);
    return true;
}

static json_t *target_value(const struct target_entry *entry)
{
    char target[sizeof entry->target];
    json_t *object = json_object();
    text_clean(target, sizeof target, entry->target, strlen(entry->target));
    json_set_text(object, "target", target);
    json_set_text(object, "command", entry->command);
    json_set_text(object, "source", entry->source);
    json_object_set_new(object, "pid", json_integer(entry->pid));
    json_object_set_new(object, "alive", json_boolean(entry->alive));
    if (entry->started_realtime_ns != 0)
        json_object_set_new(object, "started_realtime_ns",
                            json_integer(entry->started_realtime_ns));
    return object;
}

bool json_print_targets(FILE *out, const struct target_list *targets)
{
    fprintf(out, "{\"ctxtop\":\"%s\",\"targets\":[", CTXTRACE_VERSION);
    for (uint32_t i = 0; i < targets->count; i++) {
        if (i > 0)
            fputc(',', out);
        if (!print_value(out, target_value(&targets->entries[i])))
            return false;
    }
    fputs("]}\n", out);
    return true;
}
