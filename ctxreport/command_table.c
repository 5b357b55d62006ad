#include "ctxreport/command_table.h"

#include <string.h>

/* The sub-commands, in the order of the help. */
#define COMMANDS(ROW)                                                                              \
    ROW(run)                                                                                       \
    ROW(inspect)                                                                                   \
    ROW(show)                                                                                      \
    ROW(diff)                                                                                      \
    ROW(export)                                                                                    \
    ROW(list)

#define DECLARE(name) extern const struct command command_##name;
COMMANDS(DECLARE)

#define ENTRY(name) &command_##name,
const struct command *const command_table[] = {COMMANDS(ENTRY) NULL};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; command_table[i]; i++) {
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    }
    return NULL;
}
