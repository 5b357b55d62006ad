#include "golang/model/context_types.h"

#include "base/array.h"
#include "golang/binary/pclntab.h"

#include <stdlib.h>
#include <string.h>

#define MAX_EMBEDDING 4

struct reading {
    const struct go_program *program;
    struct context_types *types;
    uint64_t context_interface, canceler_interface; /* once they were met */
};

/* Offset of the embedded context.Context, also within embedded structs; -1 for none. */
static int32_t embedded_context(const struct go_program *program, const struct go_type *type,
                                unsigned depth)
{
    struct go_field field;
    for (unsigned i = 0; depth < MAX_EMBEDDING && go_type_field(program, type, i, &field); i++) {
        struct go_type inner;
        if (!field.embedded || field.offset > INT32_MAX ||
            !go_type_read(program, field.type, &inner))
            continue;
        if (go_type_is(program, field.type, "context", "context.Context"))
            return (int32_t)field.offset;
        int32_t found =
            inner.kind == KIND_STRUCT ? embedded_context(program, &inner, depth + 1) : -1;
        if (found >= 0)
            return (int32_t)field.offset + found;
    }
    return -1;
}

static void classify(const struct go_program *program, struct context_type *type)
{
    static const struct {
        const char *name;
        uint8_t kind;
        bool single;
        int32_t parent;
    } known[] = {
        {"*context.cancelCtx", CONTEXT_CANCEL, false, 0},
        {"*context.timerCtx", CONTEXT_DEADLINE, false, 0},
        {"*context.valueCtx", CONTEXT_VALUE, false, 0},
        {"*context.afterFuncCtx", CONTEXT_AFTER_FUNC, false, 0},
        {"context.withoutCancelCtx", CONTEXT_WITHOUT_CANCEL, false, 0},
        {"context.backgroundCtx", CONTEXT_BACKGROUND, true, -1},
        {"context.todoCtx", CONTEXT_TODO, true, -1},
        {"*context.emptyCtx", CONTEXT_BACKGROUND, false, -1},
    };
    struct go_type structure;
    bool readable = go_type_read(program, type->type, &structure) &&
                    (structure.kind != KIND_POINTER ||
                     go_type_read(program, go_type_element(program, &structure), &structure));
    bool is_value = readable && structure.direct && structure.address == type->type;
    type->size = readable && !is_value ? structure.size : 0;
    type->pointee = readable && !is_value ? structure.address : 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(type->name, known[i].name) != 0)
            continue;
        type->kind = known[i].kind;
        type->single = known[i].single;
        type->parent = known[i].parent;
        return;
    }
    type->kind = CONTEXT_CUSTOM;
    type->parent = -1;
    if (!readable)
        return;
    type->single = structure.size == 0;
    if (!structure.direct)
        type->parent = embedded_context(program, &structure, 0);
}

static uint32_t add_type(struct reading *reading, uint64_t address)
{
    struct context_types *types = reading->types;
    uint32_t index = address_map_get(&types->by_type, address);
    if (index != ADDRESS_MAP_NONE)
        return index;
    if (!ARRAY_ROOM(types->items, types->capacity, types->count + 1))
        return ADDRESS_MAP_NONE;
    struct context_type *type = &types->items[types->count];
    *type = (struct context_type){.type = address};
    go_type_name(reading->program, address, type->name);
    classify(reading->program, type);
    if (!address_map_put(&types->by_type, address, (uint32_t)types->count))
        return ADDRESS_MAP_NONE;
    return (uint32_t)types->count++;
}

/* Is it the interface? Remembers the address so that names are compared once. */
static bool is_interface(const struct go_program *program, uint64_t interface, const char *name,
                         uint64_t *known)
{
    if (!*known && go_type_is(program, interface, "context", name))
        *known = interface;
    return *known && interface == *known;
}

static void look_at_itab(void *state, uint64_t itab, uint64_t interface, uint64_t type)
{
    struct reading *reading = state;
    struct context_types *types = reading->types;
    if (!is_interface(reading->program, interface, "context.Context",
                      &reading->context_interface) &&
        !is_interface(reading->program, interface, "context.canceler",
                      &reading->canceler_interface))
        return;
    uint32_t index = add_type(reading, type);
    if (index == ADDRESS_MAP_NONE || !address_map_put(&types->by_itab, itab, index))
        types->failed = true;
}

/* A context may be held as any interface that it happens to have the methods of. */
static void look_at_other_itab(void *state, uint64_t itab, uint64_t interface, uint64_t type)
{
    struct context_types *types = state;
    (void)interface;
    uint32_t index = address_map_get(&types->by_type, type);
    if (index != ADDRESS_MAP_NONE && !address_map_put(&types->by_itab, itab, index))
        types->failed = true;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/*
 * By the name of the function that the literal is in. Where calls were inlined the name has all of
 * them, the innermost last: "main.serve.WithTimeout.WithDeadline.WithDeadlineCause.func2".
 */
static enum closure_kind captured_by(const char *name)
{
    static const struct {
        const char *maker;
        enum closure_kind kind;
    } makers[] = {{"WithCancel", CAPTURES_CANCEL},
                  {"WithDeadline", CAPTURES_DEADLINE},
                  {"WithTimeout", CAPTURES_DEADLINE},
                  {"AfterFunc.", CAPTURES_AFTER_FUNC}};
    enum closure_kind kind = CAPTURES_OTHER;
    for (; *name; name++)
        for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
            if (strncmp(name, makers[i].maker, strlen(makers[i].maker)) == 0)
                kind = makers[i].kind;
    return kind;
}

/* Function literals of context.go: by their name they are cheap to find, their file proves it. */
static void look_at_function(const struct go_program *program, struct context_types *types,
                             uint64_t entry)
{
    struct function function;
    struct line line;
    if (!function_at(program, entry, &function) || function.entry != entry)
        return;
    if (!strstr(function.name, ".func") ||
        (strncmp(function.name, "context.", 8) != 0 && !strstr(function.name, "With") &&
         !strstr(function.name, "AfterFunc")))
        return;
    if (!function_lines(program, &function, entry, &line, 1) ||
        !ends_with(line.file, "context/context.go"))
        return;
    if (!address_map_put(&types->cancel_functions, entry, captured_by(function.name)))
        types->failed = true;
}

static void find_cancel_functions(const struct go_program *program, struct context_types *types)
{
    for (size_t m = 0; m < program->module_count; m++) {
        const struct module *module = &program->modules[m];
        for (uint64_t i = 0; i + 1 < module->function_table.length; i++)
            look_at_function(program, types,
                             module->text +
                                 memory_u32(program->memory, module->function_table.data + 8 * i));
    }
}

bool context_types_read(const struct go_program *program, struct context_types *types)
{
    struct reading reading = {.program = program, .types = types};
    *types = (struct context_types){0};
    go_itabs(program, look_at_itab, &reading);
    if (types->count) {
        go_itabs(program, look_at_other_itab, types);
        find_cancel_functions(program, types);
    }
    return !types->failed;
}

void context_types_free(struct context_types *types)
{
    free(types->items);
    address_map_free(&types->by_itab);
    address_map_free(&types->by_type);
    address_map_free(&types->cancel_functions);
    *types = (struct context_types){0};
}
