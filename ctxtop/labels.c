#include "ctxtop/labels.h"

#include "base/base_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void label_id(uint64_t id, char *out, size_t size)
{
    if (id > UINT32_MAX)
        snprintf(out, size, "0x%" PRIx64, id);
    else
        snprintf(out, size, "#%" PRIu64, id);
}

static void label_value(const struct snapshot *snapshot, const struct snapshot_context *context,
                        char *out, size_t size)
{
    const char *key = snapshot_text(snapshot, context->key);
    const char *value = snapshot_text(snapshot, context->value);
    if (value[0] != '\0')
        snprintf(out, size, "%s=%s", key, value);
    else
        snprintf(out, size, "%s", key);
}

void label_program(const struct snapshot *snapshot, char *out, size_t size)
{
    const char *path = snapshot_text(snapshot, snapshot->program.executable);
    const char *command = snapshot_text(snapshot, snapshot->program.command);
    const char *executable = base_name(path);
    size_t length = strcspn(command, " ");
    char called[LABEL_SIZE];
    /* A path may have blanks, and the command is one text. */
    if (path[0] != '\0' && strncmp(command, path, strlen(path)) == 0)
        length = 0;
    snprintf(called, sizeof called, "%.*s", (int)length, command);
    const char *name = base_name(called);
    if (executable[0] == '\0')
        snprintf(out, size, "%s", command[0] == '\0' ? "program" : command);
    else if (name[0] == '\0' || strcmp(name, executable) == 0)
        snprintf(out, size, "%s", executable);
    else
        snprintf(out, size, "%s (%s)", name, executable);
}

void label_context(const struct snapshot *snapshot, uint32_t index, char *out, size_t size)
{
    if (index == SNAPSHOT_NONE) {
        snprintf(out, size, "-");
        return;
    }
    const struct snapshot_context *context = &snapshot->contexts[index];
    const char *type = snapshot_text(snapshot, context->type);
    if (context->name != 0)
        snprintf(out, size, "%s", snapshot_text(snapshot, context->name));
    else if (context->kind == CONTEXT_VALUE && context->key != 0)
        label_value(snapshot, context, out, size);
    else if (context->kind == CONTEXT_BACKGROUND || context->kind == CONTEXT_TODO)
        snprintf(out, size, "%s", context_kind_name(context->kind));
    else if (type[0] != '\0' && context->kind == CONTEXT_CUSTOM)
        snprintf(out, size, "%s", type);
    else
        label_id(context->id, out, size);
}

/* A thread has the number by which other tools know it, without a # before it. */
void label_task_number(const struct snapshot_task *task, char *out, size_t size)
{
    if (task->kind == TASK_THREAD && task->tid != 0)
        snprintf(out, size, "%" PRIu32, task->tid);
    else
        label_id(task->id, out, size);
}

static void label_nameless_task(const struct snapshot_task *task, char *out, size_t size)
{
    char number[LABEL_SIZE];
    label_task_number(task, number, sizeof number);
    snprintf(out, size, "%s %s", task_kind_name(task->kind), number);
}

void label_task(const struct snapshot *snapshot, uint32_t index, char *out, size_t size)
{
    if (index == SNAPSHOT_NONE) {
        snprintf(out, size, "-");
        return;
    }
    const struct snapshot_task *task = &snapshot->tasks[index];
    if (task->name != 0)
        snprintf(out, size, "%s", snapshot_text(snapshot, task->name));
    else if (task->main)
        snprintf(out, size, "main");
    else
        label_nameless_task(task, out, size);
}

void label_task_or_id(const struct snapshot *snapshot, uint32_t task, uint64_t id, char *out,
                      size_t size)
{
    if (task != SNAPSHOT_NONE) {
        label_task(snapshot, task, out, size);
        return;
    }
    if (id == 0) {
        snprintf(out, size, "unknown");
        return;
    }
    char number[LABEL_SIZE];
    label_id(id, number, sizeof number);
    snprintf(out, size, "task %s (gone)", number);
}

static void label_descriptor(const struct snapshot *snapshot, const struct snapshot_object *object,
                             char *out, size_t size)
{
    if (object->name != 0)
        snprintf(out, size, "descriptor %d (%s)", object->descriptor,
                 snapshot_text(snapshot, object->name));
    else
        snprintf(out, size, "descriptor %d", object->descriptor);
}

static void label_plain_object(const struct snapshot *snapshot,
                               const struct snapshot_object *object, char *out, size_t size)
{
    const char *kind = object_kind_name(object->kind);
    if (object->name != 0)
        snprintf(out, size, "%s %s", kind, snapshot_text(snapshot, object->name));
    else if (object->address != 0)
        snprintf(out, size, "%s 0x%" PRIx64, kind, object->address);
    else
        snprintf(out, size, "%s", kind);
}

void label_object(const struct snapshot *snapshot, uint32_t index, char *out, size_t size)
{
    if (index == SNAPSHOT_NONE) {
        snprintf(out, size, "-");
        return;
    }
    const struct snapshot_object *object = &snapshot->objects[index];
    char label[LABEL_SIZE];
    if (object->kind == OBJECT_CONTEXT && object->context != SNAPSHOT_NONE) {
        label_context(snapshot, object->context, label, sizeof label);
        snprintf(out, size, "context %s", label);
    } else if (object->kind == OBJECT_TASK && object->task != SNAPSHOT_NONE) {
        label_task(snapshot, object->task, label, sizeof label);
        snprintf(out, size, "task %s", label);
    } else if (object->kind == OBJECT_DESCRIPTOR) {
        label_descriptor(snapshot, object, out, size);
    } else {
        label_plain_object(snapshot, object, out, size);
    }
}

void label_frame(const struct snapshot *snapshot, const struct snapshot_frame *frame, char *out,
                 size_t size)
{
    if (size == 0)
        return;
    out[0] = '\0';
    if (!frame)
        return;
    const char *function = snapshot_text(snapshot, frame->function);
    const char *file = base_name(snapshot_text(snapshot, frame->file));
    const char *module = base_name(snapshot_text(snapshot, frame->module));
    char place[LABEL_SIZE];
    if (file[0] != '\0' && frame->line != 0)
        snprintf(place, sizeof place, "%s:%u", file, frame->line);
    else if (file[0] != '\0')
        snprintf(place, sizeof place, "%s", file);
    else if (module[0] != '\0')
        snprintf(place, sizeof place, "%s+0x%" PRIx64, module, frame->module_offset);
    else
        snprintf(place, sizeof place, "0x%" PRIx64, frame->pc);
    if (function[0] != '\0')
        snprintf(out, size, "%s %s", function, place);
    else
        snprintf(out, size, "%s", place);
}

void label_site(const struct snapshot *snapshot, uint32_t stack, char *out, size_t size)
{
    label_frame(snapshot, snapshot_top_frame(snapshot, stack), out, size);
}
