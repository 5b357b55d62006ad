#include "golang/model/format_value.h"

#include "golang/binary/field.h"
#include "golang/binary/types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wanted of strings. */
enum content { TYPE_ONLY, CONSTANT, ANYTHING };

static bool is_code(const struct go_program *program, uint64_t address)
{
    for (size_t i = 0; i < program->module_count; i++)
        if (address >= program->modules[i].min_pc && address < program->modules[i].max_pc)
            return true;
    return false;
}

/* Read-only data lies before the data that can be written, in every way of linking. */
static bool is_constant(const struct go_program *program, uint64_t address)
{
    for (size_t i = 0; i < program->module_count; i++) {
        const struct module *module = &program->modules[i];
        uint64_t end = module->noptrdata < module->data ? module->noptrdata : module->data;
        if (address >= (module->rodata ? module->rodata : module->types) && address < end)
            return true;
    }
    return false;
}

/* The string whose header is at `address`; false when there is none, or not one that is wanted. */
static bool read_string(const struct go_program *program, uint64_t address, enum content content,
                        char *text, size_t size)
{
    struct slice string = go_slice(program, address);
    text[0] = '\0';
    /* What was a string before its memory was used again can point anywhere. */
    if (string.length && (is_code(program, string.data) ||
                          (content == CONSTANT && !is_constant(program, string.data))))
        return false;
    if (!string.length)
        return memory_at(program->memory, address, 16) != NULL;
    bool cut = string.length >= size;
    uint64_t length = cut ? size - 4 : string.length;
    if (!memory_read(program->memory, string.data, text, length))
        return false;
    memcpy(text + length, cut ? "..." : "", cut ? 4 : 1);
    return true;
}

/* As many digits as it takes to read the same number back, and six where fewer would do. */
static void float_text(double number, bool is_single, char *text, size_t size)
{
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, number);
        double back = strtod(text, NULL);
        if (is_single ? (float)back == (float)number : back == number)
            return;
    }
}

static bool number_text(const struct go_program *program, const struct go_type *type,
                        uint64_t address, char *text, size_t size)
{
    uint64_t word = 0;
    if (!type->size || type->size > 8 ||
        !memory_read(program->memory, address, &word, (size_t)type->size))
        return false;
    unsigned unused = 64 - 8 * (unsigned)type->size;
    int64_t number = (int64_t)(word << unused) >> unused;
    float single;
    double real;
    if (type->kind == KIND_BOOL)
        snprintf(text, size, "%s", word ? "true" : "false");
    else if (type->kind >= KIND_INT && type->kind <= KIND_INT64)
        snprintf(text, size, "%" PRId64, number);
    else if (type->kind >= KIND_UINT && type->kind <= KIND_UINTPTR)
        snprintf(text, size, "%" PRIu64, word);
    else if (type->kind == KIND_FLOAT32)
        memcpy(&single, &word, 4), float_text(single, true, text, size);
    else if (type->kind == KIND_FLOAT64)
        memcpy(&real, &word, 8), float_text(real, false, text, size);
    else
        return false;
    return true;
}

/* The first field of a struct, if that is a string: names of keys and messages are kept so. */
static bool first_string(const struct go_program *program, const struct go_type *type,
                         uint64_t address, enum content content, char *text, size_t size)
{
    struct go_field field;
    struct go_type field_type;
    return go_type_field(program, type, 0, &field) && field.offset == 0 &&
           go_type_read(program, field.type, &field_type) && field_type.kind == KIND_STRING &&
           read_string(program, address, content, text, size);
}

/* What is plain in a value: itself, or the first string of the struct that it is or points to. */
static bool plain_content(const struct go_program *program, uint64_t type_address, uint64_t data,
                          enum content content, char *text, size_t size)
{
    struct go_type type;
    if (!go_type_read(program, type_address, &type))
        return false;
    if (type.kind == KIND_STRING)
        return read_string(program, data, content, text, size);
    if (type.kind == KIND_POINTER) {
        uint64_t element = go_type_element(program, &type);
        return go_type_read(program, element, &type) && type.kind == KIND_STRUCT &&
               first_string(program, &type, data, content, text, size);
    }
    if (type.kind == KIND_STRUCT)
        return !type.direct && first_string(program, &type, data, content, text, size);
    return number_text(program, &type, data, text, size);
}

static void value_text(const struct go_program *program, uint64_t type, uint64_t data,
                       enum content content, char text[VALUE_TEXT_SIZE])
{
    char name[GO_NAME_SIZE], inner[VALUE_TEXT_SIZE - GO_NAME_SIZE - 8];
    text[0] = '\0';
    if (!type) {
        snprintf(text, VALUE_TEXT_SIZE, "nil");
        return;
    }
    go_type_name(program, type, name);
    if (content == TYPE_ONLY || !plain_content(program, type, data, content, inner, sizeof inner))
        snprintf(text, VALUE_TEXT_SIZE, "%s", name);
    else if (strcmp(name, "string") == 0)
        snprintf(text, VALUE_TEXT_SIZE, "\"%s\"", inner);
    else
        snprintf(text, VALUE_TEXT_SIZE, "%s(%s)", name, inner);
}

void format_value(const struct go_program *program, uint64_t type, uint64_t data, bool content,
                  char text[VALUE_TEXT_SIZE])
{
    value_text(program, type, data, content ? ANYTHING : TYPE_ONLY, text);
}

void format_key(const struct go_program *program, uint64_t type, uint64_t data,
                char text[VALUE_TEXT_SIZE])
{
    value_text(program, type, data, CONSTANT, text);
}

void format_error(const struct go_program *program, uint64_t type, uint64_t data,
                  char text[VALUE_TEXT_SIZE])
{
    static const char *const message_first[] = {"*errors.errorString", "*fmt.wrapError",
                                                "*fmt.wrapErrors", "*fmt.fmtError"};
    char name[GO_NAME_SIZE];
    go_type_name(program, type, name);
    if (strcmp(name, "context.deadlineExceededError") == 0) {
        snprintf(text, VALUE_TEXT_SIZE, "context deadline exceeded");
        return;
    }
    for (size_t i = 0; i < sizeof message_first / sizeof message_first[0]; i++)
        if (strcmp(name, message_first[i]) == 0 &&
            read_string(program, data, ANYTHING, text, VALUE_TEXT_SIZE))
            return;
    format_value(program, type, data, true, text);
}
