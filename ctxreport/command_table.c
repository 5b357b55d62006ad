#include "ctxreport/command.h"

#include <string.h>

const struct command *const command_table[] = {
    &command_run,    &command_inspect, &command_show, &command_diff,
    &command_export, &command_list,    NULL,
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; command_table[i]; i++) {
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    }
    return NULL;
}
