#include "golang/model/context_types.h"

#include "base/array.h"
#include "golang/heap/pointers.h"
#include "golang/model/own_methods.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    const struct go_program *program;
    struct context_types *types;
    uint64_t context_interface, canceler_interface; /* once they were met */
    struct own_methods own_methods;
    struct masks masks;
};

#define MOST_WORDS 64 /* of a type that objects are compared with */

/* false: it is none of package context. */
static bool classify_known(struct context_type *type)
{
    static const struct {
        const char *name;
        uint8_t kind;
        bool single, has_parent;
    } known[] = {
        {"*context.cancelCtx", CONTEXT_CANCEL, false, true},
        {"*context.timerCtx", CONTEXT_DEADLINE, false, true},
        {"*context.valueCtx", CONTEXT_VALUE, false, true},
        {"*context.afterFuncCtx", CONTEXT_AFTER_FUNC, false, true},
        {"context.withoutCancelCtx", CONTEXT_WITHOUT_CANCEL, false, true},
        {"context.backgroundCtx", CONTEXT_BACKGROUND, true, false},
        {"context.todoCtx", CONTEXT_TODO, true, false},
        {"*context.emptyCtx", CONTEXT_BACKGROUND, false, false},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(type->name, known[i].name) != 0)
            continue;
        type->kind = known[i].kind;
        type->single = known[i].single;
        type->parent = known[i].has_parent ? PARENT_IN_FRONT : (struct parent_path){0};
        return true;
    }
    return false;
}

/* The field with which a struct of a single pointer is filled: others have no size. */
static bool only_field(const struct go_program *program, const struct go_type *structure,
                       struct go_type *inner)
{
    struct go_field field;
    for (unsigned i = 0; go_type_field(program, structure, i, &field); i++)
        if (go_type_read(program, field.type, inner) && inner->size)
            return true;
    return false;
}

/* What the data word of an interface with a value of this type points to. */
static void note_pointee(const struct go_program *program, struct go_type type,
                         struct context_type *of)
{
    struct go_type inner;
    for (unsigned depth = 0; depth < MAX_PATH_STEPS && type.kind == KIND_STRUCT && type.direct;
         depth++) {
        if (!only_field(program, &type, &inner))
            return;
        type = inner;
    }
    of->is_function = type.kind == KIND_FUNC;
    of->is_map = type.kind == KIND_MAP;
    if (type.kind == KIND_POINTER && !go_type_read(program, go_type_element(program, &type), &type))
        return;
    if (type.direct && type.kind != KIND_STRUCT)
        return; /* a map, a channel, a function: the runtime's own structure */
    of->size = type.size;
    of->pointee = type.address;
}

static void classify(struct reading *reading, struct context_type *type, uint32_t number)
{
    const struct go_program *program = reading->program;
    struct go_type structure;
    bool readable = go_type_read(program, type->type, &structure) &&
                    (structure.kind != KIND_POINTER ||
                     go_type_read(program, go_type_element(program, &structure), &structure));
    bool is_data_word = readable && structure.direct && structure.address == type->type;
    if (is_data_word) {
        note_pointee(program, structure, type);
    } else if (readable) {
        type->size = structure.size;
        type->pointee = structure.address;
    }
    if (classify_known(type))
        return;
    type->kind = CONTEXT_CUSTOM;
    if (!readable)
        return;
    type->single = structure.size == 0;
    type->parent = parent_path_of(program, &structure, is_data_word);
    own_methods_add(&reading->own_methods, program, &structure, number);
}

static void note_pointers(struct reading *reading, struct context_type *type)
{
    uint64_t words = type->size / 8 < MOST_WORDS ? type->size / 8 : MOST_WORDS;
    if (words && type->pointee &&
        type_pointer_words(&reading->masks, type->pointee, (unsigned)words, &type->pointers))
        type->pointer_words = (unsigned)words;
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
    classify(reading, type, (uint32_t)types->count);
    note_pointers(reading, type);
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

static void note_own_method(void *state, uint32_t number, enum context_method method)
{
    struct context_types *types = state;
    if (method == METHOD_DEADLINE)
        types->items[number].own_deadline = true;
    else
        types->items[number].own_end = true;
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
    if (index == ADDRESS_MAP_NONE || !address_map_put(&types->by_itab, itab, index)) {
        types->failed = true;
        return;
    }
    if (types->items[index].kind == CONTEXT_CUSTOM && interface == reading->context_interface)
        for (enum context_method method = 0; method < CONTEXT_METHODS; method++)
            if (own_method_by_itab(reading->program, itab, method))
                note_own_method(types, index, method);
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
                  {"AfterFunc.", CAPTURES_AFTER_FUNC},
                  {"propagateCancel", WATCHES_PARENT}};
    enum closure_kind kind = CAPTURES_OTHER;
    for (; *name; name++)
        for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
            if (strncmp(name, makers[i].maker, strlen(makers[i].maker)) == 0)
                kind = makers[i].kind;
    return kind;
}

/* Function literals of context.go: by their name they are cheap to find, their file proves it. */
static void look_for_literal(const struct go_program *program, struct context_types *types,
                             const struct function *function)
{
    struct line line;
    if (!strstr(function->name, ".func") ||
        (strncmp(function->name, "context.", 8) != 0 && !strstr(function->name, "With") &&
         !strstr(function->name, "AfterFunc")))
        return;
    if (!function_lines(program, function, function->entry, &line, 1) ||
        !ends_with(line.file, "context/context.go"))
        return;
    if (!address_map_put(&types->cancel_functions, function->entry, captured_by(function->name)))
        types->failed = true;
}

static void look_at_functions(struct reading *reading)
{
    const struct go_program *program = reading->program;
    struct function function;
    for (size_t m = 0; m < program->module_count; m++) {
        const struct module *module = &program->modules[m];
        for (uint64_t i = 0; i + 1 < module->function_table.length; i++) {
            uint64_t entry =
                module->text + memory_u32(program->memory, module->function_table.data + 8 * i);
            if (!function_at(program, entry, &function) || function.entry != entry)
                continue;
            look_for_literal(program, reading->types, &function);
            own_methods_match(&reading->own_methods, program, &function, note_own_method,
                              reading->types);
        }
    }
}

bool context_types_read(const struct go_program *program, struct context_types *types)
{
    struct reading reading = {.program = program, .types = types, .masks.program = program};
    *types = (struct context_types){0};
    go_itabs(program, look_at_itab, &reading);
    if (types->count) {
        go_itabs(program, look_at_other_itab, types);
        look_at_functions(&reading);
    }
    types->failed |= reading.own_methods.failed;
    own_methods_free(&reading.own_methods);
    masks_free(&reading.masks);
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
