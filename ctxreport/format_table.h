/* The output formats. A new one is a row here and a file that defines it. */
#ifndef CTXREPORT_FORMAT_TABLE_H
#define CTXREPORT_FORMAT_TABLE_H

#include "base/error.h"
#include "ctxreport/format.h"

/* The first is the default. */
#define FORMATS(ROW)                                                                               \
    ROW(text)                                                                                      \
    ROW(json)                                                                                      \
    ROW(sarif)                                                                                     \
    ROW(github)                                                                                    \
    ROW(markdown)                                                                                  \
    ROW(gitlab)                                                                                    \
    ROW(folded)                                                                                    \
    ROW(pprof)                                                                                     \
    ROW(junit)                                                                                     \
    ROW(suppressions)

#define FORMAT_DECLARE(name) extern const struct format format_##name;
FORMATS(FORMAT_DECLARE)

/* Ends with NULL. */
extern const struct format *const format_table[];

const struct format *format_find(const char *name);

/* Which formats are asked for. */
typedef bool format_filter(const struct format *format);
format_filter format_any, format_has_difference, format_has_list;

/* Their names: "text, json or sarif". */
void format_names(char *out, size_t size, format_filter *filter);

/* False, and a sentence that names the formats that do, if this one does not print such a thing. */
bool format_check(const struct format *format, format_filter *filter, const char *command,
                  struct error *error);

#endif
