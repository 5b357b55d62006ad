#include "ctxreport/suppression.h"

#include "base/base_name.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *narrowing_key(enum narrowing narrowing)
{
    static const char *const keys[NARROWING_COUNT] = {
        [NARROW_RULE] = "rule",  [NARROW_MODULE] = "obj", [NARROW_PACKAGE] = "pkg",
        [NARROW_SOURCE] = "src", [NARROW_TEXT] = "text",  [NARROW_ANYTHING] = "*"};
    return keys[narrowing];
}

/* ---- matching ---- */

static bool fits(const char *glob, const char *text)
{
    return text && fnmatch(glob, text, 0) == 0;
}

static bool fits_path(const char *glob, const char *path)
{
    return path && (fits(glob, path) || fits(glob, base_name(path)));
}

static bool fits_function(const char *glob, const struct suppressible_frame *frame)
{
    return fits(glob, frame->function) || fits(glob, frame->linkage);
}

/*
 * What follows the path of a package up to the dot is its last element; generic types may hold
 * slashes and dots of others, behind a bracket.
 */
char *package_of_function(const char *function)
{
    size_t length = strcspn(function, "[");
    size_t slash = length;
    while (slash > 0 && function[slash - 1] != '/')
        slash--;
    const char *dot = memchr(function + slash, '.', length - slash);
    return dot ? strndup(function, (size_t)(dot - function)) : NULL;
}

static bool fits_package(const char *glob, const struct suppressible_frame *frame)
{
    char *package = frame->function ? package_of_function(frame->function) : NULL;
    bool is = fits(glob, package);
    free(package);
    return is;
}

static bool fits_anything(const char *glob, const struct suppressible_frame *frame)
{
    return fits_function(glob, frame) || fits_path(glob, frame->file) ||
           fits_path(glob, frame->module);
}

static bool frame_fits(enum narrowing narrowing, const char *glob,
                       const struct suppressible_frame *frame)
{
    switch (narrowing) {
    case NARROW_MODULE:
        return fits_path(glob, frame->module);
    case NARROW_PACKAGE:
        return fits_package(glob, frame);
    case NARROW_SOURCE:
        return fits_path(glob, frame->file);
    default:
        return fits_anything(glob, frame);
    }
}

static bool some_frame_fits(enum narrowing narrowing, const char *glob,
                            const struct suppressible *finding)
{
    for (size_t i = 0; i < finding->frame_count; i++) {
        if (frame_fits(narrowing, glob, &finding->frames[i]))
            return true;
    }
    return false;
}

static bool holds(const struct suppression *suppression, enum narrowing narrowing,
                  const struct suppressible *finding)
{
    const char *glob = suppression->globs[narrowing];
    if (!glob)
        return true;
    if (narrowing == NARROW_RULE)
        return fits(glob, finding->rule);
    if (narrowing == NARROW_TEXT)
        return fits(glob, finding->sentence);
    if (narrowing == NARROW_PACKAGE && !finding->is_go)
        return false;
    return some_frame_fits(narrowing, glob, finding);
}

/* Taking the first frame that fits leaves the most to those that follow. */
static bool stack_has_functions(const struct suppression *suppression,
                                const struct suppressible *finding, size_t first, size_t end)
{
    size_t found = 0;
    for (size_t i = first; i < end && found < suppression->function_count; i++)
        found += fits_function(suppression->functions[found], &finding->frames[i]);
    return found == suppression->function_count;
}

static bool some_stack_has_functions(const struct suppression *suppression,
                                     const struct suppressible *finding)
{
    if (suppression->function_count == 0)
        return true;
    for (size_t i = 0, first = 0; i < finding->stack_count; first = finding->stack_ends[i++]) {
        if (stack_has_functions(suppression, finding, first, finding->stack_ends[i]))
            return true;
    }
    return false;
}

bool suppression_matches(const struct suppression *suppression, const struct suppressible *finding)
{
    for (enum narrowing narrowing = 0; narrowing < NARROWING_COUNT; narrowing++) {
        if (!holds(suppression, narrowing, finding))
            return false;
    }
    return some_stack_has_functions(suppression, finding);
}

bool suppression_has_expired(const struct suppression *suppression, int64_t now_ns)
{
    char today[UNTIL_SIZE];
    time_t now = (time_t)(now_ns / 1000000000);
    struct tm date;
    if (!suppression->until[0] || !gmtime_r(&now, &date) ||
        strftime(today, sizeof today, "%Y-%m-%d", &date) == 0)
        return false;
    return strcmp(suppression->until, today) < 0;
}

/* ---- in words ---- */

static void put_words(FILE *out, const struct suppression *suppression)
{
    const char *before = "";
    if (suppression->globs[NARROW_ANYTHING]) {
        fprintf(out, "%s:%s", suppression->globs[NARROW_RULE], suppression->globs[NARROW_ANYTHING]);
        return;
    }
    for (enum narrowing narrowing = 0; narrowing < NARROWING_COUNT; narrowing++) {
        if (!suppression->globs[narrowing])
            continue;
        fprintf(out, "%s%s:%s", before, narrowing_key(narrowing), suppression->globs[narrowing]);
        before = " ";
    }
    for (size_t i = 0; i < suppression->function_count; i++, before = " ")
        fprintf(out, "%sfun:%s", before, suppression->functions[i]);
}

char *suppression_in_words(const struct suppression *suppression)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    put_words(out, suppression);
    bool good = !ferror(out);
    if (fclose(out) == 0 && good)
        return text;
    free(text);
    return NULL;
}

void suppressions_free(struct suppressions *suppressions)
{
    for (size_t i = 0; suppressions && i < suppressions->count; i++) {
        struct suppression *item = &suppressions->items[i];
        for (size_t k = 0; k < NARROWING_COUNT; k++)
            free(item->globs[k]);
        for (size_t k = 0; k < item->function_count; k++)
            free(item->functions[k]);
        free(item->reason);
    }
    if (suppressions) {
        free(suppressions->items);
        free(suppressions->file);
    }
    free(suppressions);
}
