#include "ctxreport/suppression_file.h"

#include "base/array.h"
#include "base/error.h"
#include "findings/rule_table.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* What is read, and where we are. */
struct reading {
    struct suppressions *suppressions;
    struct suppression *open; /* in braces that have not been closed; NULL: outside */
    unsigned line;
    struct error *error;
};

__attribute__((format(printf, 2, 3))) static bool bad_line(struct reading *reading,
                                                           const char *format, ...)
{
    char what[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(reading->error, "%s:%u: %s", reading->suppressions->file, reading->line, what);
}

static bool set_text(struct reading *reading, char **place, const char *key, const char *value)
{
    if (*place)
        return bad_line(reading, "a second %s in one suppression; a suppression has one", key);
    *place = strdup(value);
    return *place || error_no_memory(reading->error);
}

/* ---- keys ---- */

static bool set_rule(struct reading *reading, struct suppression *suppression, const char *value)
{
    for (size_t i = 0; rule_table[i]; i++) {
        if (fnmatch(value, rule_table[i]->name, 0) == 0)
            return set_text(reading, &suppression->globs[NARROW_RULE], "rule", value);
    }
    return bad_line(reading, "there is no rule '%s'; ctxreport inspect --list-rules lists them",
                    value);
}

static bool is_date(const char *text)
{
    struct tm date = {0};
    char again[UNTIL_SIZE];
    const char *end = strptime(text, "%Y-%m-%d", &date);
    if (!end || *end != '\0')
        return false;
    timegm(&date); /* makes the 31st of June the 1st of July */
    return strftime(again, sizeof again, "%Y-%m-%d", &date) > 0 && strcmp(again, text) == 0;
}

static bool set_until(struct reading *reading, struct suppression *suppression, const char *value)
{
    if (suppression->until[0])
        return bad_line(reading, "a second until in one suppression; a suppression has one");
    if (!is_date(value))
        return bad_line(reading, "'%s' is no date such as 2027-06-30", value);
    snprintf(suppression->until, sizeof suppression->until, "%s", value);
    return true;
}

static bool add_function(struct reading *reading, struct suppression *suppression,
                         const char *value)
{
    if (suppression->function_count == MAX_FUNCTIONS)
        return bad_line(reading, "more than %d functions in one suppression", MAX_FUNCTIONS);
    char *copy = strdup(value);
    if (!copy)
        return error_no_memory(reading->error);
    suppression->functions[suppression->function_count++] = copy;
    return true;
}

static bool set_key(struct reading *reading, const char *key, const char *value)
{
    struct suppression *suppression = reading->open;
    if (value[0] == '\0')
        return bad_line(reading, "nothing stands behind '%s:'", key);
    if (strcmp(key, "fun") == 0)
        return add_function(reading, suppression, value);
    if (strcmp(key, "until") == 0)
        return set_until(reading, suppression, value);
    if (strcmp(key, "reason") == 0)
        return set_text(reading, &suppression->reason, key, value);
    if (strcmp(key, "rule") == 0)
        return set_rule(reading, suppression, value);
    for (enum narrowing narrowing = 0; narrowing < NARROW_ANYTHING; narrowing++) {
        if (strcmp(key, narrowing_key(narrowing)) == 0)
            return set_text(reading, &suppression->globs[narrowing], key, value);
    }
    return bad_line(reading,
                    "there is no key '%s'; there are rule, fun, obj, pkg, src, text, until and "
                    "reason",
                    key);
}

/* ---- lines ---- */

static bool add_suppression(struct reading *reading)
{
    struct suppressions *all = reading->suppressions;
    if (!ARRAY_ROOM(all->items, all->capacity, all->count + 1))
        return error_no_memory(reading->error);
    reading->open = &all->items[all->count++];
    *reading->open = (struct suppression){.line = reading->line};
    return true;
}

static bool close_braces(struct reading *reading)
{
    const struct suppression *suppression = reading->open;
    bool narrows = suppression->function_count > 0;
    for (size_t i = 0; i < NARROWING_COUNT; i++)
        narrows |= suppression->globs[i] != NULL;
    reading->open = NULL;
    return narrows ||
           bad_line(reading, "this suppression narrows nothing, and would suppress all "
                             "findings; say which with rule, fun, obj, pkg, src or text");
}

/* RULE:GLOB */
static bool add_short(struct reading *reading, const char *rule, const char *glob)
{
    if (glob[0] == '\0')
        return bad_line(reading, "nothing stands behind '%s:'", rule);
    if (!add_suppression(reading))
        return false;
    struct suppression *suppression = reading->open;
    reading->open = NULL;
    return set_rule(reading, suppression, rule) &&
           set_text(reading, &suppression->globs[NARROW_ANYTHING], "glob", glob);
}

static bool read_pair(struct reading *reading, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return bad_line(reading,
                        reading->open ? "'%s' is not KEY:VALUE, such as fun:refresh_cache"
                                      : "'%s' is neither a { nor RULE:GLOB, such as "
                                        "lost-cancel:refresh_cache",
                        line);
    *colon = '\0';
    char *value = colon + 1;
    value += strspn(value, " \t");
    return reading->open ? set_key(reading, line, value) : add_short(reading, line, value);
}

static bool read_line(struct reading *reading, char *line)
{
    line += strspn(line, " \t");
    for (size_t end = strlen(line); end > 0 && isspace((unsigned char)line[end - 1]); end--)
        line[end - 1] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return true;
    if (strcmp(line, "{") == 0)
        return reading->open ? bad_line(reading, "a { in braces; close those of line %u before",
                                        reading->open->line)
                             : add_suppression(reading);
    if (strcmp(line, "}") == 0)
        return reading->open ? close_braces(reading) : bad_line(reading, "a } that closes nothing");
    return read_pair(reading, line);
}

static bool read_lines(struct reading *reading, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    bool good = true;
    errno = 0;
    while (good && getline(&line, &size, file) >= 0) {
        reading->line++;
        good = read_line(reading, line);
    }
    int number = errno;
    free(line);
    if (good && ferror(file))
        return error_set(reading->error, "%s cannot be read: %s", reading->suppressions->file,
                         strerror(number));
    return good && (!reading->open ||
                    bad_line(reading, "the { of line %u is not closed", reading->open->line));
}

/* ---- files ---- */

static bool read_open(FILE *file, const char *path, struct suppressions **suppressions,
                      struct error *error)
{
    struct reading reading = {.suppressions = calloc(1, sizeof(struct suppressions)),
                              .error = error};
    bool good = reading.suppressions && (reading.suppressions->file = strdup(path));
    good = good ? read_lines(&reading, file) : error_no_memory(error);
    if (good)
        *suppressions = reading.suppressions;
    else
        suppressions_free(reading.suppressions);
    return good;
}

bool suppressions_read(const char *path, struct suppressions **suppressions, struct error *error)
{
    *suppressions = NULL;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_set(error, "the suppressions in %s cannot be read: %s", path, strerror(errno));
    bool good = read_open(file, path, suppressions, error);
    fclose(file);
    return good;
}

/* A file that nobody named may be anything; only a regular one is read. */
static FILE *open_regular(const char *path)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    FILE *file =
        fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) ? fdopen(descriptor, "r") : NULL;
    if (!file)
        close(descriptor);
    return file;
}

bool suppressions_find(struct suppressions **suppressions, struct error *error)
{
    char path[PATH_MAX + sizeof SUPPRESSIONS_NAME];
    *suppressions = NULL;
    if (!getcwd(path, PATH_MAX))
        return true; /* a working directory that is gone has nothing above it */
    for (size_t length = strlen(path); length > 0;) {
        while (length > 0 && path[length - 1] == '/')
            length--;
        strcpy(path + length, "/" SUPPRESSIONS_NAME);
        FILE *file = open_regular(path);
        if (file) {
            bool good = read_open(file, path, suppressions, error);
            fclose(file);
            return good;
        }
        while (length > 0 && path[length - 1] != '/')
            length--;
    }
    return true;
}
