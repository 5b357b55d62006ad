#include "base/count.h"

#include <inttypes.h>
#include <stdio.h>

/* With a comma before every three digits. */
static void group(char *out, size_t size, const char *digits, int length)
{
    size_t used = 0;
    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    if (size > 0)
        out[used] = '\0';
}

const char *count_text(char *out, size_t size, uint64_t count)
{
    char digits[24];
    group(out, size, digits, snprintf(digits, sizeof digits, "%" PRIu64, count));
    return out;
}

const char *number_text(char *out, size_t size, int64_t number)
{
    if (number >= 0 || size < 2)
        return count_text(out, size, (uint64_t)number);
    out[0] = '-';
    count_text(out + 1, size - 1, -(uint64_t)number);
    return out;
}

const char *count_text_short(char *out, size_t size, uint64_t count)
{
    static const char units[] = "kMGTPE";
    if (count < 10000) {
        snprintf(out, size, "%" PRIu64, count);
        return out;
    }
    int unit = 0;
    uint64_t divisor = 1000;
    while (count / divisor >= 1000 && units[unit + 1] != '\0') {
        divisor *= 1000;
        unit++;
    }
    uint64_t whole = count / divisor;
    if (whole < 100)
        snprintf(out, size, "%" PRIu64 ".%" PRIu64 "%c", whole, count % divisor / (divisor / 10),
                 units[unit]);
    else
        snprintf(out, size, "%" PRIu64 "%c", whole, units[unit]);
    return out;
}

const char *rate_text(char *out, size_t size, double per_second)
{
    if (per_second < 0.05)
        snprintf(out, size, "0");
    else if (per_second < 10)
        snprintf(out, size, "%.1f", per_second);
    else
        return count_text(out, size, (uint64_t)(per_second + 0.5));
    return out;
}
