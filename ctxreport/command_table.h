/*
 * Sub-commands. Adding one is a file that defines a `struct command`, and a row in command_table.c.
 */
#ifndef CTXREPORT_COMMAND_TABLE_H
#define CTXREPORT_COMMAND_TABLE_H

struct command {
    const char *name;
    const char *arguments; /* for the help, e.g. "[OPTION...] TARGET" */
    const char *summary;   /* one line */
    /* Returns the exit status. argv[0] is "ctxreport NAME". */
    int (*main)(int argc, char **argv);
};

/* Ends with NULL. */
extern const struct command *const command_table[];
const struct command *command_find(const char *name);

#endif
