#include "base/duration.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MICROSECOND INT64_C(1000)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND      (1000 * MILLISECOND)
#define MINUTE      (60 * SECOND)
#define HOUR        (60 * MINUTE)
#define DAY         (24 * HOUR)
#define LONGEST     (36525 * DAY)

bool duration_parse_bare(const char *text, int64_t bare, int64_t *nanoseconds)
{
    const struct {
        const char *name;
        int64_t length;
    } units[] = {{"", bare},          {"ns", 1},     {"us", MICROSECOND},
                 {"ms", MILLISECOND}, {"s", SECOND}, {"m", MINUTE},
                 {"min", MINUTE},     {"h", HOUR},   {"d", DAY}};
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
