#include "image/user_time.h"

#include "base/read_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_FROM_NAME_TO_TIME = 12 };

int64_t user_time_parse(const char *stat)
{
    const char *at = strrchr(stat, ')');
    for (int field = 0; at && field < FIELDS_FROM_NAME_TO_TIME; field++) {
        at = strchr(at, ' ');
        at += at != NULL;
    }
    if (!at || !isdigit((unsigned char)*at))
        return -1;
    char *end;
    errno = 0;
    long long ticks = strtoll(at, &end, 10);
    return errno == 0 && *end == ' ' ? ticks : -1;
}

int64_t user_time_ticks(const struct image *image, int tid)
{
    char path[64], text[1024];
    if (!image->live)
        return -1;
    snprintf(path, sizeof path, "task/%d/stat", tid);
    read_text(image->directory, path, text, sizeof text);
    return user_time_parse(text);
}
