#include "base/duration.h"

#include "base/clock.h"
#include "base/times.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MICROSECOND ((uint64_t)NS_PER_US)
#define MILLISECOND ((uint64_t)NS_PER_MS)
#define SECOND      ((uint64_t)NS_PER_SECOND)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)
#define LONGEST     (36525 * DAY)

struct unit {
    uint64_t length;
    const char *name;
};

static const struct unit unit_ns = {1, "ns"}, unit_us = {MICROSECOND, "us"},
                         unit_ms = {MILLISECOND, "ms"}, unit_s = {SECOND, "s"},
                         unit_m = {MINUTE, "m"}, unit_h = {HOUR, "h"}, unit_d = {DAY, "d"};

/* "3h04m": the rest in the next smaller unit, always two digits, so that columns stand still. */
static void print_two(char *out, size_t size, const char *sign, uint64_t length,
                      const struct unit *unit, const struct unit *smaller)
{
    snprintf(out, size, "%s%" PRIu64 "%s%02" PRIu64 "%s", sign, length / unit->length, unit->name,
             length % unit->length / smaller->length, smaller->name);
}

static void print_one(char *out, size_t size, const char *sign, uint64_t length,
                      const struct unit *unit)
{
    snprintf(out, size, "%s%" PRIu64 "%s", sign, length / unit->length, unit->name);
}

const char *duration_text(char *out, size_t size, int64_t nanoseconds)
{
    const char *sign = nanoseconds < 0 ? "-" : "";
    uint64_t length = nanoseconds < 0 ? -(uint64_t)nanoseconds : (uint64_t)nanoseconds;
    if (length == 0)
        print_one(out, size, "", 0, &unit_s);
    else if (length < MICROSECOND)
        print_one(out, size, sign, length, &unit_ns);
    else if (length < MILLISECOND)
        print_one(out, size, sign, length, &unit_us);
    else if (length < SECOND)
        print_one(out, size, sign, length, &unit_ms);
    else if (length < 10 * SECOND)
        snprintf(out, size, "%s%" PRIu64 ".%" PRIu64 "s", sign, length / SECOND,
                 length % SECOND / (SECOND / 10));
    else if (length < MINUTE)
        print_one(out, size, sign, length, &unit_s);
    else if (length < HOUR)
        print_two(out, size, sign, length, &unit_m, &unit_s);
    else if (length < DAY)
        print_two(out, size, sign, length, &unit_h, &unit_m);
    else if (length < 100 * DAY)
        print_two(out, size, sign, length, &unit_d, &unit_h);
    else
        print_one(out, size, sign, length, &unit_d);
    return out;
}

/* What the last digit of its text counts. */
static int64_t last_unit_of(uint64_t length)
{
    const struct {
        uint64_t below, unit;
    } units[] = {{MICROSECOND, 1},      {MILLISECOND, MICROSECOND},
                 {SECOND, MILLISECOND}, {10 * SECOND, SECOND / 10},
                 {HOUR, SECOND},        {DAY, MINUTE},
                 {100 * DAY, HOUR}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (length < units[i].below)
            return (int64_t)units[i].unit;
    return DAY;
}

const char *duration_text_at_most(char *out, size_t size, int64_t nanoseconds)
{
    return duration_text(out, size,
                         time_plus(nanoseconds, last_unit_of((uint64_t)nanoseconds) - 1));
}

bool duration_parse_bare(const char *text, int64_t bare, int64_t *nanoseconds)
{
    const struct {
        const char *name;
        uint64_t length;
    } units[] = {{"", (uint64_t)bare}, {"ns", 1},     {"us", MICROSECOND},
                 {"ms", MILLISECOND},  {"s", SECOND}, {"m", MINUTE},
                 {"min", MINUTE},      {"h", HOUR},   {"d", DAY}};
    char *unit;
    /* strtod alone would also take signs, "inf", exponents and hexadecimal. */
    char behind = text[strspn(text, "0123456789.")];
    if (!isdigit((unsigned char)text[0]) || (behind != '\0' && strchr("eExX", behind)))
        return false;
    double number = strtod(text, &unit);
    while (*unit == ' ')
        unit++;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        double length = number * (double)units[i].length;
        if (strcmp(unit, units[i].name) == 0 && length <= (double)LONGEST) {
            *nanoseconds = (int64_t)length;
            return true;
        }
    }
    return false;
}

bool duration_parse(const char *text, int64_t *nanoseconds)
{
    return duration_parse_bare(text, SECOND, nanoseconds);
}
