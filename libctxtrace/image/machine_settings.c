#include "image/machine_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value && strcmp(value, "0") != 0;
}

static void forbid(struct machine_settings *settings, const char *because)
{
    if (settings->read_only)
        return; /* the first reason is reason enough */
    settings->read_only = true;
    snprintf(settings->read_only_because, sizeof settings->read_only_because, "%s", because);
}

/* "yes" or "no" behind the name; false if it is neither. */
static bool read_answer(const char *text, bool *answer)
{
    *answer = strcmp(text, "yes") == 0;
    return *answer || strcmp(text, "no") == 0;
}

/* Cuts the blanks off both ends. */
static char *trimmed(char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]))
        text[--length] = '\0';
    return text;
}

static bool read_line(char *line, const char *path, struct machine_settings *settings)
{
    bool answer;
    char because[192];
    line = trimmed(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *sign = strchr(line, '=');
    if (!sign)
        return false;
    *sign = '\0';
    const char *name = trimmed(line);
    if (!read_answer(trimmed(sign + 1), &answer))
        return false;
    if (strcmp(name, "syslog") == 0) {
        settings->syslog |= answer;
        return true;
    }
    if (strcmp(name, "read-only") != 0)
        return false;
    snprintf(because, sizeof because, "%.120s says read-only = yes", path);
    if (answer)
        forbid(settings, because);
    return true;
}

static void read_file(const char *path, struct machine_settings *settings)
{
    char *line = NULL, because[192];
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return;
    if (!file) {
        snprintf(because, sizeof because, "%.120s cannot be read (%s)", path, strerror(errno));
        forbid(settings, because);
        return;
    }
    for (unsigned number = 1; getline(&line, &size, file) >= 0; number++) {
        if (read_line(line, path, settings))
            continue;
        snprintf(because, sizeof because,
                 "line %u of %.100s is neither read-only nor syslog = yes or no", number, path);
        forbid(settings, because);
    }
    if (!feof(file)) { /* what was not read may forbid it */
        snprintf(because, sizeof because, "%.120s cannot be read (%s)", path, strerror(errno));
        forbid(settings, because);
    }
    free(line);
    fclose(file);
}

void machine_settings_read(const char *path, struct machine_settings *settings)
{
    *settings = (struct machine_settings){.syslog = is_set("CTXTRACE_SYSLOG")};
    if (is_set("CTXTRACE_READ_ONLY"))
        forbid(settings, "CTXTRACE_READ_ONLY is set");
    read_file(path, settings);
}
