#include "ctxreport/format.h"

#include <string.h>

const struct format *const format_table[] = {&format_text, &format_json, &format_sarif, NULL};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; format_table[i]; i++) {
        if (strcmp(format_table[i]->name, name) == 0)
            return format_table[i];
    }
    return NULL;
}
