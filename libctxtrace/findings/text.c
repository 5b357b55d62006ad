#include "findings/text.h"

#include "base/base_name.h"
#include "base/count.h"
#include "base/duration.h"
#include "base/invariant.h"
#include "findings/waiting.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a select; how many more there are is said. */
#define CASES_IN_A_SENTENCE 2

struct text text_into(char *out, size_t size)
{
    invariant(size > 0);
    out[0] = '\0';
    return (struct text){.out = out, .size = size};
}

void text_add(struct text *text, const char *format, ...)
{
    invariant(text->length < text->size);
    size_t room = text->size - text->length;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text->out + text->length, room, format, arguments);
    va_end(arguments);
    if (written < 0) {
        text->out[text->length] = '\0';
        return;
    }
    text->length += (size_t)written < room ? (size_t)written : room - 1;
}

void text_cut_broken_character(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)text[start - 1] < 0xc0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (length - (start - 1) < wanted)
        text[start - 1] = '\0';
}

const char *singular_or_plural(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

void text_count(struct text *text, uint64_t count, const char *singular, const char *plural)
{
    char number[COUNT_SIZE];
    text_add(text, "%s %s", count_text(number, sizeof number, count),
             singular_or_plural(count, singular, plural));
}

void text_contexts(struct text *text, const struct snapshot *snapshot, uint64_t count,
                   const char *singular, const char *plural)
{
    if (snapshot->program.contexts_missing > 0)
        text_add(text, "at least ");
    text_count(text, count, singular, plural);
}

void text_duration(struct text *text, int64_t nanoseconds)
{
    char length[DURATION_SIZE];
    text_add(text, "%s", duration_text(length, sizeof length, nanoseconds > 0 ? nanoseconds : 0));
}

void text_age(struct text *text, const struct snapshot *snapshot, int64_t nanoseconds)
{
    if (snapshot->program.taken_at_least)
        text_add(text, "at least ");
    text_duration(text, nanoseconds);
}

void text_place(struct text *text, const char *preposition, const struct snapshot *snapshot,
                uint32_t stack)
{
    const struct snapshot_frame *frame = snapshot_top_frame(snapshot, stack);
    if (!frame)
        return;
    const char *function = snapshot_text(snapshot, frame->function);
    const char *file = base_name(snapshot_text(snapshot, frame->file));
    const char *module = base_name(snapshot_text(snapshot, frame->module));

    text_add(text, " %s ", preposition);
    if (*function)
        text_add(text, "%s", function);
    else if (*module)
        text_add(text, "%s+0x%" PRIx64, module, frame->module_offset);
    else
        text_add(text, "0x%" PRIx64, frame->pc);
    if (*file && frame->line)
        text_add(text, " (%s:%" PRIu32 ")", file, frame->line);
    else if (*function && *module)
        text_add(text, " (%s)", module);
}

void text_task(struct text *text, const struct snapshot *snapshot, uint32_t task)
{
    if (task == SNAPSHOT_NONE) {
        text_add(text, "a task");
        return;
    }
    const struct snapshot_task *it = &snapshot->tasks[task];
    uint64_t number = it->kind == TASK_THREAD && it->tid ? it->tid : it->id;
    const char *name = snapshot_text(snapshot, it->name);
    text_add(text, "%s %" PRIu64, task_kind_name(it->kind), number);
    if (*name)
        text_add(text, " (%s)", name);
    else if (it->main)
        text_add(text, " (main)");
}

void text_task_id(struct text *text, const struct snapshot *snapshot, uint32_t task, uint64_t id)
{
    if (task != SNAPSHOT_NONE || id == 0)
        text_task(text, snapshot, task);
    else
        text_add(text, "task #%" PRIu64 ", which is gone", id);
}

void text_context(struct text *text, const struct snapshot *snapshot, uint32_t context)
{
    if (context == SNAPSHOT_NONE) {
        text_add(text, "a context");
        return;
    }
    const struct snapshot_context *it = &snapshot->contexts[context];
    const char *name = snapshot_text(snapshot, it->name);
    if (it->kind == CONTEXT_BACKGROUND || it->kind == CONTEXT_TODO) {
        text_add(text, "%s", context_kind_name(it->kind));
        return;
    }
    /* Where it is an address, people know it in hexadecimal. */
    text_add(text, it->id > UINT32_MAX ? "%s context 0x%" PRIx64 : "%s context %" PRIu64,
             context_kind_name(it->kind), it->id);
    if (*name)
        text_add(text, " (%s)", name);
}

void text_likely_context(struct text *text, const struct snapshot *snapshot, uint32_t task)
{
    uint32_t context = snapshot->tasks[task].likely_context;
    if (context == SNAPSHOT_NONE)
        return;
    text_add(text, " It likely works under ");
    text_context(text, snapshot, context);
    if (snapshot->contexts[context].state != CONTEXT_OPEN)
        text_add(text, " (%s)", context_state_name(snapshot->contexts[context].state));
    text_add(text, ".");
}

void text_ended_context(struct text *text, const struct snapshot *snapshot,
                        const struct finding *finding, int64_t age_ns)
{
    const struct claim *claim = &finding->claims[0];
    const char *cause = snapshot_text(snapshot, snapshot->contexts[claim->other].cause_text);
    bool likely, one = finding->count == 1;
    context_to_obey(snapshot, claim->subject, &likely);
    if (likely)
        text_add(text, " although the context that %s likely works under had ended",
                 one ? "it" : "each");
    else
        text_add(text, " although %s context ended", one ? "its" : "their");
    text_add(text, one ? " " : " up to ");
    text_age(text, snapshot, age_ns);
    text_add(text, " ago");
    if (*cause)
        text_add(text, " (%s)", cause);
}

void text_object(struct text *text, const struct snapshot *snapshot, uint32_t object)
{
    const struct snapshot_object *it = &snapshot->objects[object];
    const char *name = snapshot_text(snapshot, it->name);
    if (it->kind == OBJECT_CONTEXT) {
        text_context(text, snapshot, it->context);
        return;
    }
    if (it->kind == OBJECT_TASK) {
        text_task(text, snapshot, it->task);
        return;
    }
    text_add(text, "%s", object_kind_name(it->kind));
    if (it->kind == OBJECT_DESCRIPTOR)
        text_add(text, " %" PRId32, it->descriptor);
    else if (it->address)
        text_add(text, " 0x%" PRIx64, it->address);
    else if (it->id)
        text_add(text, " %" PRIu64, it->id);
    if (*name)
        text_add(text, " (%s)", name);
}

static void add_operation(struct text *text, const struct snapshot *snapshot,
                          const struct snapshot_wait *it)
{
    const char *phrase = wait_operation_phrase(it->operation);
    bool object_follows = phrase[strlen(phrase) - 1] == ' ';
    if (object_follows && snapshot->objects[it->object].kind == OBJECT_NOTHING) {
        text_add(text, it->operation == WAIT_RECEIVE ? "receive from a nil channel"
                       : it->operation == WAIT_SEND  ? "send to a nil channel"
                                                     : "go on after a select without cases");
        return;
    }
    text_add(text, "%s", phrase);
    if (object_follows)
        text_object(text, snapshot, it->object);
}

/* The case that matters first, then the others in their order, as many as a sentence bears. */
void text_wait(struct text *text, const struct snapshot *snapshot, uint32_t wait)
{
    const struct snapshot_wait *it = &snapshot->waits[wait];
    const struct snapshot_task *task = &snapshot->tasks[it->task];
    uint32_t cases = wait_cases(snapshot, it), told = 1;
    add_operation(text, snapshot, it);
    for (uint32_t i = 0; i < task->wait_count && told < CASES_IN_A_SENTENCE; i++) {
        uint32_t other = task->first_wait + i;
        if (other == wait || snapshot->waits[other].group != it->group || cases == 1)
            continue;
        told++;
        text_add(text, told == cases ? " or " : ", ");
        add_operation(text, snapshot, &snapshot->waits[other]);
    }
    if (told < cases)
        text_add(text, " or %" PRIu32 " more", cases - told);
    if (cases > 1)
        text_add(text, " (a select of %" PRIu32 " cases)", cases);
}
