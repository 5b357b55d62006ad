#include "golang/model/describe.h"

#include "golang/binary/field.h"
#include "golang/binary/types.h"
#include "golang/model/context_state.h"
#include "golang/model/format_value.h"
#include "golang/model/labels.h"

#include <stdlib.h>
#include <string.h>

struct describing {
    const struct go_program *program;
    const struct context_types *types;
    const struct description *wanted;
    struct model *model;
    struct address_map type_names; /* of elements of channels, by type */
    uint64_t todo;                 /* see kind_of() */
    bool failed;                   /* memory ran out */
};

static snapshot_string add_text(struct describing *describing, const char *text)
{
    snapshot_string string = 0;
    if (text[0] && !strings_intern(&describing->model->texts, text, strlen(text), &string))
        describing->failed = true;
    return string;
}

/* What is read from here on has to hold until the text is made of it. */
static void begin_text(const struct describing *describing)
{
    if (describing->wanted->over)
        memory_over_note(describing->wanted->over);
}

static bool text_holds(const struct describing *describing)
{
    return !describing->wanted->over || memory_over_holds(describing->wanted->over);
}

/* ---- which contexts are shown ---- */

/* Every program has Background and TODO; they are worth a line when something hangs below them. */
static bool is_unused_root(const struct describing *describing, size_t index, const bool *has_child)
{
    const struct go_context *context = &describing->model->contexts.items[index];
    uint8_t kind = describing->types->items[context->type].kind;
    return !has_child[index] && (kind == CONTEXT_BACKGROUND || kind == CONTEXT_TODO);
}

static bool is_unheld(const struct describing *describing, const struct go_context *context)
{
    const struct model *model = describing->model;
    uint8_t state = context_state(describing->types, &model->contexts, context);
    return !context->held && (state == CONTEXT_CANCELED || state == CONTEXT_TIMED_OUT) &&
           !heap_survived(describing->program, &model->heap, context->address);
}

/*
 * Memory holds more contexts that ended and were not collected yet than are in use. If no marking
 * has told them apart, one that ended is shown only if the last garbage collection found it alive,
 * or something was seen to hold it or a descendant of it.
 */
static void find_unheld(const struct describing *describing, bool *unheld)
{
    const struct contexts *contexts = &describing->model->contexts;
    for (size_t i = 0; describing->model->searched_ns && i < contexts->count; i++)
        unheld[i] = is_unheld(describing, &contexts->items[i]);
    for (size_t i = 0; i < contexts->count; i++)
        for (uint32_t at = unheld[i] ? CONTEXT_NO_PARENT : contexts->items[i].parent;
             at < contexts->count && unheld[at]; at = contexts->items[at].parent)
            unheld[at] = false;
}

static void mark_shown(const struct describing *describing, const bool *has_child,
                       const bool *unheld)
{
    struct contexts *contexts = &describing->model->contexts;
    const bool *dead = describing->wanted->dead;
    for (size_t i = 0; i < contexts->count; i++) {
        struct go_context *context = &contexts->items[i];
        bool is_of_interest =
            !context->hidden && !(dead && dead[i]) && !is_unused_root(describing, i, has_child);
        context->shown = is_of_interest && !unheld[i];
        describing->model->contexts_unheld += is_of_interest && unheld[i];
    }
}

static bool choose_contexts(const struct describing *describing)
{
    const struct contexts *contexts = &describing->model->contexts;
    bool *has_child = calloc(contexts->count + 1, sizeof *has_child);
    bool *unheld = calloc(contexts->count + 1, sizeof *unheld);
    if (has_child && unheld) {
        for (size_t i = 0; i < contexts->count; i++)
            if (contexts->items[i].parent < contexts->count)
                has_child[contexts->items[i].parent] = true;
        find_unheld(describing, unheld);
        mark_shown(describing, has_child, unheld);
    }
    bool good = has_child && unheld;
    free(has_child);
    free(unheld);
    return good;
}

/* ---- contexts ---- */

/* Up to Go 1.20 both roots are of one type, told apart by the variables that hold them. */
static uint64_t address_of_todo(const struct go_program *program)
{
    uint64_t variable;
    return elf_file_symbol(program->image->executable, "context.todo", &variable)
               ? memory_word(program->memory, variable + program->image->bias)
               : 0;
}

static uint8_t kind_of(const struct describing *describing, const struct go_context *context)
{
    const struct context_type *type = &describing->types->items[context->type];
    bool is_todo = describing->todo && describing->todo == context->address;
    return is_todo && strcmp(type->name, "*context.emptyCtx") == 0 ? CONTEXT_TODO : type->kind;
}

static void describe_pair(struct describing *describing, struct go_context *context)
{
    char text[VALUE_TEXT_SIZE];
    const struct go_program *program = describing->program;
    uint64_t key[2], value[2];
    int32_t key_at = field_offset(program, VALUECTX_KEY);
    int32_t value_at = field_offset(program, VALUECTX_VAL);
    if (key_at < 0 || value_at < 0)
        return;
    begin_text(describing);
    memory_read(program->memory, context->address + (uint64_t)key_at, key, sizeof key);
    memory_read(program->memory, context->address + (uint64_t)value_at, value, sizeof value);
    if (describing->wanted->contents)
        format_value(program, key[0], key[1], true, text);
    else
        format_key(program, key[0], key[1], text);
    if (!text_holds(describing))
        format_value(program, key[0], key[1], false, text);
    context->key = add_text(describing, text);
    format_value(program, value[0], value[1], describing->wanted->contents, text);
    if (!text_holds(describing))
        format_value(program, value[0], value[1], false, text);
    context->value = add_text(describing, text);
}

