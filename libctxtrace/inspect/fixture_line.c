#include "inspect/fixture_line.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/table.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct named_stack {
    char *name;
    uint32_t stack;
    UT_hash_handle hh;
};

bool fixture_line_fail(struct fixture_line *line, const char *format, ...)
{
    char problem[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    line->failed = true;
    return error_set(line->error, "%s, line %u: %s", line->path, line->number, problem);
}

/* ---- splitting ---- */

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* One character of quoted text, from *from on; the result is never longer than its spelling. */
static char quoted_character(const char **from)
{
    const char *text = *from;
    *from = text + 1;
    if (text[0] != '\\' || text[1] == '\0')
        return text[0];
    *from = text + 2;
    if (text[1] == 'n')
        return '\n';
    if (text[1] == 't')
        return '\t';
    if (text[1] == 'x' && hex_digit(text[2]) >= 0 && hex_digit(text[3]) >= 0) {
        *from = text + 4;
        char character = (char)(hex_digit(text[2]) * 16 + hex_digit(text[3]));
        return character ? character : ' ';
    }
    return text[1];
}

/* Reads one word in place; returns where the next begins, NULL if a quote is not closed. */
static char *split_word(char *text, char **key, char **value)
{
    char *out = text;
    const char *from = text;
    bool quoted = false;
    *key = text;
    *value = NULL;
    while (*from && (quoted || !isspace((unsigned char)*from))) {
        if (*from == '"') {
            quoted = !quoted;
            from++;
        } else if (quoted) {
            *out++ = quoted_character(&from);
        } else if (*from == '=' && !*value) {
            *out++ = '\0';
            *value = out;
            from++;
        } else {
            *out++ = *from++;
        }
    }
    char *next = text + (from - text) + (*from != '\0');
    *out = '\0';
    return quoted ? NULL : next;
}

const char *fixture_line_start(struct fixture_line *line, char *text)
{
    line->word_count = 0;
    text += strspn(text, " \t\r\n");
    if (*text == '#')
        return NULL;
    while (*text) {
        if (line->word_count == FIXTURE_MAX_WORDS) {
            fixture_line_fail(line, "more than %d words", FIXTURE_MAX_WORDS);
            return NULL;
        }
        text = split_word(text, &line->words[line->word_count].key,
                          &line->words[line->word_count].value);
        if (!text) {
            fixture_line_fail(line, "a quote is not closed");
            return NULL;
        }
        line->word_count++;
        text += strspn(text, " \t\r\n");
    }
    return line->word_count ? line->words[0].key : NULL;
}

/* ---- values ---- */

static bool read_number(const char *text, uint64_t limit, uint64_t *number)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false;
    *number = strtoull(text, &end, 0);
    return *end == '\0' && *number <= limit;
}

static bool read_time(const char *text, int64_t *time)
{
    static const struct {
        const char *unit;
        long double nanoseconds;
    } units[] = {{"ns", 1},
                 {"us", NS_PER_US},
                 {"ms", NS_PER_MS},
                 {"s", NS_PER_SECOND},
                 {"m", 60 * NS_PER_SECOND},
                 {"h", 3600 * NS_PER_SECOND}};
    if (strcmp(text, "never") == 0 || strcmp(text, "unknown") == 0) {
        *time = text[0] == 'n' ? SNAPSHOT_NEVER : SNAPSHOT_TIME_UNKNOWN;
        return true;
    }
    char *end;
    long double number = strtold(text, &end);
    if (end == text || !isfinite(number))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].unit) != 0)
            continue;
        long double nanoseconds = number * units[i].nanoseconds;
        if (fabsl(nanoseconds) > 9e18L)
            return false;
        *time = (int64_t)(nanoseconds + (nanoseconds < 0 ? -0.5L : 0.5L));
        return true;
    }
    return false;
}

static bool read_bool(const char *text, bool *value)
{
    *value = !text || strcmp(text, "yes") == 0;
    return *value || strcmp(text, "no") == 0;
}

static bool read_fact(const char *text, struct fact *fact)
{
    uint64_t missing = PRECONDITION_NOT_OBSERVABLE;
    *fact = (struct fact){.value = FACT_UNKNOWN};
    if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0) {
        fact->value = text[0] == 'y' ? FACT_YES : FACT_NO;
        return true;
    }
    if (strncmp(text, "unknown", 7) != 0 ||
        (text[7] != '\0' &&
         (text[7] != ':' || !read_number(text + 8, PRECONDITION_COUNT - 1, &missing))))
        return false;
    fact->missing = (uint8_t)missing;
    return true;
}

bool fixture_name(const char *name, const char *(*names)(unsigned value), uint8_t *value)
{
    enum { MORE_THAN_ANY = 64 };
    for (unsigned i = 0; i < MORE_THAN_ANY; i++) {
        if (strcmp(names(i), name) == 0) {
            *value = (uint8_t)i;
            return true;
        }
    }
    return false;
}

static bool find_stack(const struct fixture_line *line, const char *name, uint32_t *stack)
{
    struct named_stack *found = NULL;
    HASH_FIND_STR(line->stacks, name, found);
    if (found)
        *stack = found->stack;
    return found != NULL;
}

