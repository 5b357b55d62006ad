/* What the views share: filling cells, collecting words, comparing. */
#include "ctxtop/elapsed.h"
#include "ctxtop/view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cell_print(struct cell *cell, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell->text, sizeof cell->text, format, arguments);
    va_end(arguments);
}

void cell_until(struct cell *cell, const struct model *model, int64_t moment)
{
    int64_t taken_ns = model->sample->snapshot->program.taken_ns;
    if (moment >= taken_ns && moment < model->now_ns)
        cell_print(cell, "due");
    else
        duration_until(moment, model->now_ns, cell->text, sizeof cell->text);
    if (moment == SNAPSHOT_NEVER)
        cell->meaning = MEANING_DIM;
}

void cell_finding(struct cell *cell, const struct finding *finding)
{
    if (!finding)
        return;
    bool proved = finding->confidence == CONFIDENCE_PROVED;
    cell_print(cell, "%s%s", proved ? "!" : "?", finding->rule->name);
    cell->meaning = proved ? MEANING_ALARM : MEANING_WARNING;
}

void cell_context(struct cell *cell, const struct snapshot *snapshot, uint32_t context)
{
    label_context(snapshot, context, cell->text, sizeof cell->text);
    if (context == SNAPSHOT_NONE)
        cell->meaning = MEANING_DIM;
}

void cell_task(struct cell *cell, const struct snapshot *snapshot, uint32_t task)
{
    label_task(snapshot, task, cell->text, sizeof cell->text);
    if (task == SNAPSHOT_NONE)
        cell->meaning = MEANING_DIM;
}

void cell_object(struct cell *cell, const struct snapshot *snapshot, uint32_t object)
{
    label_object(snapshot, object, cell->text, sizeof cell->text);
    if (object == SNAPSHOT_NONE)
        cell->meaning = MEANING_DIM;
}

void cell_site(struct cell *cell, const struct snapshot *snapshot, uint32_t stack)
{
    label_site(snapshot, stack, cell->text, sizeof cell->text);
    cell->meaning = MEANING_SITE;
}

void words_add(struct words *words, const char *field, const char *text)
{
    if (text[0] != '\0' && words->count < WORDS_MAX)
        words->words[words->count++] = (struct word){.field = field, .text = text};
}

void words_add_string(struct words *words, const char *field, const struct snapshot *snapshot,
                      snapshot_string string)
{
    words_add(words, field, snapshot_text(snapshot, string));
}

void words_add_id(struct words *words, uint64_t id)
{
    label_id(id, words->buffer, sizeof words->buffer);
    words_add(words, "id", words->buffer);
}

void words_add_task_number(struct words *words, const struct snapshot_task *task)
{
    label_task_number(task, words->buffer, sizeof words->buffer);
    words_add(words, "id", words->buffer);
}

void words_add_site(struct words *words, const struct snapshot *snapshot, uint32_t stack)
{
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, stack);
    if (!frame)
        return;
    words_add_string(words, "site", snapshot, frame->function);
    words_add_string(words, "site", snapshot, frame->file);
}

int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int compare_texts(const struct snapshot *snapshot, snapshot_string a, snapshot_string b)
{
    return strverscmp(snapshot_text(snapshot, a), snapshot_text(snapshot, b));
}

int compare_sites(const struct snapshot *snapshot, uint32_t stack_a, uint32_t stack_b)
{
    const struct snapshot_frame *a = snapshot_top_frame(snapshot, stack_a);
    const struct snapshot_frame *b = snapshot_top_frame(snapshot, stack_b);
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    int result = compare_texts(snapshot, a->function, b->function);
    return result != 0 ? result : compare_numbers(a->line, b->line);
}