/* It was read long ago, and is part of what leads to the text. */
static void note_interface(const struct go_program *program, uint64_t address,
                           enum layout_field field)
{
    int32_t at = field_offset(program, field);
    if (at >= 0)
        memory_at(program->memory, address + (uint64_t)at, 16);
}

static void describe_cause(struct describing *describing, struct go_context *context)
{
    char text[VALUE_TEXT_SIZE];
    const struct go_context *holder =
        context_state_holder(describing->types, &describing->model->contexts, context);
    const struct interface_value *cause = holder && !holder->cause.type ? &holder->error
                                          : holder                      ? &holder->cause
                                                                        : NULL;
    if (!cause || !cause->type)
        return;
    begin_text(describing);
    note_interface(describing->program, holder->core, CANCEL_ERR);
    note_interface(describing->program, holder->core, CANCEL_CAUSE);
    format_error(describing->program, cause->type, cause->data, text);
    if (!text_holds(describing))
        format_value(describing->program, cause->type, cause->data, false, text);
    context->cause_text = add_text(describing, text);
}

static void describe_contexts(struct describing *describing)
{
    struct contexts *contexts = &describing->model->contexts;
    for (size_t i = 0; i < contexts->count; i++) {
        struct go_context *context = &contexts->items[i];
        context->kind = kind_of(describing, context);
        if (!context->shown)
            continue;
        if (context->kind == CONTEXT_VALUE)
            describe_pair(describing, context);
        describe_cause(describing, context);
    }
}

/* ---- goroutines ---- */

static snapshot_string name_of_type(struct describing *describing, uint64_t address)
{
    struct go_type type;
    char name[GO_NAME_SIZE];
    snapshot_string text = address_map_get(&describing->type_names, address);
    if (text != ADDRESS_MAP_NONE)
        return text;
    text = 0;
    if (go_type_read(describing->program, address, &type)) {
        go_type_name(describing->program, address, name);
        text = add_text(describing, name);
    }
    if (address)
        describing->failed |= !address_map_put(&describing->type_names, address, text);
    return text;
}

/*
 * The stack is in the capture, but not what it leads to: the poller's descriptors, whose memory
 * never serves anything else, and which name the goroutine that waits.
 */
static void find_descriptor(const struct describing *describing, const struct goroutine *goroutine,
                            struct go_wait *wait)
{
    struct go_stack *stack = describing->model->stacks.stack;
    if (!goroutine->sp)
        return;
    const struct unwind_start start = {goroutine->sp, goroutine->pc, !goroutine->by_registers,
                                       goroutine->low, goroutine->high};
    unwind(describing->program, &start, stack);
    wait_find_descriptor(describing->program, goroutine, stack, wait);
}

static void describe_wait(struct describing *describing, const struct goroutine *goroutine,
                          struct go_wait *wait)
{
    char text[DESCRIPTOR_NAME_SIZE];
    if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor < 0 && describing->model->captured)
        find_descriptor(describing, goroutine, wait);
    if (wait->object == OBJECT_CHANNEL) {
        wait->text = name_of_type(describing, wait->element_type);
    } else if (wait->object == OBJECT_DESCRIPTOR && wait->descriptor >= 0) {
        descriptor_name(describing->wanted->descriptors, wait->descriptor, text);
        wait->text = add_text(describing, text);
    }
}

static void describe_lines(struct describing *describing, const struct pc_info *info)
{
    if (info && info->known && !info->lines)
        describing->failed |= !pc_info_lines(describing->program, info);
}

static void describe_stack(struct describing *describing, const struct goroutine *goroutine)
{
    const struct goroutine_stacks *stacks = &describing->model->stacks;
    const struct stack_summary *stack = &goroutine->stack;
    if (goroutine->moved)
        return;
    for (uint32_t i = 0; i < stack->frame_count; i++)
        describe_lines(describing, stacks->frames[stack->first_frame + i]);
    for (uint32_t i = 0; i < stack->wait_count; i++)
        describe_wait(describing, goroutine, &stacks->waits[stack->first_wait + i]);
}

static void describe_goroutine(struct describing *describing, struct goroutine *goroutine)
{
    char labels[LABELS_SIZE];
    if (goroutine->labels) {
        begin_text(describing);
        field_word(describing->program, goroutine->address, G_LABELS); /* which leads to them */
        labels_text(describing->program, goroutine->labels, labels);
        if (!text_holds(describing))
            labels[0] = '\0';
        goroutine->labels_text = add_text(describing, labels);
    }
    if (goroutine->gopc)
        goroutine->creation = pc_info(describing->program, goroutine->gopc - 1);
    describe_lines(describing, goroutine->creation);
    describe_stack(describing, goroutine);
}

bool model_describe(const struct go_program *program, const struct context_types *types,
                    const struct description *wanted, struct model *model)
{
    struct describing describing = {.program = program,
                                    .types = types,
                                    .wanted = wanted,
                                    .model = model,
                                    .todo = address_of_todo(program)};
    if (!strings_init(&model->texts) || !choose_contexts(&describing))
        return false;
    describe_contexts(&describing);
    for (size_t i = 0; i < model->goroutines.count; i++)
        if (!model->goroutines.items[i].system || wanted->system)
            describe_goroutine(&describing, &model->goroutines.items[i]);
    address_map_free(&describing.type_names);
    return !describing.failed;
}
