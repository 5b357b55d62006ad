#include "ctxtop/json.h"

#include "base/lack.h"
#include "ctxtop/json_parts.h"
#include "ctxtop/targets.h"
#include "ctxtop/view_table.h"

#include <stdlib.h>
#include <string.h>

static uint32_t count_losses(const struct sample *sample)
{
    return sample->snapshot->loss_count;
}

static uint32_t count_stacks(const struct sample *sample)
{
    return sample->snapshot->stack_count;
}

static bool is_wanted(const struct view *view, const struct view *const *views)
{
    if (!views)
        return true;
    for (; *views; views++) {
        if (*views == view)
            return true;
    }
    return false;
}

/* jansson leaves out what it has no memory for: whether it did is asked at the end. */
static void begin_document(void)
{
    json_set_alloc_funcs(lack_malloc, free);
    (void)lack_was_noted();
}

/* Writes the value and frees it. */
static bool print_value(FILE *out, json_t *value)
{
    if (!value)
        return false;
    json_dumpf(value, out, JSON_COMPACT);
    json_decref(value);
    return true;
}

static bool print_array(FILE *out, const struct sample *sample, const char *name,
                        uint32_t (*count)(const struct sample *sample),
                        json_t *(*value)(const struct sample *sample, uint32_t index))
{
    fprintf(out, ",\"%s\":[", name);
    uint32_t end = count(sample);
    for (uint32_t i = 0; i < end; i++) {
        if (i > 0)
            fputc(',', out);
        if (!print_value(out, value(sample, i)))
            return false;
    }
    fputc(']', out);
    return true;
}

static bool print_views(FILE *out, const struct sample *sample, const struct view *const *views)
{
    for (const struct view *const *at = view_table; *at; at++) {
        const struct view *view = *at;
        if (view->json && is_wanted(view, views) &&
            !print_array(out, sample, view->json_name, view->json_count, view->json))
            return false;
    }
    return true;
}

bool json_print_sample(FILE *out, const struct model *model, const struct view *const *views)
{
    const struct sample *sample = model->sample;
    begin_document();
    fprintf(out, "{\"ctxtop\":\"%s\",\"sample\":%llu,\"program\":", CTXTRACE_VERSION,
            (unsigned long long)sample->number);
    if (!print_value(out, json_program(sample)))
        return false;
    fputs(",\"counts\":", out);
    if (!print_value(out, json_counts(sample)))
        return false;
    if (!print_array(out, sample, "losses", count_losses, json_loss) ||
        !print_views(out, sample, views) ||
        !print_array(out, sample, "stacks", count_stacks, json_stack))
        return false;
    fputs("}\n", out);
    return !lack_was_noted();
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
    begin_document();
    fprintf(out, "{\"ctxtop\":\"%s\",\"targets\":[", CTXTRACE_VERSION);
    for (uint32_t i = 0; i < targets->count; i++) {
        if (i > 0)
            fputc(',', out);
        if (!print_value(out, target_value(&targets->entries[i])))
            return false;
    }
    fputs("]}\n", out);
    return !lack_was_noted();
}