static bool read_value(struct fixture_line *line, const struct attribute *attribute,
                       const char *text)
{
    uint64_t number = 0;
    if (attribute->type == ATTRIBUTE_BOOL)
        return read_bool(text, attribute->destination);
    if (!text)
        return false;
    switch (attribute->type) {
    case ATTRIBUTE_U64:
        return read_number(text, UINT64_MAX, attribute->destination);
    case ATTRIBUTE_U32:
        if (!read_number(text, UINT32_MAX, &number))
            return false;
        *(uint32_t *)attribute->destination = (uint32_t)number;
        return true;
    case ATTRIBUTE_I32: {
        bool negative = text[0] == '-';
        if (!read_number(text + negative, INT32_MAX, &number))
            return false;
        *(int32_t *)attribute->destination = negative ? -(int32_t)number : (int32_t)number;
        return true;
    }
    case ATTRIBUTE_TIME:
        return read_time(text, attribute->destination);
    case ATTRIBUTE_TEXT:
        *(snapshot_string *)attribute->destination = builder_string(line->builder, text);
        return true;
    case ATTRIBUTE_WORD:
        *(const char **)attribute->destination = text;
        return true;
    case ATTRIBUTE_NAME:
        return fixture_name(text, attribute->names, attribute->destination);
    case ATTRIBUTE_FACT:
        return read_fact(text, attribute->destination);
    case ATTRIBUTE_STACK:
        return find_stack(line, text, attribute->destination);
    case ATTRIBUTE_BOOL:
        break;
    }
    return false;
}

/* ---- attributes ---- */

static const struct attribute *find_attribute(const struct attribute *attributes, const char *key)
{
    for (; attributes->key; attributes++) {
        if (strcmp(attributes->key, key) == 0)
            return attributes;
    }
    return NULL;
}

bool fixture_line_read(struct fixture_line *line, const struct attribute *attributes)
{
    for (size_t i = 1; i < line->word_count; i++) {
        const char *key = line->words[i].key, *value = line->words[i].value;
        const struct attribute *attribute = find_attribute(attributes, key);
        if (!attribute)
            return fixture_line_fail(line, "a %s has no %s", line->words[0].key, key);
        if (!read_value(line, attribute, value))
            return fixture_line_fail(line, "%s of a %s cannot be %s", key, line->words[0].key,
                                     value ? value : "without a value");
    }
    return true;
}

bool fixture_line_has(const struct fixture_line *line, const char *key)
{
    for (size_t i = 1; i < line->word_count; i++) {
        if (strcmp(line->words[i].key, key) == 0)
            return true;
    }
    return false;
}

bool fixture_line_needs(struct fixture_line *line, const char *key)
{
    return fixture_line_has(line, key) ||
           fixture_line_fail(line, "this %s lacks %s=", line->words[0].key, key);
}

/* ---- stacks ---- */

/* 0xADDRESS!MODULE+0xOFFSET */
static bool read_raw_frame(struct fixture_line *line, char *text, struct snapshot_frame *frame)
{
    char *end;
    frame->pc = strtoull(text, &end, 16);
    if (*end == '\0')
        return true;
    char *plus = strrchr(end, '+');
    if (*end != '!' || !plus)
        return false;
    *plus = '\0';
    frame->module = builder_string(line->builder, end + 1);
    frame->module_offset = strtoull(plus + 1, &end, 16);
    return *end == '\0';
}

/* [~]FUNCTION@FILE:LINE[!MODULE] */
static bool read_frame(struct fixture_line *line, char *text, struct snapshot_frame *frame)
{
    *frame = (struct snapshot_frame){0};
    if (strncmp(text, "0x", 2) == 0)
        return read_raw_frame(line, text, frame);
    frame->inlined = text[0] == '~';
    text += frame->inlined;
    char *module = strrchr(text, '!');
    if (module) {
        *module = '\0';
        frame->module = builder_string(line->builder, module + 1);
    }
    char *file = strchr(text, '@');
    char *number = file ? strrchr(file, ':') : NULL;
    uint64_t value = 0;
    if (!file || !number || !read_number(number + 1, UINT32_MAX, &value))
        return false;
    *file = *number = '\0';
    frame->function = builder_string(line->builder, text);
    frame->file = builder_string(line->builder, file + 1);
    frame->line = (uint32_t)value;
    return true;
}

static bool remember_stack(struct fixture_line *line, const char *name, uint32_t stack)
{
    struct named_stack *named = calloc(1, sizeof *named);
    if (named)
        named->name = strdup(name);
    if (!named || !named->name) {
        free(named);
        return fixture_line_fail(line, "out of memory");
    }
    named->stack = stack;
    HASH_ADD_KEYPTR(hh, line->stacks, named->name, strlen(named->name), named);
    if (TABLE_HAS(named))
        return true;
    free(named->name);
    free(named);
    return fixture_line_fail(line, "out of memory");
}

bool fixture_line_stack(struct fixture_line *line)
{
    struct snapshot_frame frames[FIXTURE_MAX_WORDS];
    size_t count = 0;
    bool truncated = false;
    uint32_t known;
    if (line->word_count < 2)
        return fixture_line_fail(line, "a stack needs a name and frames");
    if (find_stack(line, line->words[1].key, &known))
        return fixture_line_fail(line, "there is a stack %s already", line->words[1].key);
    for (size_t i = 2; i < line->word_count; i++) {
        if (strcmp(line->words[i].key, "truncated") == 0)
            truncated = true;
        else if (!read_frame(line, line->words[i].key, &frames[count++]))
            return fixture_line_fail(line, "a frame is FUNCTION@FILE:LINE, and %s is not",
                                     line->words[i].key);
    }
    return remember_stack(line, line->words[1].key,
                          builder_stack(line->builder, frames, count, truncated));
}

void fixture_line_end(struct fixture_line *line)
{
    struct named_stack *named, *next;
    HASH_ITER(hh, line->stacks, named, next)
    {
        HASH_DEL(line->stacks, named);
        free(named->name);
        free(named);
    }
}
