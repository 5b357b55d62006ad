#include "base/duration.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
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

const char *duration_text(char *buffer, size_t size, int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t length = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    if (length < MICROSECOND)
        snprintf(buffer, size, "%s%" PRIu64 " ns", sign, length);
    else if (length < MILLISECOND)
        snprintf(buffer, size, "%s%" PRIu64 " us", sign, length / MICROSECOND);
    else if (length < SECOND)
        snprintf(buffer, size, "%s%" PRIu64 " ms", sign, length / MILLISECOND);
    else if (length < MINUTE)
        snprintf(buffer, size, "%s%" PRIu64 ".%" PRIu64 " s", sign, length / SECOND,
                 length / (SECOND / 10) % 10);
    else if (length < HOUR)
        snprintf(buffer, size, "%s%" PRIu64 " min %" PRIu64 " s", sign, length / MINUTE,
                 length / SECOND % 60);
    else if (length < DAY)
        snprintf(buffer, size, "%s%" PRIu64 " h %" PRIu64 " min", sign, length / HOUR,
                 length / MINUTE % 60);
    else
        snprintf(buffer, size, "%s%" PRIu64 " d %" PRIu64 " h", sign, length / DAY,
                 length / HOUR % 24);
    return buffer;
}

const char *number_text(char *buffer, size_t size, int64_t number)
{
    char digits[NUMBER_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number);
    size_t out = 0;
    for (int i = 0; i < length && out + 2 < size; i++) {
        bool group = i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-';
        if (group)
            buffer[out++] = ',';
        buffer[out++] = digits[i];
    }
    buffer[out] = '\0';
    return buffer;
}
