/* A new language is a row here and a file that defines it. */
#include "inspect/language_table.h"

#include "golang/model/language.h"

#include <string.h>

const struct language *language_named(const char *name)
{
    static const struct language *const table[] = {&native_language, &go_language};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    }
    return &native_language;
}
