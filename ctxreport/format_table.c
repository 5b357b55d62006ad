#include "ctxreport/format_table.h"

#include "base/error.h"
#include "base/invariant.h"

#include <string.h>

#define ENTRY(name) &format_##name,
const struct format *const format_table[] = {FORMATS(ENTRY) NULL};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; format_table[i]; i++) {
        if (strcmp(format_table[i]->name, name) == 0)
            return format_table[i];
    }
    return NULL;
}

bool format_any(const struct format *format)
{
    return format != NULL;
}

bool format_has_difference(const struct format *format)
{
    return format->write_difference != NULL;
}

bool format_has_list(const struct format *format)
{
    return format->write_list != NULL;
}

void format_names(char *out, size_t size, format_filter *filter)
{
    size_t used = 0, left = 0;
    for (size_t i = 0; format_table[i]; i++)
        left += filter(format_table[i]);
    out[0] = '\0';
    for (size_t i = 0; format_table[i] && used < size; i++) {
        if (!filter(format_table[i]))
            continue;
        left--;
        used += (size_t)snprintf(out + used, size - used, "%s%s", format_table[i]->name,
                                 left > 1    ? ", "
                                 : left == 1 ? " or "
                                             : "");
    }
}

bool format_check(const struct format *format, format_filter *filter, const char *command,
                  struct error *error)
{
    invariant(format_find(format->name) == format);
    char names[128];
    if (filter(format))
        return true;
    format_names(names, sizeof names, filter);
    error_set(error, "%s does not print %s, but %s", command, format->name, names);
    return false;
}
